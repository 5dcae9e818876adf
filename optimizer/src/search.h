#pragma once

#include <Eigen/Core>

#include "composite.h"
#include "cost.h"
#include "foray/optimizer/propose.h"
#include "refine.h"
#include "safety.h"

namespace foray::optimizer {

/// What may be proposed. Refers to what it is made of.
class Allowed {
 public:
  Allowed(const SearchSpace& space, const ProposeState& state, const ProposeOptions& options,
          const Safety* safety = nullptr);

  /// Of the largest moves, and of what narrows it.
  [[nodiscard]] const Reach& reach() const { return reach_; }
  [[nodiscard]] Reach& reach() { return reach_; }
  /// Satisfies the constraints, within reach, safe.
  [[nodiscard]] bool reachable(const Eigen::VectorXd& point) const;
  /// Reachable, and no pending point.
  [[nodiscard]] bool free(const Eigen::VectorXd& point) const;
  [[nodiscard]] bool near_failure(const Eigen::VectorXd& point) const;

 private:
  const SearchSpace& space_;
  const ProposeState& state_;
  const ProposeOptions& options_;
  const Safety* safety_;
  Reach reach_;
};

struct Candidates {
  Eigen::MatrixXd points;
  bool near_failures = false;  ///< Nothing else was left.
};

/// Points that a search evaluates at once where it need not.
constexpr double kMany = 5'000;

/// Snapped raw points that may be proposed; from all points there are where the raw ones do not do.
/// @throws std::runtime_error where there is none.
/// @param near  further points, which are not moved into reach as the raw ones are.
Candidates candidates(const SearchSpace& space, const Allowed& allowed, Eigen::MatrixXd raw,
                      const Eigen::MatrixXd& near = Eigen::MatrixXd());

/// Sets unit, value, evaluations and cut of the proposal: the best of the points and of what climbs
/// from the best of them find.
void search(const SearchSpace& space, const Composite& composite, const Allowed& allowed,
            const Candidates& start, const ProposeOptions& options, Rng& rng, Proposal& proposal);

}  // namespace foray::optimizer
