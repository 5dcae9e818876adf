#pragma once

#include <Eigen/Core>
#include <optional>

namespace foray::optimizer {

/// Where a quadratic through the measurements around the lowest one is lowest.
struct LocalStep {
  Eigen::VectorXd unit;  ///< d, within the unit cube.
  double gain = 0;       ///< by how much it lies below the lowest measurement there, > 0.
};

/// Fits a quadratic, by least squares, to the lowest value and those around it, the nearer the more
/// they count, and minimises it no farther away than they are. Nothing where they are too few,
/// where they do not look like a quadratic, or where there is nothing to gain beyond the errors:
/// those of the third order, judged from the residuals, and `noise`.
///
/// A model of the whole space cannot resolve the bottom of a valley: what it must explain elsewhere
/// is many orders larger. As the trust region methods of Powell (2009), "The BOBYQA algorithm",
/// but from whatever points there are.
///
/// @param x  d x n unit points.  @param y  n values.  @param noise  standard deviation of a value.
[[nodiscard]] std::optional<LocalStep> local_step(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                                  const Eigen::Ref<const Eigen::VectorXd>& y,
                                                  double noise);

}  // namespace foray::optimizer
