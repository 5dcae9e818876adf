#pragma once

#include <Eigen/Core>
#include <functional>

namespace foray::optimizer {

/// A climb's end.
struct Refined {
  Eigen::VectorXd x;
  double value = 0;
  int evaluations = 0;
  bool cut = false;
};

/// Where to stay.
struct Box {
  Eigen::VectorXd lower, upper;  ///< d each; empty: the unit cube.
};

/// Maximises a smooth function in a box from a feasible start: BFGS on the coordinates that
/// are not held at a bound, backtracking until the step is feasible and ascends. Never worse than
/// the start, never infeasible.
/// @param function  value; sets the gradient.  @param feasible  of points in the box.
/// @param expired  asked before each evaluation; may be empty.
Refined refine(const std::function<double(const Eigen::VectorXd&, Eigen::VectorXd&)>& function,
               const std::function<bool(const Eigen::VectorXd&)>& feasible, Eigen::VectorXd start,
               int max_evaluations, const std::function<bool()>& expired, Box box = {});

}  // namespace foray::optimizer
