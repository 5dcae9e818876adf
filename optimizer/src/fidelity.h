#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "cost.h"
#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// In which way to measure at a place. The place is sought as if it were measured at full fidelity;
/// there the way is taken that removes the largest share of what is not known of the full one a
/// second: the square of their correlation, rho^2 = c(l, full)^2 / ((c(l, l) + noise_l) c(full,
/// full)), over the seconds of l, with c the posterior covariance given what is in flight (after
/// Huang, Allen, Notz and Miller 2006, doi:10.1007/s00158-005-0587-0, whose criterion has factors
/// for correlation, noise and cost). Refers to the space and the state.
class FidelityChoice {
 public:
  FidelityChoice(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                 const ProposeState& state);

  /// Whether there is a choice, and an observable to choose it for.
  [[nodiscard]] bool possible() const { return axis_ >= 0 && !models_.empty(); }

  /// Sets the way to measure at the proposal's place, and of its gain the share that it brings.
  void choose(const Cost& cost, Proposal& proposal) const;

 private:
  /// Of each level, the mean over the observables.
  [[nodiscard]] Eigen::VectorXd shares(const Eigen::VectorXd& unit) const;

  const SearchSpace& space_;
  Eigen::Index parameter_ = -1;
  Eigen::Index axis_ = -1;
  std::vector<std::shared_ptr<const surrogate::Model>> models_;
  std::vector<Eigen::VectorXd> noise_;  // Of each level.
};

}  // namespace foray::optimizer
