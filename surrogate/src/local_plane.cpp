#include "foray/surrogate/local_plane.h"

#include <Eigen/QR>
#include <algorithm>
#include <numeric>

namespace foray::surrogate {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd local_plane_weights(const Eigen::Ref<const MatrixXd>& offsets) {
  const Index count = offsets.cols();
  const VectorXd distances = offsets.colwise().norm();
  const double reach = 1.001 * distances.maxCoeff();
  if (reach == 0) return VectorXd::Constant(count, 1.0 / static_cast<double>(count));
  const VectorXd weights = (1 - (distances.array() / reach).cube()).cube();
  const VectorXd mean = weights / weights.sum();
  const VectorXd middle = offsets * mean;
  // Slopes are fitted about the middle of the points: where they are not fixed they are 0.
  const VectorXd root = weights.cwiseSqrt();
  const MatrixXd design = root.asDiagonal() * (offsets.colwise() - middle).transpose();
  const MatrixXd inverse = design.completeOrthogonalDecomposition().pseudoInverse();
  const VectorXd slope = root.asDiagonal() * (inverse.transpose() * middle);
  return mean * (1 + slope.sum()) - slope;
}

std::vector<Index> nearest(const Eigen::Ref<const VectorXd>& distances, Index count) {
  std::vector<Index> order(static_cast<std::size_t>(distances.size()));
  std::iota(order.begin(), order.end(), Index{0});
  count = std::min(count, distances.size());
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](Index a, Index b) {
    return distances(a) != distances(b) ? distances(a) < distances(b) : a < b;
  });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

}  // namespace foray::surrogate
