#include "foray/campaign/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/common/random.h"
#include "merit.h"

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

}  // namespace

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
    if (found == nullptr || !optimizer::at_full_fidelity(view.parameters(), from.position) ||
        !satisfies(view, from, view.objective().subject_to) ||
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

bool budget_allows_proposal(const CampaignView& view) {
  const Budget& budget = view.spec().budget;
  if (budget.hours > 0 && view.beam_s() >= 3600 * budget.hours) {
    return false;
  }
  return proposals_left(view) > 0;
}

std::int64_t proposals_left(const CampaignView& view) {
  const std::int64_t limit = view.spec().budget.measurements;
  if (limit == 0) {
    return std::numeric_limits<std::int64_t>::max();
  }
  std::int64_t open = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    open += measurement.state != MeasurementState::kFailed ? 1 : 0;
  }
  return std::max<std::int64_t>(limit - open, 0);
}

}  // namespace foray::campaign
