#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace foray::classifier {

/// Leading principal components of n points in d dimensions.
struct PrincipalComponents {
  Eigen::VectorXf mean;         ///< d.
  Eigen::MatrixXf axes;         ///< d x k, orthonormal, of falling variance; the largest entry of
                                ///< each is positive.
  Eigen::VectorXf variance;     ///< k: of the points along each axis, over n.
  Eigen::MatrixXf coordinates;  ///< k x n: axes' * (points - mean).
};

/// Finds the leading principal components by subspace iteration from a random start.
///
/// Axes whose variances lie close together may be mixed; the space that they span is what matters
/// for distances. The result is the same on any number of threads.
///
/// @param points  d x n, one point per column.
/// @param count   components wanted, >= 1; no more than d and n are given.
/// @throws std::invalid_argument for no points, a value that is not finite, count or threads < 1.
///
/// Source: Halko, Martinsson, Tropp (2011), doi:10.1137/090771806, Algorithm 4.4, with 10 spare
/// directions and 8 iterations.
PrincipalComponents principal_components(const Eigen::Ref<const Eigen::MatrixXf>& points, int count,
                                         std::uint64_t seed, int threads = 1);

}  // namespace foray::classifier
