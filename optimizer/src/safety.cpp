#include "safety.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "foray/optimizer/acquisition.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Safety::Safety(const Objective& objective, const ModelMap& models) {
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  for (const OutcomeConstraint& c : objective.subject_to) {
    if (c.probability <= 0) continue;
    const auto found = models.find(c.observable);
    if (found == models.end() || found->second == nullptr)
      throw std::runtime_error("propose: nothing is known of \"" + c.observable +
                               "\" yet, so that no place is known to be safe");
    limits_.push_back({found->second, c.at_least.value_or(-kNoLimit), c.at_most.value_or(kNoLimit),
                       std::log(c.probability)});
  }
}

bool Safety::holds(const VectorXd& x) const {
  // What is measured is safe, all of it, so that its mean is safe and its spread small: a surrogate
  // that learned both from it would take everything for safe. Where nothing is known the deviation
  // is therefore at least so many times the distance of the mean from the limit.
  constexpr double kDoubt = 2;
  return std::all_of(limits_.begin(), limits_.end(), [&](const Limit& limit) {
    const surrogate::Posterior at = limit.model->predict(x);
    const surrogate::Posterior before = limit.model->prior(x);
    const double margin = std::min(before.mean(0) - limit.at_least, limit.at_most - before.mean(0));
    const double unknown =
        before.variance(0) > 0 ? std::min(at.variance(0) / before.variance(0), 1.0) : 1;
    // A variance of rounding is none, and the probability 0 or 1.
    const double variance =
        std::max({at.variance(0), unknown * std::pow(kDoubt * std::max(margin, 0.0), 2), 1e-290});
    return log_probability_between(at.mean(0), variance, limit.at_least, limit.at_most).value >=
           limit.log_probability;
  });
}

MatrixXd Safety::safe_among(const MatrixXd& measured) const {
  MatrixXd safe(measured.rows(), measured.cols());
  Index count = 0;
  for (Index j = 0; j < measured.cols(); ++j)
    if (holds(measured.col(j))) safe.col(count++) = measured.col(j);
  if (count == 0)
    throw std::runtime_error(
        "propose: at no measured point the constraints of subject_to hold with the probability "
        "that is asked for; measure where they do");
  return safe.leftCols(count);
}

}  // namespace foray::optimizer
