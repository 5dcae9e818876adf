#include "foray/surrogate/calibration.h"

#include <cmath>
#include <numbers>
#include <sstream>

#include "foray/common/check.h"
#include "foray/common/normal.h"

namespace foray::surrogate {

using Eigen::Index;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

constexpr double kLog2Pi = 1.8378770664093454836;

// Standard deviations from the middle to the ends of each central interval.
constexpr std::array<double, 3> kReach = {0.67448975019608171, 1.6448536269514722,
                                          1.9599639845400545};

}  // namespace

double ranked_probability_score(double mean, double variance, double y) {
  const double sigma = std::sqrt(variance);
  const double z = (y - mean) / sigma;
  return sigma * (z * (2 * normal_cdf(z) - 1) + 2 * normal_density(z) - std::numbers::inv_sqrtpi);
}

double negative_log_density(double mean, double variance, double y) {
  return 0.5 * (kLog2Pi + std::log(variance) + (y - mean) * (y - mean) / variance);
}

Calibration calibration_of(const Ref<const VectorXd>& y, const Ref<const VectorXd>& mean,
                           const Ref<const VectorXd>& variance) {
  if (y.size() == 0 || mean.size() != y.size() || variance.size() != y.size()) {
    std::ostringstream message;
    message << "calibration_of: expected as many means and variances as values, one or more, got "
            << y.size() << " values, " << mean.size() << " means, " << variance.size()
            << " variances";
    require(false, message.str());
  }
  require_finite("calibration_of: y", y);
  require_finite("calibration_of: mean", mean);
  require_finite("calibration_of: variance", variance);
  require(variance.minCoeff() > 0, "calibration_of: expected variances above 0");
  Calibration result;
  result.points = y.size();
  const auto n = static_cast<double>(y.size());
  for (Index i = 0; i < y.size(); ++i) {
    const double sigma = std::sqrt(variance(i));
    for (std::size_t k = 0; k < kReach.size(); ++k)
      result.coverage[k] += std::abs(y(i) - mean(i)) <= kReach[k] * sigma ? 1 : 0;
    result.ranked_score += ranked_probability_score(mean(i), variance(i), y(i)) / n;
    result.negative_density += negative_log_density(mean(i), variance(i), y(i)) / n;
    // E |X - X'| / 2 of two draws; the entropy.
    result.expected_ranked_score += sigma * std::numbers::inv_sqrtpi / n;
    result.expected_negative_density += 0.5 * (kLog2Pi + 1 + std::log(variance(i))) / n;
  }
  for (double& share : result.coverage) share /= n;
  return result;
}

}  // namespace foray::surrogate
