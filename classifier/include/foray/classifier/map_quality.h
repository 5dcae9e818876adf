#pragma once

#include <Eigen/Core>

namespace foray::classifier {

/// How far neighbours in a map are neighbours in truth: 1 when all are, about 0.5 by chance.
///
/// 1 - 2 / (n k (2 n - 3 k - 1)) times the sum over each point and its k nearest in the map of how
/// far their rank by true distance lies beyond k. Exact, all pairs by blocks: n^2 d products.
///
/// @param features  d x n.
/// @param map       m x n.
/// @param count     k, >= 1 and < n / 2.
/// @throws std::invalid_argument on a shape mismatch, a value that is not finite, or k.
///
/// Source: Venna and Kaski (2001), doi:10.1007/3-540-44668-0_68, M1.
double trustworthiness(const Eigen::Ref<const Eigen::MatrixXf>& features,
                       const Eigen::Ref<const Eigen::MatrixXf>& map, int count, int threads = 1);

/// Mean share of the true neighbours that were found.
///
/// @param truth, found  k x n and m x n neighbours of the same points.
/// @throws std::invalid_argument when they are not of as many points.
double neighbour_recall(const Eigen::Ref<const Eigen::MatrixXi>& truth,
                        const Eigen::Ref<const Eigen::MatrixXi>& found);

}  // namespace foray::classifier
