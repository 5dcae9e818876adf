#include "foray/campaign/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "foray/common/random.h"

namespace foray::campaign {
namespace {

using optimizer::ObjectiveKind;
using optimizer::ObjectiveTerm;

constexpr Eigen::Index kReferencePoints = 128;

std::size_t observable_index(const CampaignView& view, const std::string& name) {
  std::size_t k = 0;
  while (k < view.spec().observables.size() && view.spec().observables[k].spec.name != name) {
    ++k;
  }
  return k;
}

const scattering::Observable* present(const CampaignView& view, const MeasurementView& from,
                                      const std::string& name) {
  const std::size_t k = observable_index(view, name);
  if (k >= from.observables.size() ||
      from.observables[k].status != scattering::ObservableStatus::kPresent) {
    return nullptr;
  }
  return &from.observables[k];
}

bool satisfies(const CampaignView& view, const MeasurementView& from,
               const std::vector<optimizer::OutcomeConstraint>& constraints) {
  return std::all_of(constraints.begin(), constraints.end(), [&](const auto& constraint) {
    const scattering::Observable* observable = present(view, from, constraint.observable);
    return observable != nullptr &&
           (!constraint.at_least || observable->value >= *constraint.at_least) &&
           (!constraint.at_most || observable->value <= *constraint.at_most);
  });
}

// Larger is better.
double merit(const ObjectiveTerm& term, double value) {
  switch (term.kind) {
    case ObjectiveKind::kMinimise:
      return -value;
    case ObjectiveKind::kTarget:
      return -std::abs(value - term.level);
    default:
      return value;
  }
}

double spread(const CampaignView& view, const std::string& observable) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const MeasurementId id : view.scored()) {
    if (const auto* found = present(view, view.measurement(id), observable)) {
      lowest = std::min(lowest, found->value);
      highest = std::max(highest, found->value);
    }
  }
  return highest >= lowest ? highest - lowest : 0;
}

std::optional<std::string> converged_optimum(const CampaignView& view, const ObjectiveTerm& term,
                                             const StopRule& rule) {
  const auto known = static_cast<std::int64_t>(view.scored().size());
  const auto now = best_so_far(view);
  const auto before = best_so_far(view, known - rule.patience);
  if (!now || !before) {
    return std::nullopt;
  }
  const double gain = merit(term, now->value) - merit(term, before->value);
  const double scale = spread(view, now->observable);
  if (gain > rule.improvement * scale) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "converged: the best " << now->observable << " improved by " << gain << " in the last "
       << rule.patience << " measurements, less than " << rule.improvement << " of the spread "
       << scale;
  return text.str();
}

double total_uncertainty(const Models& models, const optimizer::Objective& objective,
                         const Models& scale) {
  double total = 0;
  for (const ObjectiveTerm& term : objective.terms) {
    for (const std::string& name : term.observables) {
      if (models.find(name) != nullptr && scale.find(name) != nullptr) {
        total += mean_uncertainty(models, name) / mean_uncertainty(scale, name);
      }
    }
  }
  return total;
}

// Mapping: the standard deviations relative to what they were `patience` measurements ago.
std::optional<std::string> converged_map(const CampaignView& view, const Models& models,
                                         const surrogate::ModelFitter& fitter,
                                         const StopRule& rule) {
  const auto known = static_cast<std::int64_t>(view.scored().size());
  const TrainingView* earlier = view.training_at(known - rule.patience);
  if (earlier == nullptr || earlier->ranges_version != view.ranges_version()) {
    return std::nullopt;
  }
  const Models before = Models::at(view, fitter, known - rule.patience);
  const double then = total_uncertainty(before, view.objective(), before);
  const double now = total_uncertainty(models, view.objective(), before);
  if (then <= 0 || now < (1 - rule.improvement) * then) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "converged: the mean uncertainty fell by " << 100 * (1 - now / then) << " % in the last "
       << rule.patience << " measurements, less than " << 100 * rule.improvement << " %";
  return text.str();
}

// Whether less is better of an observable of a term.
bool is_minimised(const ObjectiveTerm& term, std::size_t k) {
  return term.kind == ObjectiveKind::kMinimise ||
         (term.kind == ObjectiveKind::kTradeOff &&
          term.directions[k] == optimizer::Direction::kMinimise);
}

