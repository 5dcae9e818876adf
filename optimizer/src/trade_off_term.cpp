#include "trade_off_term.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::VectorXd;

VectorXd TradeOffTerm::log_values(const Marginals& at) const {
  const surrogate::Posterior& first = at.of[models_[0]];
  const surrogate::Posterior& second = at.of[models_[1]];
  VectorXd values(at.x.cols());
  for (Index j = 0; j < values.size(); ++j)
    values(j) = improvement_
                    .log_expected({signs_[0] * first.mean(j), signs_[1] * second.mean(j)},
                                  {first.variance(j), second.variance(j)})
                    .value;
  return values;
}

double TradeOffTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const surrogate::PosteriorGradient& first = at.of[models_[0]];
  const surrogate::PosteriorGradient& second = at.of[models_[1]];
  const TradeOffScored scored = improvement_.log_expected(
      {signs_[0] * first.mean, signs_[1] * second.mean}, {first.variance, second.variance});
  gradient = signs_[0] * scored.by_mean[0] * first.mean_gradient +
             signs_[1] * scored.by_mean[1] * second.mean_gradient +
             scored.by_variance[0] * first.variance_gradient +
             scored.by_variance[1] * second.variance_gradient;
  return scored.value;
}

}  // namespace foray::optimizer
