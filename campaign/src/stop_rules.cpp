#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "foray/campaign/progress.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "merit.h"

namespace foray::campaign {
namespace {

using optimizer::ObjectiveKind;
using optimizer::ObjectiveTerm;

double spread(const CampaignView& view, const std::string& observable) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const MeasurementId id : view.scored()) {
    const MeasurementView& from = view.measurement(id);
    if (!optimizer::at_full_fidelity(view.parameters(), from.position)) continue;
    if (const auto* found = present(view, from, observable)) {
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
      if (found == nullptr || !optimizer::at_full_fidelity(view.parameters(), from.position) ||
          !satisfies(view, from, view.objective().subject_to)) {
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

std::optional<std::string> spent(const CampaignView& view, const Budget& budget, const char* what) {
  const auto known = static_cast<std::int64_t>(view.scored().size());
  std::ostringstream text;
  if (budget.measurements > 0 && known >= budget.measurements) {
    text << what << ": " << known << " of " << budget.measurements << " measurements";
    return text.str();
  }
  if (budget.hours > 0 && view.beam_s() >= 3600 * budget.hours) {
    text << what << ": " << view.beam_s() / 3600 << " of " << budget.hours << " hours";
    return text.str();
  }
  return std::nullopt;
}

bool searched_long_enough(const CampaignView& view, const StopRule& rule) {
  const auto known = static_cast<std::int64_t>(view.scored().size());
  return known >= rule.patience + initial_design_size(view.spec());
}

std::optional<std::string> converged(const CampaignView& view, const Models& models,
                                     const surrogate::ModelFitter& fitter, const StopRule& rule) {
  if (!searched_long_enough(view, rule)) {
    return std::nullopt;
  }
  const ObjectiveTerm* term = optimising_term(view.objective());
  return term != nullptr ? converged_optimum(view, *term, rule)
                         : converged_map(view, models, fitter, rule);
}

std::optional<std::string> stagnated(const CampaignView& view, const StopRule& rule) {
  const ObjectiveTerm* term = optimising_term(view.objective());
  if (term == nullptr || !searched_long_enough(view, rule)) {
    return std::nullopt;
  }
  const auto known = static_cast<std::int64_t>(view.scored().size());
  const auto now = best_so_far(view);
  const auto before = best_so_far(view, known - rule.patience);
  if (!now || !before) {
    return std::nullopt;  // Nothing was found, or it is new.
  }
  const double gain = merit(*term, now->value) - merit(*term, before->value);
  if (gain > rule.value) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "stagnated: the best " << now->observable << " improved by " << gain << " in the last "
       << rule.patience << " measurements, not by more than " << rule.value;
  return text.str();
}

std::optional<std::string> gain_rate_below(const CampaignView& view, const StopRule& rule) {
  int seen = 0;
  double most = 0;
  const auto& all = view.measurements();
  for (auto one = all.rbegin(); one != all.rend() && seen < rule.patience; ++one) {
    if (one->source != ProposalSource::kOptimizer && one->source != ProposalSource::kAsked) {
      continue;
    }
    if (!one->gain || one->expected_seconds <= 0) {
      return std::nullopt;  // Not searched by a gain, or of the initial design.
    }
    most = std::max(most, *one->gain / one->expected_seconds);
    ++seen;
  }
  if (seen < rule.patience || most >= rule.value) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "gain rate below " << rule.value << " a second: each of the last " << rule.patience
       << " proposals promised " << most << " a second or less";
  return text.str();
}

std::optional<std::string> transition_within(const CampaignView& view, const StopRule& rule) {
  const auto& found = view.transition();
  if (!found || found->between.upper - found->between.lower > rule.value) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "transition within " << rule.value << ": it lies between " << found->between.lower
       << " and " << found->between.upper;
  return text.str();
}

std::optional<std::string> holds(const CampaignView& view, const Models& models,
                                 const surrogate::ModelFitter& fitter, const StopRule& rule);

std::optional<std::string> all_hold(const CampaignView& view, const Models& models,
                                    const surrogate::ModelFitter& fitter, const StopRule& rule) {
  std::string reasons;
  for (const StopRule& part : rule.rules) {
    const auto reason = holds(view, models, fitter, part);
    if (!reason) {
      return std::nullopt;
    }
    reasons += (reasons.empty() ? "" : "; ") + *reason;
  }
  return "all of (" + reasons + ")";
}

std::optional<std::string> any_holds(const CampaignView& view, const Models& models,
                                     const surrogate::ModelFitter& fitter,
                                     const std::vector<StopRule>& rules) {
  for (const StopRule& rule : rules) {
    if (auto reason = holds(view, models, fitter, rule)) {
      return reason;
    }
  }
  return std::nullopt;
}

std::optional<std::string> holds(const CampaignView& view, const Models& models,
                                 const surrogate::ModelFitter& fitter, const StopRule& rule) {
  switch (rule.kind) {
    case StopKind::kConverged:
      return converged(view, models, fitter, rule);
    case StopKind::kTargetReached:
      return target_reached(view, rule);
    case StopKind::kUncertaintyBelow:
      return uncertainty_below(models, rule);
    case StopKind::kStagnated:
      return stagnated(view, rule);
    case StopKind::kGainRateBelow:
      return gain_rate_below(view, rule);
    case StopKind::kSpent:
      return spent(view, rule.budget, "spent");
    case StopKind::kAll:
      return all_hold(view, models, fitter, rule);
    case StopKind::kAny:
      return any_holds(view, models, fitter, rule.rules);
    case StopKind::kTransitionWithin:
      return transition_within(view, rule);
  }
  return std::nullopt;
}

// Objectives that may come into force without a person.
std::vector<const optimizer::Objective*> foreseen(const CampaignSpec& spec) {
  std::vector<const optimizer::Objective*> all = {&spec.objective};
  for (const ReactRule& rule : spec.react) {
    if (rule.objective) {
      all.push_back(&*rule.objective);
    }
  }
  return all;
}

bool any_foreseen(const CampaignSpec& spec,
                  bool (*suits)(const CampaignSpec&, const StopRule&, const optimizer::Objective&),
                  const StopRule& rule) {
  const auto all = foreseen(spec);
  return std::any_of(all.begin(), all.end(),
                     [&](const auto* objective) { return suits(spec, rule, *objective); });
}

bool is_optimised(const CampaignSpec& /*spec*/, const StopRule& /*rule*/,
                  const optimizer::Objective& objective) {
  return optimising_term(objective) != nullptr;
}

bool is_aimed_at(const CampaignSpec& /*spec*/, const StopRule& rule,
                 const optimizer::Objective& objective) {
  return std::any_of(objective.terms.begin(), objective.terms.end(), [&](const auto& term) {
    return std::count(term.observables.begin(), term.observables.end(), rule.observable) > 0;
  });
}

bool has_one_gain(const CampaignSpec& spec, const StopRule& /*rule*/,
                  const optimizer::Objective& objective) {
  return objective.terms.size() == 1 && optimizer::is_gain(spec.acquisition.kind, objective);
}

std::optional<SpecProblem> out_of_range(const char* field, double value, double least) {
  if (std::isfinite(value) && value >= least) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << "expected a finite number >= " << least << ", got " << value;
  return SpecProblem{field, text.str()};
}

}  // namespace

std::optional<SpecProblem> problem_of(const CampaignSpec& spec, const StopRule& rule) {
  switch (rule.kind) {
    case StopKind::kConverged:
      if (auto problem = out_of_range("improvement", rule.improvement, 0)) return problem;
      return out_of_range("patience", rule.patience, 1);
    case StopKind::kTargetReached:
      if (!any_foreseen(spec, is_aimed_at, rule)) {
        return SpecProblem{"observable", "expected an observable of the objective, got \"" +
                                             rule.observable + "\""};
      }
      if (!std::isfinite(rule.value)) return SpecProblem{"value", "expected a finite number"};
      return out_of_range("tolerance", rule.tolerance, 0);
    case StopKind::kUncertaintyBelow:
      return out_of_range("value", rule.value, 0);
    case StopKind::kStagnated:
      if (!any_foreseen(spec, is_optimised, rule)) {
        return SpecProblem{"kind",
                           "expected a rule that suits the objective, got \"stagnated\", "
                           "which is for maximise, minimise and target"};
      }
      if (auto problem = out_of_range("amount", rule.value, 0)) return problem;
      return out_of_range("patience", rule.patience, 1);
    case StopKind::kGainRateBelow:
      if (!any_foreseen(spec, has_one_gain, rule)) {
        return SpecProblem{
            "kind",
            "\"gain_rate_below\": expected an objective of one term that is searched "
            "by a gain (" +
                optimizer::gain_names() + ")"};
      }
      if (auto problem = out_of_range("value", rule.value, 0)) return problem;
      return out_of_range("patience", rule.patience, 1);
    case StopKind::kSpent:
      if (auto problem = out_of_range("hours", rule.budget.hours, 0)) return problem;
      if (rule.budget.measurements <= 0 && rule.budget.hours <= 0) {
        return SpecProblem{"measurements", "expected measurements or hours above 0, got neither"};
      }
      return std::nullopt;
    case StopKind::kTransitionWithin:
      if (!spec.transitions) {
        return SpecProblem{"kind",
                           "\"transition_within\": expected a campaign that says with "
                           "\"transitions\" where they are looked for"};
      }
      return out_of_range("value", rule.value, 0);
    case StopKind::kAll:
    case StopKind::kAny:
      if (rule.rules.empty()) {
        return SpecProblem{rule.kind == StopKind::kAll ? "all" : "any",
                           "expected one rule or more, got none"};
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> reason_to_finish(const CampaignView& view, const Models& models,
                                            const surrogate::ModelFitter& fitter) {
  if (auto used = spent(view, view.spec().budget, "budget")) {
    return used;
  }
  return any_holds(view, models, fitter, view.spec().stop);
}

}  // namespace foray::campaign
