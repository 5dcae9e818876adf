#include "foray/classifier/map_quality.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "foray/classifier/neighbours.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "require_features.h"

namespace foray::classifier {
namespace {

// How far beyond `count` the ranks of `neighbours` lie by `squared`, the distances to all points.
double excess_rank(const Eigen::Ref<const Eigen::VectorXd>& squared,
                   const Eigen::Ref<const Eigen::VectorXi>& neighbours) {
  const auto count = static_cast<double>(neighbours.size());
  double sum = 0;
  for (const int j : neighbours) {
    // Equal distances rank by index.
    const auto nearer =
        (squared.array() < squared(j)).count() + (squared.head(j).array() == squared(j)).count();
    sum += std::max(0.0, static_cast<double>(nearer + 1) - count);
  }
  return sum;
}

}  // namespace

double trustworthiness(const Eigen::Ref<const Eigen::MatrixXf>& features,
                       const Eigen::Ref<const Eigen::MatrixXf>& map, int count, int threads) {
  require_features("trustworthiness: features", features, 3);
  require_features("trustworthiness: map", map, 3);
  const Eigen::Index n = features.cols();
  require(map.cols() == n, "trustworthiness: expected as many places as images, got " +
                               std::to_string(map.cols()) + " for " + std::to_string(n));
  require(count >= 1 && 2 * static_cast<Eigen::Index>(count) < n,
          "trustworthiness: expected 1 <= count < n / 2, got " + std::to_string(count) + " of " +
              std::to_string(n));
  const Neighbours near = find_neighbours(
      map, {.count = count, .exact_up_to = std::numeric_limits<int>::max(), .threads = threads});
  const Eigen::MatrixXd wide = features.cast<double>();
  const Eigen::VectorXd centre = wide.rowwise().mean();
  const Eigen::MatrixXd points = wide.colwise() - centre;
  const Eigen::VectorXd norms = points.colwise().squaredNorm();
  constexpr Eigen::Index kBlock = 64;
  std::vector<double> sums(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
  parallel_for(static_cast<std::int64_t>(sums.size()), threads, [&](std::int64_t b) {
    const Eigen::Index first = b * kBlock;
    const Eigen::Index width = std::min(kBlock, n - first);
    Eigen::MatrixXd squared = -2 * (points.transpose() * points.middleCols(first, width));
    squared.colwise() += norms;
    double sum = 0;
    for (Eigen::Index q = 0; q < width; ++q) {
      squared(first + q, q) = std::numeric_limits<double>::infinity();  // itself has no rank
      sum += excess_rank(squared.col(q), near.index.col(first + q));
    }
    sums[static_cast<std::size_t>(b)] = sum;
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  const auto size = static_cast<double>(n);
  const double k = count;
  return 1 - 2 / (size * k * (2 * size - 3 * k - 1)) * total;
}

double neighbour_recall(const Eigen::Ref<const Eigen::MatrixXi>& truth,
                        const Eigen::Ref<const Eigen::MatrixXi>& found) {
  require(truth.size() > 0 && truth.cols() == found.cols(),
          "neighbour_recall: expected neighbours of as many points, got " +
              std::to_string(found.cols()) + " for " + std::to_string(truth.cols()));
  Eigen::Index hits = 0;
  for (Eigen::Index i = 0; i < truth.cols(); ++i) {
    for (Eigen::Index k = 0; k < truth.rows(); ++k) {
      if ((found.col(i).array() == truth(k, i)).any()) ++hits;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

}  // namespace foray::classifier
