#include "fixed_draws.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd factor_of(const MatrixXd& covariance, double floor) {
  double added = std::max(floor, 1e-12 * covariance.diagonal().cwiseAbs().mean());
  for (int attempt = 0; attempt < 20; ++attempt, added *= 10) {
    MatrixXd more = covariance;
    more.diagonal().array() += added;
    const Eigen::LLT<MatrixXd> llt(more);
    if (llt.info() == Eigen::Success) return llt.matrixL();
  }
  ensure(false, "factor_of: a covariance cannot be factorised");
  return {};
}

double log_sum(const Eigen::Ref<const MatrixXd>& logs) {
  const double largest = logs.maxCoeff();
  return largest + std::log((logs.array() - largest).exp().sum());
}

FixedDraws::FixedDraws(const surrogate::Model& model, const MatrixXd& points, bool maximise,
                       MatrixXd base, double floor)
    : sign_(maximise ? 1 : -1), floor_(floor), base_(std::move(base)) {
  if (points.cols() == 0) return;
  const surrogate::JointPosterior joint = model.joint(points);
  covariance_ = model.covariance_to(points);
  lower_ = factor_of(joint.covariance, floor_);
  values_ = lower_ * base_;
  values_.colwise() += sign_ * joint.mean;
}

FixedDraws::Given FixedDraws::given(const MatrixXd& x, const surrogate::Posterior& at,
                                    Index samples) const {
  Given result{MatrixXd(samples, x.cols()), at.variance};
  result.mean.rowwise() = sign_ * at.mean.transpose();
  if (!empty()) {
    const MatrixXd half =
        lower_.triangularView<Eigen::Lower>().solve(covariance_->values(x).transpose());
    result.mean.noalias() += base_.leftCols(samples).transpose() * half;
    result.variance -= half.colwise().squaredNorm().transpose();
  }
  result.variance = result.variance.cwiseMax(floor_);
  return result;
}

FixedDraws::Slope FixedDraws::given(const VectorXd& x,
                                    const surrogate::PosteriorGradient& at) const {
  Slope here;
  here.mean = VectorXd::Constant(base_.cols(), sign_ * at.mean);
  here.variance = at.variance;
  if (!empty()) {
    here.slopes = covariance_->with_gradient(x);
    here.half = here.slopes.row(0).transpose();
    lower_.triangularView<Eigen::Lower>().solveInPlace(here.half);
    here.mean.noalias() += base_.transpose() * here.half;
    here.variance -= here.half.squaredNorm();
  }
  here.floored = here.variance <= floor_;
  here.variance = std::max(here.variance, floor_);
  return here;
}

VectorXd FixedDraws::gradient(const Slope& here, const surrogate::PosteriorGradient& at,
                              const VectorXd& by_mean, double by_variance) const {
  if (here.floored) by_variance = 0;
  VectorXd result = sign_ * by_mean.sum() * at.mean_gradient + by_variance * at.variance_gradient;
  if (empty()) return result;
  VectorXd by_half = base_ * by_mean - 2 * by_variance * here.half;
  lower_.triangularView<Eigen::Lower>().transpose().solveInPlace(by_half);
  return result + here.slopes.bottomRows(result.size()) * by_half;
}

}  // namespace foray::optimizer