std::optional<std::string> target_reached(const CampaignView& view, const StopRule& rule) {
  for (const ObjectiveTerm& term : view.objective().terms) {
    const auto place = std::find(term.observables.begin(), term.observables.end(), rule.observable);
    // Of a boundary the first alone, as it was.
    if (place == term.observables.end() ||
        (place != term.observables.begin() && term.kind != ObjectiveKind::kTradeOff)) {
      continue;
    }
    const auto k = static_cast<std::size_t>(place - term.observables.begin());
    for (const MeasurementId id : view.scored()) {
      const MeasurementView& from = view.measurement(id);
      const auto* found = present(view, from, rule.observable);
      if (found == nullptr || !satisfies(view, from, view.objective().subject_to)) {
        continue;
      }
      const bool reached = is_minimised(term, k) ? found->value <= rule.value
                           : term.kind == ObjectiveKind::kTarget
                               ? std::abs(found->value - rule.value) <= rule.tolerance
                               : found->value >= rule.value;
      if (reached) {
        std::ostringstream text;
        text << "target reached: " << rule.observable << " = " << found->value << " in measurement "
             << id;
        return text.str();
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> uncertainty_below(const Models& models, const StopRule& rule) {
  if (models.find(rule.observable) == nullptr) {
    return std::nullopt;
  }
  const double now = mean_uncertainty(models, rule.observable);
  if (now >= rule.value) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "uncertainty below " << rule.value << ": that of " << rule.observable << " is " << now;
  return text.str();
}

std::optional<std::string> budget_used(const CampaignView& view) {
  const Budget& budget = view.spec().budget;
  const auto known = static_cast<std::int64_t>(view.scored().size());
  if (budget.measurements > 0 && known >= budget.measurements) {
    return "budget: " + std::to_string(known) + " of " + std::to_string(budget.measurements) +
           " measurements";
  }
  if (budget.hours > 0 && view.beam_s() >= 3600 * budget.hours) {
    std::ostringstream text;
    text << "budget: " << view.beam_s() / 3600 << " of " << budget.hours << " hours";
    return text.str();
  }
  return std::nullopt;
}

}  // namespace

const ObjectiveTerm* optimising_term(const optimizer::Objective& objective) {
  for (const ObjectiveTerm& term : objective.terms) {
    if (term.kind == ObjectiveKind::kMaximise || term.kind == ObjectiveKind::kMinimise ||
        term.kind == ObjectiveKind::kTarget) {
      return &term;
    }
  }
  return nullptr;
}

std::optional<BestValue> best_so_far(const CampaignView& view, std::int64_t count) {
  const ObjectiveTerm* term = optimising_term(view.objective());
  if (term == nullptr) {
    return std::nullopt;
  }
  const auto known = static_cast<std::int64_t>(view.scored().size());
  const std::int64_t limit = count < 0 ? known : std::min(count, known);
  std::optional<BestValue> best;
  for (std::int64_t i = 0; i < limit; ++i) {
    const MeasurementView& from = view.measurement(view.scored()[static_cast<std::size_t>(i)]);
    const auto* found = present(view, from, term->observables.front());
    if (found == nullptr || !satisfies(view, from, view.objective().subject_to) ||
        !satisfies(view, from, term->where)) {
      continue;
    }
    if (!best || merit(*term, found->value) > merit(*term, best->value)) {
      best = {found->name, found->value, found->variance, from.position, from.id};
    }
  }
  return best;
}

double mean_uncertainty(const Models& models, const std::string& observable) {
  Rng rng(derive_seed(0, "reference points"));
  const Eigen::MatrixXd points =
      models.space() == nullptr ? Eigen::MatrixXd() : models.space()->sample(kReferencePoints, rng);
  return models.predict_unit(observable, points).sd.mean();
}

std::optional<std::string> reason_to_finish(const CampaignView& view, const Models& models,
                                            const surrogate::ModelFitter& fitter) {
  if (auto used = budget_used(view)) {
    return used;
  }
  const auto known = static_cast<std::int64_t>(view.scored().size());
  for (const StopRule& rule : view.spec().stop) {
    std::optional<std::string> reason;
    if (rule.kind == StopKind::kTargetReached) {
      reason = target_reached(view, rule);
    } else if (rule.kind == StopKind::kUncertaintyBelow) {
      reason = uncertainty_below(models, rule);
    } else if (known >= rule.patience + initial_design_size(view.spec())) {
      const ObjectiveTerm* term = optimising_term(view.objective());
      reason = term != nullptr ? converged_optimum(view, *term, rule)
                               : converged_map(view, models, fitter, rule);
    }
    if (reason) {
      return reason;
    }
  }
  return std::nullopt;
}

bool budget_allows_proposal(const CampaignView& view) {
  const Budget& budget = view.spec().budget;
  if (budget.hours > 0 && view.beam_s() >= 3600 * budget.hours) {
    return false;
  }
  if (budget.measurements == 0) {
    return true;
  }
  std::int64_t open = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    open += measurement.state != MeasurementState::kFailed ? 1 : 0;
  }
  return open < budget.measurements;
}

}  // namespace foray::campaign
