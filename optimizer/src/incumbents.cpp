#include "incumbents.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <numeric>
#include <vector>

#include "base_samples.h"

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

MatrixXd likely_best(const surrogate::Model& model, const MatrixXd& points, bool maximise,
                     Rng& rng) {
  constexpr Index kDraws = 256;
  constexpr Index kCandidates = 64;  // The best are surely among so many of the most promising.
  const double sign = maximise ? 1 : -1;
  const MatrixXd promising = most_promising(model, points, kCandidates, maximise);
  const surrogate::JointPosterior joint = model.joint(promising);
  // LDLT takes the semi-definite covariances that repeated points give.
  const Eigen::LDLT<MatrixXd> ldlt(joint.covariance);
  const MatrixXd root =
      ldlt.transpositionsP().transpose() *
      MatrixXd(MatrixXd(ldlt.matrixL()) * ldlt.vectorD().cwiseMax(0.0).cwiseSqrt().asDiagonal());
  MatrixXd draws = root * normal_samples(promising.cols(), kDraws, rng);
  draws.colwise() += sign * joint.mean;
  std::vector<bool> best(static_cast<std::size_t>(promising.cols()), false);
  for (Index s = 0; s < kDraws; ++s) {
    Index largest = 0;
    draws.col(s).maxCoeff(&largest);
    best[static_cast<std::size_t>(largest)] = true;
  }
  MatrixXd chosen(promising.rows(), std::count(best.begin(), best.end(), true));
  Index count = 0;
  for (Index j = 0; j < promising.cols(); ++j)
    if (best[static_cast<std::size_t>(j)]) chosen.col(count++) = promising.col(j);
  return chosen;
}

}  // namespace foray::optimizer
