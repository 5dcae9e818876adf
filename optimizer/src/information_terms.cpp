#include "information_terms.h"

#include <algorithm>
#include <cmath>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The largest share of a variance that references explain; one would make information infinite.
constexpr double kMostExplained = 1 - 1e-12;

}  // namespace

InformationTerm::InformationTerm(std::size_t index, const surrogate::Model& model,
                                 const MatrixXd& references, double noise, double reference_noise)
    : index_(index), covariance_(model.covariance_to(references)), noise_(noise) {
  MatrixXd between = model.joint(references).covariance;
  between.diagonal().array() += reference_noise;
  factor_.compute(between);
  ensure(factor_.info() == Eigen::Success,
         "InformationTerm: covariance plus noise is positive definite");
}

VectorXd InformationTerm::log_values(const Marginals& at) const {
  const MatrixXd half = factor_.matrixL().solve(covariance_->values(at.x).transpose());
  const VectorXd explained = half.colwise().squaredNorm();
  VectorXd values(at.x.cols());
  for (Index j = 0; j < values.size(); ++j) {
    const double share = explained(j) / (at.of[index_].variance(j) + noise_);
    values(j) = std::log(-0.5 * std::log1p(-std::min(share, kMostExplained)) + kTiny);
  }
  return values;
}

double InformationTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const MatrixXd both = covariance_->with_gradient(at.x);
  const VectorXd covariance = both.row(0).transpose();
  const VectorXd solved = factor_.solve(covariance);
  const double explained = covariance.dot(solved);
  const double total = at.of[index_].variance + noise_;
  const double share = std::min(explained / total, kMostExplained);
  const double information = -0.5 * std::log1p(-share) + kTiny;
  const VectorXd by_x = (2 * (both.bottomRows(at.x.size()) * solved) -
                         explained / total * at.of[index_].variance_gradient) /
                        total;
  gradient = 0.5 / ((1 - share) * information) * by_x;
  return std::log(information);
}

PriorScored uncorrelatedness(double /*mean*/, double variance, double /*prior_mean*/,
                             double prior_variance) {
  return {0.5 * std::log(variance / prior_variance), 0, 0.5 / variance, 0, -0.5 / prior_variance};
}

PriorScored relative_entropy(double mean, double variance, double prior_mean,
                             double prior_variance) {
  const double excess = (prior_variance - variance) / variance;
  const double apart = mean - prior_mean;
  return {-0.5 * (excess - std::log1p(excess) + apart * apart / variance), -apart / variance,
          0.5 * (excess + apart * apart / variance) / variance, apart / variance,
          -0.5 * (1 / variance - 1 / prior_variance)};
}

VectorXd PriorTerm::log_values(const Marginals& at) const {
  const surrogate::Posterior& posterior = at.of[index_];
  const surrogate::Posterior prior = model_.prior(at.x);
  VectorXd values(at.x.cols());
  for (Index j = 0; j < values.size(); ++j)
    values(j) =
        function_(posterior.mean(j), posterior.variance(j), prior.mean(j), prior.variance(j)).value;
  return values;
}

double PriorTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  // Of central differences in the unit cube; nearly always the prior is the same everywhere.
  constexpr double kNudge = 1e-5;
  const Index d = at.x.size();
  MatrixXd around = at.x.replicate(1, 2 * d + 1);
  for (Index i = 0; i < d; ++i) {
    around(i, 2 * i) += kNudge;
    around(i, 2 * i + 1) -= kNudge;
  }
  const surrogate::Posterior prior = model_.prior(around);
  const surrogate::PosteriorGradient& here = at.of[index_];
  const PriorScored scored =
      function_(here.mean, here.variance, prior.mean(2 * d), prior.variance(2 * d));
  gradient = scored.by_mean * here.mean_gradient + scored.by_variance * here.variance_gradient;
  for (Index i = 0; i < d; ++i)
    gradient(i) +=
        (scored.by_prior_mean * (prior.mean(2 * i) - prior.mean(2 * i + 1)) +
         scored.by_prior_variance * (prior.variance(2 * i) - prior.variance(2 * i + 1))) /
        (2 * kNudge);
  return scored.value;
}

}  // namespace foray::optimizer
