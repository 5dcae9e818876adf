#pragma once

#include <Eigen/Core>
#include <functional>

#include "climb.h"

namespace foray::surrogate::detail {

// Climbs from `start` with at most `most` evaluations, >= 0, by steps that the information of each
// point says are right; ends where another promises less than `tolerance`. Much fewer evaluations
// than `climb` takes, of which those that lead nowhere cost the value alone.
//
// `target` is a copy of its own; `expired` is asked before each evaluation; empty: never.
Climb climb_by_information(Target target, const Eigen::VectorXd& start, int most, double tolerance,
                           const std::function<bool()>& expired);

// The s between lower <= 0 and upper >= 0 that maximises slope . s - s' curvature s / 2 for a
// positive definite curvature.
Eigen::VectorXd best_within(const Eigen::VectorXd& slope, const Eigen::MatrixXd& curvature,
                            const Eigen::VectorXd& lower, const Eigen::VectorXd& upper);

}  // namespace foray::surrogate::detail
