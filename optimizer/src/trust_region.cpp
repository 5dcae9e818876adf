#include "trust_region.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::VectorXd;

TrustState trust_state(const Eigen::Ref<const Eigen::VectorXd>& gains, const TrustRegion& region,
                       Index dimension) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  constexpr double kMost = 2;  // From one face of the cube a box of this reaches the other.
  const Index begun = 2 * dimension + 2;
  const int patience =
      region.failures > 0 ? region.failures : static_cast<int>(std::max<Index>(4, dimension));
  TrustState state{region.length, 0, true};
  double best = kNone;
  int successes = 0;
  int failures = 0;
  for (Index i = 0; i < gains.size(); ++i) {
    const bool better = gains(i) > best;
    if (better) best = gains(i);
    if (i - state.since < begun) continue;
    successes = better ? successes + 1 : 0;
    failures = better ? 0 : failures + 1;
    if (successes >= region.successes) {
      state.length = std::min(2 * state.length, kMost);
      successes = 0;
    } else if (failures >= patience) {
      state.length /= 2;
      failures = 0;
    }
    if (state.length >= region.least) continue;
    state = {region.length, i + 1, true};
    best = kNone;
    successes = failures = 0;
  }
  state.everywhere = gains.size() - state.since < begun || best == kNone;
  return state;
}

namespace {

// What each measurement is worth, in their order; NaN where its value is absent or a learned
// constraint was seen not to hold.
VectorXd gains_of(const Objective& objective, const ProposeState& state) {
  const ObjectiveTerm& term = objective.terms.front();
  const auto found = state.values.find(term.observables.front());
  if (found == state.values.end()) return {};
  VectorXd gains = term.kind == ObjectiveKind::kMaximise ? found->second : VectorXd(-found->second);
  for (const auto* constraints : {&term.where, &objective.subject_to})
    for (const OutcomeConstraint& c : *constraints) {
      const auto values = state.values.find(c.observable);
      if (values == state.values.end()) continue;
      for (Index j = 0; j < gains.size(); ++j) {
        const double value = values->second(j);
        if ((c.at_least && !(value >= *c.at_least)) || (c.at_most && !(value <= *c.at_most)))
          gains(j) = std::nan("");
      }
    }
  return gains;
}

}  // namespace

std::optional<TrustBox> trust_box(const SearchSpace& space, const Objective& objective,
                                  const ModelMap& models, const TrustRegion& region,
                                  const ProposeState& state) {
  const ObjectiveTerm& term = objective.terms.front();
  const auto model = models.find(term.observables.front());
  if (model == models.end() || model->second == nullptr) return std::nullopt;
  const VectorXd gains = gains_of(objective, state);
  const TrustState trust = trust_state(gains, region, space.dimension());
  if (trust.everywhere) return std::nullopt;
  const double sign = term.kind == ObjectiveKind::kMaximise ? 1 : -1;
  const VectorXd means = sign * model->second->predict_mean(state.measured);
  Index best = -1;
  for (Index j = trust.since; j < gains.size(); ++j)
    if (std::isfinite(gains(j)) && (best < 0 || means(j) > means(best))) best = j;
  TrustBox box;
  box.centre = space.snap(state.measured.col(best));
  box.lower = (box.centre.array() - trust.length / 2).max(0.0);
  box.upper = (box.centre.array() + trust.length / 2).min(1.0);
  for (const Index axis : space.discrete_axes()) {
    box.lower(axis) = 0;
    box.upper(axis) = 1;
  }
  for (const Index axis : space.standing_axes())
    box.lower(axis) = box.upper(axis) = box.centre(axis);
  return box;
}

void validate(const TrustRegion& region) {
  require(std::isfinite(region.length) && region.length > 0 && region.length <= 2,
          "trust_region: length must be above 0 and at most 2");
  require(std::isfinite(region.least) && region.least > 0 && region.least < region.length,
          "trust_region: least must be above 0 and below length");
  require(region.successes >= 1, "trust_region: successes must be >= 1");
  require(region.failures >= 0, "trust_region: failures must be >= 0");
}

}  // namespace foray::optimizer
