#include "novelty_scores.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "novelty.h"

namespace foray::bench {
namespace {

using classifier::EnsembleResult;
using Features = std::vector<std::vector<float>>;  // of each network, frame by frame
using Part = Features EnsembleResult::*;
using Score = std::function<Scores(const EnsembleResult&)>;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kRoots = 4;

// What every network says of every frame, averaged.
Scores averaged(const Features& features, int size,
                const std::function<double(std::size_t, const float*)>& one) {
  Scores scores(features.front().size() / size, 0.0);
  for (std::size_t m = 0; m < features.size(); ++m) {
    for (std::size_t k = 0; k < scores.size(); ++k) {
      scores[k] += one(m, features[m].data() + k * size) / static_cast<double>(features.size());
    }
  }
  return scores;
}

// One less the largest probability of a geometry (Hendrycks and Gimpel 2017), or the energy of the
// geometries' outputs (Liu et al. 2020, arXiv:2010.03759, equation 4).
Score by_roots(int outputs, bool energy) {
  return [=](const EnsembleResult& result) {
    return averaged(result.outputs, outputs, [&](std::size_t, const float* z) {
      double sum = 0;
      for (int i = 0; i < kRoots; ++i) sum += std::exp(static_cast<double>(z[i]));
      const double most = *std::max_element(z, z + kRoots);
      return energy ? -std::log(sum) : -std::exp(most) / sum;
    });
  };
}

Rows rows_of(const std::vector<float>& features, int size) {
  return Eigen::Map<const Rows>(features.data(), static_cast<Eigen::Index>(features.size()) / size,
                                size);
}

// A normal law a root with one covariance for all, correlations loosened by a hundredth.
struct Normal {
  Eigen::MatrixXd centres;  // d x roots
  Eigen::MatrixXd whitening;

  Normal(const Rows& features, const std::vector<int>& roots, int root_count) {
    Eigen::MatrixXd rows = features.cast<double>();
    centres = Eigen::MatrixXd::Zero(rows.cols(), root_count);
    Eigen::VectorXd counts = Eigen::VectorXd::Constant(root_count, 1e-9);
    for (Eigen::Index k = 0; k < rows.rows(); ++k) {
      centres.col(roots[k]) += rows.row(k).transpose();
      counts(roots[k]) += 1;
    }
    centres *= counts.cwiseInverse().asDiagonal();
    for (Eigen::Index k = 0; k < rows.rows(); ++k) rows.row(k) -= centres.col(roots[k]).transpose();
    Eigen::MatrixXd covariance = rows.transpose() * rows / static_cast<double>(rows.rows());
    const double least = 1e-4 * covariance.diagonal().mean();
    covariance.diagonal() = 1.01 * covariance.diagonal().cwiseMax(least);
    whitening = covariance.llt().matrixL().solve(
        Eigen::MatrixXd::Identity(covariance.rows(), covariance.cols()));
  }

