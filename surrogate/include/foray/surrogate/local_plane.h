#pragma once

#include <Eigen/Core>
#include <vector>

namespace foray::surrogate {

/// How much each of some points counts for the value of a plane that is fitted to them at one
/// place, with tricube weights of their distance over 1.001 times the largest: the value is the
/// sum of these times theirs. Cleveland (1979), J. Am. Stat. Assoc. 74, 829, section 2.
///
/// @param offsets  d x k, k >= 1: the points less the place, on scales that make distances
///                 comparable. Where they do not fix a plane it is the flattest of those that fit.
/// @return k values, of sum 1.
[[nodiscard]] Eigen::VectorXd local_plane_weights(const Eigen::Ref<const Eigen::MatrixXd>& offsets);

/// Indices of the smallest `count` of these distances, nearest first; the first of equal ones.
[[nodiscard]] std::vector<Eigen::Index> nearest(const Eigen::Ref<const Eigen::VectorXd>& distances,
                                                Eigen::Index count);

}  // namespace foray::surrogate
