#pragma once

#include <Eigen/Core>
#include <vector>

namespace foray::optimizer {

/// The order in which n places are visited in the least time. Of equally short routes the one that
/// keeps most to the order in which the places were given, so that without costs they stay as they
/// are. Exact to ten places (Held & Karp 1962, doi:10.1137/0110015); of more, the nearest next
/// place each time, then two-opt and moves of up to three neighbours as long as these shorten it:
/// within some per cent of the shortest.
/// @param from_start  n seconds from where the route begins, >= 0.
/// @param between  n x n seconds from the place of the row to that of the column, >= 0, infinite
///        where there is no way. The route never goes where there is none if the given order does
///        not.
[[nodiscard]] std::vector<Eigen::Index> shortest_route(
    const Eigen::Ref<const Eigen::VectorXd>& from_start,
    const Eigen::Ref<const Eigen::MatrixXd>& between);

}  // namespace foray::optimizer
