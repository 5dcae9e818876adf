#pragma once

#include <Eigen/Core>

namespace foray::classifier {

/// How nearest neighbours are searched.
struct NeighbourOptions {
  int count = 15;  ///< neighbours of each point, itself not counted, >= 1; fewer where there are
                   ///< not so many points.
  Eigen::Index exact_up_to = 50'000;  ///< so many points are compared each with each; more go
                                      ///< through a graph (hnswlib), which finds nearly all. The
                                      ///< graph is slower below about this number.
  int threads = 1;                    ///< >= 1; changes the time only.
};

/// The nearest neighbours of n points, nearest first, the point itself left out.
struct Neighbours {
  Eigen::MatrixXi index;     ///< k x n.
  Eigen::MatrixXf distance;  ///< k x n, Euclidean.
};

/// Finds each point's nearest neighbours by Euclidean distance, the same on any number of threads.
///
/// @param points  d x n, one point per column.
/// @throws std::invalid_argument for fewer than two points, no rows, a value that is not finite or
///         an option that is out of range.
///
/// Source of the graph: Malkov and Yashunin (2020), doi:10.1109/TPAMI.2018.2889473.
Neighbours find_neighbours(const Eigen::Ref<const Eigen::MatrixXf>& points,
                           const NeighbourOptions& options = {});

/// Indices of the `count` points nearest to column `query`, nearest first, itself left out.
/// @throws std::invalid_argument when `query` is no column or count < 1.
Eigen::VectorXi nearest_to(const Eigen::Ref<const Eigen::MatrixXf>& points, Eigen::Index query,
                           int count);

}  // namespace foray::classifier
