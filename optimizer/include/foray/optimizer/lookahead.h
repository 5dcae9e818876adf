#pragma once

#include <Eigen/Core>

namespace foray::optimizer {

/// A logarithm and its derivatives in the intercepts and slopes of lines.
struct LineGain {
  double value = 0;
  Eigen::VectorXd by_intercept;
  Eigen::VectorXd by_slope;
};

/// ln(E max_i(a_i + b_i Z) - max_i a_i), Z standard normal: what the best of n means is expected to
/// gain when all of them move along one direction. A large negative number, -1e300, where all
/// slopes are equal and nothing can be gained.
///
/// Exact: the gain is the sum over neighbours k, k + 1 on the upper envelope, which cross at c_k,
/// of (b_(k+1) - b_k) h(-|c_k|) with h(z) = phi(z) + z Phi(z), in which nothing cancels. Frazier,
/// Powell, Dayanik (2009), doi:10.1287/ijoc.1080.0314, eq. 14. Summed as logarithms, so that gains
/// that underflow stay comparable.
///
/// @param intercepts  a, n >= 1 values, finite.  @param slopes  b, n values, finite.
[[nodiscard]] LineGain log_expected_gain(const Eigen::Ref<const Eigen::VectorXd>& intercepts,
                                         const Eigen::Ref<const Eigen::VectorXd>& slopes);

}  // namespace foray::optimizer
