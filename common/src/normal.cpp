#include "foray/common/normal.h"

#include <cmath>
#include <numbers>

namespace foray {

namespace {

// Where the tail takes over: the direct forms have lost one digit there, and the continued
// fraction needs 90 terms for the last one.
constexpr double kTail = -3;

}  // namespace

double normal_density(double z) { return std::exp(-0.5 * z * z - kLogRoot2Pi); }

double normal_cdf(double z) { return 0.5 * std::erfc(-z * (1 / std::numbers::sqrt2)); }

double mills_tail_fraction(double t) {
  const int terms = t > 30 ? 12 : (t > 8 ? 30 : 90);
  double fraction = t;
  for (int k = terms; k >= 2; --k) fraction = t + k / fraction;
  return 1 / fraction;
}

double log_normal_cdf(double z) {
  if (z > kTail) return std::log(normal_cdf(z));
  return -0.5 * z * z - kLogRoot2Pi - std::log(mills_tail_fraction(-z) - z);
}

double log_normal_cdf_slope(double z) {
  if (z > kTail) return normal_density(z) / normal_cdf(z);
  return mills_tail_fraction(-z) - z;
}

}  // namespace foray
