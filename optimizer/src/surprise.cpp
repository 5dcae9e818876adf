#include "surprise.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

VectorXd surprise_weights(const surrogate::Model& model, const Ref<const MatrixXd>& measured,
                          const Ref<const VectorXd>& values, const Ref<const MatrixXd>& at) {
  constexpr double kMost = 9;  // Three standard deviations.
  // A dense model has its factor's inverse; that of a sparse one would be made for each proposal.
  constexpr Index kMostResults = 10000;
  VectorXd weights = VectorXd::Ones(at.cols());
  std::vector<Index> present;
  for (Index i = 0; i < values.size(); ++i)
    if (std::isfinite(values(i))) present.push_back(i);
  const auto n = static_cast<Index>(present.size());
  if (n < 2 || n > kMostResults || at.cols() == 0) return weights;
  const auto left_out = model.left_out();
  if (!left_out || left_out->mean.size() != n) return weights;
  const MatrixXd points = measured(Eigen::all, present);
  const VectorXd square =
      (left_out->error.array().square() / left_out->variance.array().max(1e-300)).min(kMost);
  for (Index j = 0; j < at.cols(); ++j) {
    Index nearest = 0;
    (points.colwise() - at.col(j)).colwise().squaredNorm().minCoeff(&nearest);
    weights(j) = std::pow(1 + square(nearest), 2);
  }
  return weights / weights.mean();
}

}  // namespace foray::optimizer
