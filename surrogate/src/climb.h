#pragma once

#include <Eigen/Core>
#include <functional>
#include <limits>

#include "training_target.h"

namespace foray::surrogate::detail {

// One ascent of the log posterior: its best point, and how it ended.
struct Climb {
  Eigen::VectorXd best{};  // As it is sought; empty: no evaluation gave a finite value.
  double value = -std::numeric_limits<double>::infinity();
  bool converged = false;
  bool cut = false;  // `expired` ended it.
  int evaluations = 0;
};

// Climbs from `start` with at most `most` evaluations, >= 0, by bounded L-BFGS (NLopt). `target` is
// a copy of its own: climbs know nothing of each other, and may run side by side.
//
// `expired` is asked before each evaluation; empty: never. `watch` is shown each point that is
// better than all before; false ends the climb there; empty: all go on.
Climb climb(Target target, const Eigen::VectorXd& start, int most, double tolerance,
            const std::function<bool()>& expired,
            const std::function<bool(const Eigen::VectorXd&)>& watch = {});

}  // namespace foray::surrogate::detail
