#include "joint_function.h"

#include "fixed_draws.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd by_covariance(const MatrixXd& factor, const MatrixXd& by_factor) {
  MatrixXd inner = factor.transpose() * by_factor;
  inner.triangularView<Eigen::StrictlyUpper>().setZero();
  inner.diagonal() /= 2;
  const auto lower = factor.triangularView<Eigen::Lower>();
  lower.transpose().solveInPlace(inner);
  inner = MatrixXd(inner.transpose());
  lower.transpose().solveInPlace(inner);
  return (inner + inner.transpose()) / 2;
}

JointMarginals::JointMarginals(const surrogate::Model& model, const MatrixXd& x, double floor) {
  const Index q = x.cols();
  const auto others = q > 1 ? model.covariance_to(x) : nullptr;
  MatrixXd covariance(q, q);
  for (Index i = 0; i < q; ++i) {
    at_.push_back(model.predict_with_gradient(x.col(i)));
    if (others) {
      among_.push_back(others->with_gradient(x.col(i)));
      covariance.row(i) = among_.back().row(0);
    }
    covariance(i, i) = at_.back().variance;
  }
  if (q > 1) {
    factor_ = factor_of((covariance + covariance.transpose()) / 2, floor);
  } else {
    floored_ = covariance(0, 0) <= floor;
    factor_ = covariance.cwiseMax(floor).cwiseSqrt();
  }
}

double JointMarginals::mean(Index i) const { return at_[static_cast<std::size_t>(i)].mean; }

MatrixXd JointMarginals::gradient(const VectorXd& by_mean, const MatrixXd& by_factor) const {
  const Index q = factor_.rows();
  const Index d = at_.front().mean_gradient.size();
  MatrixXd covariance = by_covariance(factor_, by_factor);
  if (floored_) covariance.setZero();
  MatrixXd result(d, q);
  for (Index i = 0; i < q; ++i) {
    const auto k = static_cast<std::size_t>(i);
    result.col(i) = by_mean(i) * at_[k].mean_gradient + covariance(i, i) * at_[k].variance_gradient;
    for (Index j = 0; j < q; ++j)
      if (j != i) result.col(i) += 2 * covariance(i, j) * among_[k].col(j).tail(d);
  }
  return result;
}

}  // namespace foray::optimizer
