#include "terms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace foray::optimizer {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Scored log_difference(const Scored& a, const Scored& b) {
  const double ratio = std::exp(b.value - a.value);
  const double rest = -std::expm1(b.value - a.value);
  // What is lost to rounding has no slopes either.
  if (!(rest > 0)) return {a.value + std::log(std::numeric_limits<double>::min()), 0, 0};
  return {a.value + std::log(rest), (a.by_mean - ratio * b.by_mean) / rest,
          (a.by_variance - ratio * b.by_variance) / rest};
}

LogSoftplus log_softplus(double t) {
  if (t < -35) return {t, 1};  // softplus is exp(t) to double precision.
  const double softplus = t > 35 ? t : std::log1p(std::exp(t));
  return {std::log(softplus), 1 / ((1 + std::exp(-t)) * softplus)};
}

Scored softened(const Scored& f, double reference, double width) {
  const LogSoftplus result = log_softplus((f.value - reference) / width);
  return {result.value, result.slope / width * f.by_mean, result.slope / width * f.by_variance};
}

VectorXd log_mean(const Eigen::Ref<const MatrixXd>& logs) {
  if (logs.cols() == 1) return logs.col(0);
  const VectorXd largest = logs.rowwise().maxCoeff();
  const VectorXd means = (logs.colwise() - largest).array().exp().rowwise().mean();
  return largest.array() + means.array().log();
}

double log_mean(const std::vector<Slope>& logs, VectorXd& gradient) {
  if (logs.size() == 1) {
    gradient = logs.front().gradient;
    return logs.front().value;
  }
  double largest = -std::numeric_limits<double>::infinity();
  for (const Slope& log : logs) largest = std::max(largest, log.value);
  gradient = VectorXd::Zero(logs.front().gradient.size());
  double sum = 0;
  for (const Slope& log : logs) {
    const double share = std::exp(log.value - largest);
    sum += share;
    gradient += share * log.gradient;
  }
  gradient /= sum;
  return largest + std::log(sum / static_cast<double>(logs.size()));
}

VectorXd PointTerm::log_values(const Marginals& at) const {
  const surrogate::Posterior& posterior = at.of[model_];
  VectorXd values(at.x.cols());
  for (Index j = 0; j < values.size(); ++j)
    values(j) = function_(posterior.mean(j), posterior.variance(j)).value;
  return values;
}

double PointTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const surrogate::PosteriorGradient& posterior = at.of[model_];
  const Scored scored = function_(posterior.mean, posterior.variance);
  gradient =
      scored.by_mean * posterior.mean_gradient + scored.by_variance * posterior.variance_gradient;
  return scored.value;
}

VectorXd VarianceTerm::log_values(const Marginals& at) const {
  VectorXd sum = VectorXd::Zero(at.x.cols());
  for (const std::size_t model : models_) sum += at.of[model].variance;
  return sum.array().log();
}

double VarianceTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  double sum = 0;
  gradient = VectorXd::Zero(at.x.size());
  for (const std::size_t model : models_) {
    sum += at.of[model].variance;
    gradient += at.of[model].variance_gradient;
  }
  gradient /= sum;
  return std::log(sum);
}

VectorXd AveragedTerm::log_values(const Marginals& at) const {
  MatrixXd logs(at.x.cols(), static_cast<Index>(terms_.size()));
  for (std::size_t s = 0; s < terms_.size(); ++s)
    logs.col(static_cast<Index>(s)) = terms_[s]->log_values(at);
  return log_mean(logs);
}

double AveragedTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  std::vector<Slope> logs(terms_.size());
  for (std::size_t s = 0; s < terms_.size(); ++s)
    logs[s].value = terms_[s]->log_value(at, logs[s].gradient);
  return log_mean(logs, gradient);
}

Rivals find_rivals(const std::vector<double>& means, const std::vector<double>& variances) {
  Rivals rivals;
  rivals.first =
      static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < means.size(); ++k) {
    if (k == rivals.first) continue;
    const double margin = means[rivals.first] - means[k];
    const double variance = variances[rivals.first] + variances[k];
    const double z = margin / std::sqrt(variance);
    if (z < nearest) {
      nearest = z;
      rivals.second = k;
      rivals.margin = margin;
      rivals.variance = variance;
    }
  }
  return rivals;
}

VectorXd MarginTerm::log_values(const Marginals& at) const {
  VectorXd values(at.x.cols());
  std::vector<double> means(models_.size());
  std::vector<double> variances(models_.size());
  for (Index j = 0; j < values.size(); ++j) {
    for (std::size_t k = 0; k < models_.size(); ++k) {
      means[k] = at.of[models_[k]].mean(j);
      variances[k] = at.of[models_[k]].variance(j);
    }
    const Rivals rivals = find_rivals(means, variances);
    values(j) = function_(rivals.margin, rivals.variance).value;
  }
  return values;
}

double MarginTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  std::vector<double> means(models_.size());
  std::vector<double> variances(models_.size());
  for (std::size_t k = 0; k < models_.size(); ++k) {
    means[k] = at.of[models_[k]].mean;
    variances[k] = at.of[models_[k]].variance;
  }
  const Rivals rivals = find_rivals(means, variances);
  const Scored scored = function_(rivals.margin, rivals.variance);
  const surrogate::PosteriorGradient& first = at.of[models_[rivals.first]];
  const surrogate::PosteriorGradient& second = at.of[models_[rivals.second]];
  gradient = scored.by_mean * (first.mean_gradient - second.mean_gradient) +
             scored.by_variance * (first.variance_gradient + second.variance_gradient);
  return scored.value;
}

VectorXd ReductionTerm::log_values(const Marginals& at) const {
  const VectorXd sums = covariance_->values(at.x).array().square().matrix() * weights_;
  return (sums.array() + kTiny).log() - (at.of[model_].variance.array() + noise_).log();
}

double ReductionTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const MatrixXd both = covariance_->with_gradient(at.x);
  const VectorXd covariance = both.row(0).transpose();
  const VectorXd weighted = weights_.cwiseProduct(covariance);
  const double sum = weighted.dot(covariance) + kTiny;
  const double total = at.of[model_].variance + noise_;
  gradient =
      both.bottomRows(at.x.size()) * (2 / sum * weighted) - at.of[model_].variance_gradient / total;
  return std::log(sum) - std::log(total);
}

BoundaryTerm::BoundaryTerm(std::vector<std::size_t> models,
                           std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances,
                           const std::vector<Reference>& references, std::vector<double> noise)
    : models_(std::move(models)), covariances_(std::move(covariances)), noise_(std::move(noise)) {
  const auto count = static_cast<Index>(references.size());
  distance_.resize(count);
  weights_.resize(count);
  involved_ = Eigen::ArrayXXd::Zero(count, static_cast<Index>(models_.size()));
  for (Index u = 0; u < count; ++u) {
    const Reference& reference = references[static_cast<std::size_t>(u)];
    const Rivals& rivals = reference.rivals;
    distance_(u) = rivals.margin / std::sqrt(rivals.variance);
    weights_(u) = reference.weight;
    involved_(u, static_cast<Index>(rivals.first)) = 1 / rivals.variance;
    involved_(u, static_cast<Index>(rivals.second)) = 1 / rivals.variance;
  }
}

double BoundaryTerm::summed(const ArrayXd& rho2) const {
  double sum = 0;
  for (Index u = 0; u < rho2.size(); ++u) {
    // Shares of variance below this are rounding.
    if (rho2(u) < 1e-10) continue;
    sum += weights_(u) * expected_error_reduction(distance_(u), std::sqrt(rho2(u)));
  }
  return sum;
}

VectorXd BoundaryTerm::log_values(const Marginals& at) const {
  const Index n = at.x.cols();
  Eigen::ArrayXXd rho2 = Eigen::ArrayXXd::Zero(distance_.size(), n);
  for (std::size_t k = 0; k < models_.size(); ++k) {
    const MatrixXd covariance = covariances_[k]->values(at.x);
    const VectorXd& variance = at.of[models_[k]].variance;
    for (Index j = 0; j < n; ++j)
      rho2.col(j) += involved_.col(static_cast<Index>(k)) *
                     covariance.row(j).transpose().array().square() / (variance(j) + noise_[k]);
  }
  VectorXd values(n);
  for (Index j = 0; j < n; ++j) values(j) = summed(rho2.col(j).min(1.0));
  return (values.array() + kTiny).log();
}

double BoundaryTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const Index m = distance_.size();
  ArrayXd rho2 = ArrayXd::Zero(m);
  std::vector<MatrixXd> both(models_.size());
  std::vector<ArrayXd> by_covariance(models_.size());
  std::vector<double> total(models_.size());
  std::vector<ArrayXd> share(models_.size());
  for (std::size_t k = 0; k < models_.size(); ++k) {
    both[k] = covariances_[k]->with_gradient(at.x);
    const ArrayXd covariance = both[k].row(0).transpose();
    total[k] = at.of[models_[k]].variance + noise_[k];
    by_covariance[k] = involved_.col(static_cast<Index>(k)) * covariance / total[k];
    share[k] = by_covariance[k] * covariance;
    rho2 += share[k];
  }
  // The derivative by rho^2 of Craig's integral: exp(-a^2 / (2 rho^2)) / (2 pi rho sqrt(1 -
  // rho^2)).
  rho2 = rho2.max(1e-15).min(1 - 1e-12);
  const double sum = summed(rho2) + kTiny;
  const ArrayXd slope = weights_ * (-0.5 * distance_.square() / rho2).exp() /
                        (2 * std::numbers::pi * (rho2 * (1 - rho2)).sqrt() * sum);
  gradient = VectorXd::Zero(at.x.size());
  for (std::size_t k = 0; k < models_.size(); ++k) {
    gradient += both[k].bottomRows(at.x.size()) * (2 * slope * by_covariance[k]).matrix();
    gradient -= (slope * share[k]).sum() / total[k] * at.of[models_[k]].variance_gradient;
  }
  return std::log(sum);
}

}  // namespace foray::optimizer
