#include "field_terms.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "foray/common/median.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Of central differences in the unit cube: balances rounding and third derivatives.
constexpr double kSlopeStep = 1e-5;
// The logarithm of what is as good as nothing, and still comparable.
constexpr double kNothing = -1e6;

struct Scale {
  double middle;
  double width;  // 0: all alike
};

// The median, and the median distance from it.
Scale scale_of(const std::vector<double>& values) {
  Scale scale{upper_median(std::vector<double>(values)), 0};
  std::vector<double> distances;
  double sum = 0;
  for (const double value : values) {
    distances.push_back(std::abs(value - scale.middle));
    sum += distances.back();
  }
  scale.width = upper_median(distances);
  // More than half alike: what the others differ by.
  if (!(scale.width > 0)) scale.width = sum / static_cast<double>(values.size());
  return scale;
}

// Of the best of the values where these lie together and the others so far away that on the scale
// of all they could not be told apart: penalties stand for places that are forbidden, which may be
// most. The better half of a smooth function varies less than all of it, but not by so much.
Scale scale_of_the_best(std::vector<double> values) {
  constexpr std::size_t kFewest = 8;
  constexpr double kFarAway = 1e4;
  constexpr double kRounding = 1e-12;
  std::sort(values.begin(), values.end(), std::greater<>());
  Scale chosen = scale_of(values);
  for (double before = chosen.width; values.size() >= 2 * kFewest;) {
    values.resize(values.size() / 2);
    const Scale half = scale_of(values);
    if (!(half.width > kRounding * std::abs(half.middle))) break;  // alike but for rounding
    if (before > kFarAway * half.width) chosen = half;
    before = half.width;
  }
  return chosen;
}

}  // namespace

VectorXd GradientTerm::log_values(const Marginals& at) const {
  VectorXd squares = VectorXd::Constant(at.x.cols(), least_ * least_);
  for (Index i = 0; i < at.x.rows(); ++i) {
    MatrixXd up = at.x;
    MatrixXd down = at.x;
    up.row(i).array() += kSlopeStep;
    down.row(i).array() -= kSlopeStep;
    squares.array() +=
        ((model_.predict_mean(up) - model_.predict_mean(down)) / (2 * kSlopeStep)).array().square();
  }
  return 0.5 * (squares.array().log() + at.of[index_].variance.array().log());
}

double GradientTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const surrogate::PosteriorGradient& here = at.of[index_];
  const double length = here.mean_gradient.norm();
  const double square = length * length + least_ * least_;
  gradient = here.variance_gradient / (2 * here.variance);
  if (length > 0) {
    const VectorXd step = kSlopeStep / length * here.mean_gradient;
    const VectorXd up = model_.predict_with_gradient(at.x + step).mean_gradient;
    const VectorXd down = model_.predict_with_gradient(at.x - step).mean_gradient;
    gradient += length / square * (up - down) / (2 * kSlopeStep);
  }
  return 0.5 * (std::log(square) + std::log(here.variance));
}

SignedTerm::SignedTerm(std::unique_ptr<SignedFunction> function, const Marginals& raw)
    : function_(std::move(function)) {
  std::vector<double> finite;
  for (const double value : function_->values(raw))
    if (std::isfinite(value)) finite.push_back(value);
  if (finite.empty()) return;
  const Scale scale = scale_of_the_best(std::move(finite));
  median_ = scale.middle;
  // Of what is all alike any width does.
  if (scale.width > 0 && std::isfinite(scale.width)) width_ = scale.width;
}

double SignedTerm::scaled(double value) const {
  // The largest numbers there are stand for what is forbidden, too.
  constexpr double kMost = 1e100;
  return std::clamp((value - median_) / width_, -kMost, kMost);
}

VectorXd SignedTerm::log_values(const Marginals& at) const {
  VectorXd values = function_->values(at);
  for (double& value : values)
    value = std::isfinite(value) ? log_softplus(scaled(value)).value : kNothing;
  return values;
}

double SignedTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const double value = function_->value(at, gradient);
  if (!std::isfinite(value) || !gradient.allFinite()) {
    gradient = VectorXd::Zero(at.x.size());
    return std::isfinite(value) ? log_softplus(scaled(value)).value : kNothing;
  }
  const LogSoftplus result = log_softplus(scaled(value));
  gradient *= result.slope / width_;
  return result.value;
}

VectorXd PathFunction::values(const Marginals& at) const {
  const VectorXd values = path_->evaluate(at.x);
  return maximise_ ? values : VectorXd(values - 2 * at.of[model_].mean);
}

double PathFunction::value(const PointMarginals& at, VectorXd& gradient) const {
  const double value = path_->evaluate_with_gradient(at.x, gradient);
  if (maximise_) return value;
  gradient -= 2 * at.of[model_].mean_gradient;
  return value - 2 * at.of[model_].mean;
}

double FormulaFunction::evaluate(double mu, double sigma, const VectorXd& unit) const {
  const VectorXd physical = physical_(unit);
  VectorXd values(2 + physical.size());
  values << mu, sigma, physical;
  return formula_->evaluate(values);
}

VectorXd FormulaFunction::values(const Marginals& at) const {
  const surrogate::Posterior& posterior = at.of[model_];
  VectorXd values(at.x.cols());
  for (Index j = 0; j < values.size(); ++j)
    values(j) = evaluate(posterior.mean(j), std::sqrt(posterior.variance(j)), at.x.col(j));
  return values;
}

double FormulaFunction::value(const PointMarginals& at, VectorXd& gradient) const {
  const surrogate::PosteriorGradient& here = at.of[model_];
  const double mu = here.mean;
  const double sigma = std::sqrt(here.variance);
  // Not below the rounding of mu, nor of the values of a formula of its size.
  const double mu_step = kSlopeStep * std::max(deviation_, 1e-6 * std::abs(mu));
  const double sigma_step = kSlopeStep * sigma;
  const double by_mu =
      (evaluate(mu + mu_step, sigma, at.x) - evaluate(mu - mu_step, sigma, at.x)) / (2 * mu_step);
  const double by_sigma =
      (evaluate(mu, sigma + sigma_step, at.x) - evaluate(mu, sigma - sigma_step, at.x)) /
      (2 * sigma_step);
  gradient = by_mu * here.mean_gradient + by_sigma / (2 * sigma) * here.variance_gradient;
  for (Index i = 0; i < at.x.size(); ++i) {
    VectorXd up = at.x;
    VectorXd down = at.x;
    up(i) = std::min(up(i) + kSlopeStep, 1.0);  // A parameter ends where its range does.
    down(i) = std::max(down(i) - kSlopeStep, 0.0);
    gradient(i) += (evaluate(mu, sigma, up) - evaluate(mu, sigma, down)) / (up(i) - down(i));
  }
  return evaluate(mu, sigma, at.x);
}

}  // namespace foray::optimizer
