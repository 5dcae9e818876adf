#include "lookahead_terms.h"

#include <cmath>

#include "foray/optimizer/lookahead.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

GainTerm::GainTerm(std::size_t index, const surrogate::Model& model, const MatrixXd& points,
                   double noise, bool maximise)
    : index_(index),
      covariance_(model.covariance_to(points)),
      sign_(maximise ? 1 : -1),
      intercepts_(points.cols() + 1),
      noise_(noise) {
  intercepts_ << sign_ * model.predict_mean(points), 0;
}

VectorXd GainTerm::log_values(const Marginals& at) const {
  const surrogate::Posterior& posterior = at.of[index_];
  const MatrixXd covariances = covariance_->values(at.x);
  VectorXd values(at.x.cols());
  VectorXd intercepts = intercepts_;
  VectorXd slopes(intercepts.size());
  for (Index j = 0; j < values.size(); ++j) {
    const double variance = posterior.variance(j);
    intercepts(intercepts.size() - 1) = sign_ * posterior.mean(j);
    slopes << covariances.row(j).transpose(), variance;
    values(j) = log_expected_gain(intercepts, slopes / std::sqrt(variance + noise_)).value;
  }
  return values;
}

double GainTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const surrogate::PosteriorGradient& here = at.of[index_];
  const MatrixXd both = covariance_->with_gradient(at.x);
  const Index m = both.cols();
  VectorXd intercepts = intercepts_;
  intercepts(m) = sign_ * here.mean;
  const double deviation = std::sqrt(here.variance + noise_);
  VectorXd slopes(m + 1);
  slopes << both.row(0).transpose(), here.variance;
  slopes /= deviation;
  const LineGain gain = log_expected_gain(intercepts, slopes);
  // Slopes are covariances over the deviation.
  gradient = sign_ * gain.by_intercept(m) * here.mean_gradient +
             (both.bottomRows(at.x.size()) * gain.by_slope.head(m) +
              gain.by_slope(m) * here.variance_gradient) /
                 deviation -
             gain.by_slope.dot(slopes) / (2 * deviation * deviation) * here.variance_gradient;
  return gain.value;
}

}  // namespace foray::optimizer