  // Squared distance from the nearest centre (Lee et al. 2018, arXiv:1807.03888, equation 2).
  [[nodiscard]] double squared_distance(const float* features) const {
    const Eigen::VectorXd x =
        Eigen::Map<const Eigen::VectorXf>(features, centres.rows()).cast<double>();
    return (whitening * (centres.colwise() - x)).colwise().squaredNorm().minCoeff();
  }
};

// Relative: less the squared distance from all frames taken together (Ren et al. 2021,
// arXiv:2106.09022, equation 3).
Score by_distance(const EnsembleResult& reference, Part part, int size,
                  const std::vector<int>& roots, bool relative) {
  std::vector<Normal> own;
  std::vector<Normal> all;
  for (const auto& features : reference.*part) {
    own.emplace_back(rows_of(features, size), roots, kRoots);
    all.emplace_back(rows_of(features, size), std::vector<int>(roots.size(), 0), 1);
  }
  return [=](const EnsembleResult& result) {
    return averaged(result.*part, size, [&](std::size_t m, const float* features) {
      const double here = own[m].squared_distance(features);
      return relative ? here - all[m].squared_distance(features) : std::log(here);
    });
  };
}

// Squared distance to the third nearest of the reference, all of unit length (Sun et al. 2022,
// arXiv:2204.06507).
Score by_neighbours(const EnsembleResult& reference, Part part, int size) {
  const auto unit = [size](const std::vector<float>& features) {
    Rows rows = rows_of(features, size);
    for (Eigen::Index k = 0; k < rows.rows(); ++k)
      rows.row(k) /= std::max(rows.row(k).norm(), 1e-9F);
    return rows;
  };
  std::vector<Rows> known;
  for (const auto& features : reference.*part) known.push_back(unit(features));
  return [=](const EnsembleResult& result) {
    Scores scores((result.*part).front().size() / size, 0.0);
    for (std::size_t m = 0; m < known.size(); ++m) {
      const Rows rows = unit((result.*part)[m]);
      for (std::size_t k = 0; k < scores.size(); ++k) {
        Eigen::VectorXf likeness = known[m] * rows.row(static_cast<Eigen::Index>(k)).transpose();
        std::nth_element(likeness.data(), likeness.data() + 2, likeness.data() + likeness.size(),
                         std::greater<>());
        scores[k] += 2 - 2 * static_cast<double>(likeness(2));
      }
    }
    return scores;
  };
}

// The mean output for the question whether a frame is foreign.
Score by_question(int outputs, int output) {
  return [=](const EnsembleResult& result) {
    return averaged(result.outputs, outputs,
                    [=](std::size_t, const float* z) { return static_cast<double>(z[output]); });
  };
}

// Mean over the outputs of the variance of the networks' answers, none of them taken beyond 4.
Score by_disagreement(int outputs) {
  return [=](const EnsembleResult& result) {
    const auto& all = result.outputs;
    const double n = static_cast<double>(all.size());
    Scores scores(all.front().size() / static_cast<std::size_t>(outputs), 0.0);
    for (std::size_t k = 0; k < scores.size(); ++k) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(outputs); ++i) {
        double sum = 0;
        double squares = 0;
        for (const auto& one : all) {
          const double z =
              std::clamp<double>(one[k * static_cast<std::size_t>(outputs) + i], -4, 4);
          sum += z;
          squares += z * z;
        }
        scores[k] += std::max(0.0, squares / n - sum * sum / (n * n)) / outputs;
      }
      scores[k] = std::log(scores[k] + 1e-4);
    }
    return scores;
  };
}

// The classifier's own; without an output for foreign frames the distance from the plane alone.
Score by_novelty(const EnsembleResult& reference, int foreign) {
  const auto known = classifier::measure_known(reference, reference, foreign, 0.01);
  return [known, foreign](const EnsembleResult& result) {
    Scores scores(result.trunk.front().size() / result.shape.trunk_features());
    for (std::size_t k = 0; k < scores.size(); ++k) {
      scores[k] = classifier::novelty_score(known, foreign, result, static_cast<int>(k));
    }
    return scores;
  };
}

}  // namespace

std::vector<NoveltyMethod> novelty_methods(const EnsembleResult& reference,
                                           const std::vector<int>& roots, int outputs,
                                           int foreign) {
  const Part trunk = &EnsembleResult::trunk;
  const Part branches = &EnsembleResult::branches;
  const int trunk_size = reference.shape.trunk_features();
  const int branch_size = reference.shape.branch_features();
  return {
      {"distance and answer (used)", by_novelty(reference, foreign)},
      {"distance from the plane", by_novelty(reference, -1)},
      {"answer to problem/foreign", by_question(outputs, foreign)},
      {"disagreement of the networks", by_disagreement(outputs)},
      {"largest root probability", by_roots(outputs, false)},
      {"energy of the roots", by_roots(outputs, true)},
      {"trunk, Mahalanobis", by_distance(reference, trunk, trunk_size, roots, false)},
      {"trunk, relative Mahalanobis", by_distance(reference, trunk, trunk_size, roots, true)},
      {"trunk, third neighbour", by_neighbours(reference, trunk, trunk_size)},
      {"branches, Mahalanobis", by_distance(reference, branches, branch_size, roots, false)},
      {"branches, relative Mahalanobis",
       by_distance(reference, branches, branch_size, roots, true)},
      {"branches, third neighbour", by_neighbours(reference, branches, branch_size)},
  };
}

}  // namespace foray::bench
