#include "foray/classifier/principal.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <string>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "require_features.h"

namespace foray::classifier {
namespace {

constexpr Eigen::Index kSpareDirections = 10;
constexpr int kPowerSteps = 8;
constexpr Eigen::Index kColumnBlock =
    512;  // of columns; sums go by block, so threads change no digit

Eigen::MatrixXf orthonormal(const Eigen::MatrixXf& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXf> factor(columns);
  return factor.householderQ() * Eigen::MatrixXf::Identity(columns.rows(), columns.cols());
}

Eigen::MatrixXf random_directions(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  CounterStream stream(derive_seed(seed, "principal components"), 0);
  Eigen::MatrixXf directions(rows, columns);
  for (Eigen::Index i = 0; i < directions.size(); ++i) {
    directions.data()[i] = static_cast<float>(stream.normal());
  }
  return orthonormal(directions);
}

// A A' directions for A = points - mean, in one pass over the points.
Eigen::MatrixXf times_covariance(const Eigen::Ref<const Eigen::MatrixXf>& points,
                                 const Eigen::VectorXf& mean, const Eigen::MatrixXf& directions,
                                 int threads) {
  const Eigen::Index blocks = (points.cols() + kColumnBlock - 1) / kColumnBlock;
  std::vector<Eigen::MatrixXf> parts(static_cast<std::size_t>(blocks));
  parallel_for(blocks, threads, [&](std::int64_t b) {
    const Eigen::Index first = b * kColumnBlock;
    const Eigen::MatrixXf centred =
        points.middleCols(first, std::min(kColumnBlock, points.cols() - first)).colwise() - mean;
    const Eigen::MatrixXf along = centred.transpose() * directions;
    parts[static_cast<std::size_t>(b)] = centred * along;
  });
  Eigen::MatrixXf sum = Eigen::MatrixXf::Zero(directions.rows(), directions.cols());
  for (const Eigen::MatrixXf& part : parts) sum += part;
  return sum;
}

Eigen::MatrixXf coordinates_of(const Eigen::Ref<const Eigen::MatrixXf>& points,
                               const Eigen::VectorXf& mean, const Eigen::MatrixXf& axes,
                               int threads) {
  Eigen::MatrixXf result(axes.cols(), points.cols());
  parallel_for((points.cols() + kColumnBlock - 1) / kColumnBlock, threads, [&](std::int64_t b) {
    const Eigen::Index first = b * kColumnBlock;
    const Eigen::Index width = std::min(kColumnBlock, points.cols() - first);
    result.middleCols(first, width).noalias() =
        axes.transpose() * (points.middleCols(first, width).colwise() - mean);
  });
  return result;
}

}  // namespace

PrincipalComponents principal_components(const Eigen::Ref<const Eigen::MatrixXf>& points, int count,
                                         std::uint64_t seed, int threads) {
  require(count >= 1 && threads >= 1,
          "principal_components: expected count and threads >= 1, got " + std::to_string(count) +
              " and " + std::to_string(threads));
  require_features("principal_components: points", points, 1);
  const Eigen::Index most = std::min(points.rows(), points.cols());
  const Eigen::Index k = std::min<Eigen::Index>(count, most);
  const Eigen::Index l = std::min(most, k + kSpareDirections);
  PrincipalComponents result;
  result.mean = points.cast<double>().rowwise().mean().cast<float>();
  Eigen::MatrixXf axes = random_directions(points.rows(), l, seed);
  const int iterations = l == points.rows() ? 0 : kPowerSteps;  // they span everything already
  for (int i = 0; i < iterations; ++i) {
    axes = orthonormal(times_covariance(points, result.mean, axes, threads));
  }
  const Eigen::MatrixXf within =
      axes.transpose() * times_covariance(points, result.mean, axes, threads);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(within.cast<double>());
  axes = axes * solver.eigenvectors().rowwise().reverse().leftCols(k).cast<float>();
  for (Eigen::Index c = 0; c < k; ++c) {
    Eigen::Index largest = 0;
    axes.col(c).cwiseAbs().maxCoeff(&largest);
    if (axes(largest, c) < 0) axes.col(c) *= -1;
  }
  result.axes = axes;
  result.variance =
      (solver.eigenvalues().reverse().head(k).cwiseMax(0.0) / static_cast<double>(points.cols()))
          .cast<float>();
  result.coordinates = coordinates_of(points, result.mean, axes, threads);
  return result;
}

}  // namespace foray::classifier
