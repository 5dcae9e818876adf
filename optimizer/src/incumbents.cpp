#include "incumbents.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <numeric>
#include <random>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd most_promising(const surrogate::Model& model, const MatrixXd& points, Index count,
                        bool maximise) {
  const surrogate::Posterior marginal = model.predict(points);
  const VectorXd promise = (maximise ? 1 : -1) * marginal.mean + 2 * marginal.variance.cwiseSqrt();
  std::vector<Index> order(static_cast<std::size_t>(points.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return promise(a) > promise(b); });
  MatrixXd chosen(points.rows(), std::min(count, points.cols()));
  for (Index i = 0; i < chosen.cols(); ++i)
    chosen.col(i) = points.col(order[static_cast<std::size_t>(i)]);
  return chosen;
}

std::vector<double> draw_incumbents(const surrogate::Model& model, const MatrixXd& points,
                                    bool maximise, Rng& rng) {
  constexpr Index kDraws = 512;
  constexpr Index kBins = 16;
  constexpr Index kCandidates = 64;  // The best are surely among so many of the most promising.
  const double sign = maximise ? 1 : -1;
  const surrogate::JointPosterior joint =
      model.joint(most_promising(model, points, kCandidates, maximise));
  // LDLT takes the semi-definite covariances that repeated points give.
  const Eigen::LDLT<MatrixXd> ldlt(joint.covariance);
  const MatrixXd root =
      ldlt.transpositionsP().transpose() *
      MatrixXd(MatrixXd(ldlt.matrixL()) * ldlt.vectorD().cwiseMax(0.0).cwiseSqrt().asDiagonal());
  std::normal_distribution<double> normal;
  std::vector<double> best(kDraws);
  VectorXd z(joint.mean.size());
  for (double& value : best) {
    for (double& coordinate : z) coordinate = normal(rng);
    value = sign * (sign * joint.mean + root * z).maxCoeff();
  }
  std::sort(best.begin(), best.end());
  std::vector<double> means(kBins, 0.0);
  for (Index i = 0; i < kDraws; ++i)
    means[static_cast<std::size_t>(i * kBins / kDraws)] +=
        best[static_cast<std::size_t>(i)] * kBins / kDraws;
  return means;
}

}  // namespace foray::optimizer
