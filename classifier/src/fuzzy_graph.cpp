#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "foray/classifier/umap.h"
#include "foray/common/check.h"

namespace foray::classifier {
namespace {

constexpr double kSumTolerance = 1e-5;
constexpr int kBisections = 64;
constexpr double kLeastSigma = 1e-3;  // of the mean distance: duplicates leave nothing to go by

void require_neighbours(const Neighbours& neighbours) {
  const Eigen::MatrixXi& index = neighbours.index;
  require(index.size() >= 1 && index.rows() == neighbours.distance.rows() &&
              index.cols() == neighbours.distance.cols(),
          "fuzzy_graph: expected as many distances as neighbours");
  require(index.minCoeff() >= 0 && index.maxCoeff() < index.cols(),
          "fuzzy_graph: expected neighbours below " + std::to_string(index.cols()));
  require(neighbours.distance.allFinite() && (neighbours.distance.array() >= 0).all(),
          "fuzzy_graph: expected finite distances >= 0");
}

double membership(float distance, double rho, double sigma) {
  const double beyond = distance - rho;
  return beyond > 0 ? std::exp(-beyond / sigma) : 1.0;
}

// The width for which the memberships add up to `target`.
double sigma_for(const Eigen::Ref<const Eigen::VectorXf>& distances, double rho, double target) {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  double sigma = 1;
  for (int i = 0; i < kBisections; ++i) {
    double sum = 0;
    for (const float distance : distances) sum += membership(distance, rho, sigma);
    if (std::abs(sum - target) < kSumTolerance) break;
    if (sum > target) {
      high = sigma;
    } else {
      low = sigma;
    }
    sigma = std::isinf(high) ? 2 * sigma : (low + high) / 2;
  }
  return sigma;
}

}  // namespace

FuzzyGraph fuzzy_graph(const Neighbours& neighbours) {
  require_neighbours(neighbours);
  const Eigen::Index k = neighbours.index.rows();
  const Eigen::Index n = neighbours.index.cols();
  FuzzyGraph graph{Eigen::VectorXf(n), Eigen::VectorXf(n), Eigen::SparseMatrix<float>(n, n)};
  const double itself = static_cast<double>(k) / static_cast<double>(k + 1);  // its distance is 0
  const double mean = neighbours.distance.cast<double>().mean() * itself;
  std::vector<Eigen::Triplet<float>> entries;
  entries.reserve(static_cast<std::size_t>(k * n));
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::VectorXf distances = neighbours.distance.col(i);
    double rho = 0;
    for (Eigen::Index j = k - 1; j >= 0; --j) {
      if (distances(j) > 0) rho = distances(j);
    }
    const double scale = rho > 0 ? distances.cast<double>().mean() * itself : mean;
    const double sigma = std::max(sigma_for(distances, rho, std::log2(static_cast<double>(k + 1))),
                                  kLeastSigma * scale);
    graph.rho(i) = static_cast<float>(rho);
    graph.sigma(i) = static_cast<float>(sigma);
    for (Eigen::Index j = 0; j < k; ++j) {
      const double value = membership(distances(j), rho, sigma);
      entries.emplace_back(static_cast<int>(i), neighbours.index(j, i), static_cast<float>(value));
    }
  }
  Eigen::SparseMatrix<float> directed(n, n);
  directed.setFromTriplets(entries.begin(), entries.end());
  const Eigen::SparseMatrix<float> opposite = directed.transpose();
  graph.weight = directed + opposite - directed.cwiseProduct(opposite);
  graph.weight.prune(0.0F);
  return graph;
}

NearnessCurve fit_nearness(double min_dist, double spread) {
  require(std::isfinite(spread) && spread > 0, "fit_nearness: expected spread > 0");
  require(min_dist >= 0 && min_dist <= spread, "fit_nearness: expected min_dist in [0, spread]");
  constexpr int kPlaces = 300;
  constexpr int kSteps = 100;
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(kPlaces, 0, 3 * spread);
  const Eigen::ArrayXd wanted = (x < min_dist).select(1.0, (-(x - min_dist) / spread).exp());
  const Eigen::ArrayXd log_x = x.max(1e-300).log();  // x^(2 b) and its derivative are 0 at 0
  // Gauss-Newton over (ln a, ln b) with Levenberg's damping; two parameters need no library.
  Eigen::Vector2d place(0, 0);
  double damping = 1e-3;
  const auto value = [&](const Eigen::Vector2d& at) -> Eigen::ArrayXd {
    return 1 / (1 + std::exp(at(0)) * (2 * std::exp(at(1)) * log_x).exp());
  };
  double error = (value(place) - wanted).square().sum();
  for (int step = 0; step < kSteps; ++step) {
    const Eigen::ArrayXd now = value(place);
    const Eigen::ArrayXd slope = -now * (1 - now);  // by ln a
    Eigen::MatrixXd jacobian(kPlaces, 2);
    jacobian.col(0) = slope;
    jacobian.col(1) = slope * (2 * std::exp(place(1)) * log_x);
    Eigen::Matrix2d normal = jacobian.transpose() * jacobian;
    normal.diagonal() *= 1 + damping;
    const Eigen::Vector2d move =
        normal.inverse() * (jacobian.transpose() * (wanted - now).matrix());
    const double next = (value(place + move) - wanted).square().sum();
    damping = next < error ? damping / 10 : damping * 10;
    if (next < error) {
      error = next;
      place += move;
    }
  }
  return {std::exp(place(0)), std::exp(place(1))};
}

}  // namespace foray::classifier
