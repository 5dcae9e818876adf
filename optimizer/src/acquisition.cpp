#include "foray/optimizer/acquisition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "foray/common/normal.h"

namespace foray::optimizer {

namespace {

// Below it the direct forms lose digits; the tail fraction needs no more than 90 terms there.
constexpr double kTail = -3;

// Chain rule from z = sign (mean - bound) / sigma, for value = ln sigma + log_h(z).
Scored log_improvement(double mean, double variance, double incumbent, bool maximise) {
  const double sigma = std::sqrt(variance);
  const double sign = maximise ? 1 : -1;
  const double z = sign * (mean - incumbent) / sigma;
  const double slope = log_h_slope(z);
  return {std::log(sigma) + log_h(z), sign * slope / sigma, (1 - slope * z) / (2 * variance)};
}

}  // namespace

double log_h(double z) {
  if (z > kTail) return std::log(normal_density(z) + z * normal_cdf(z));
  const double fraction = mills_tail_fraction(-z);
  return -0.5 * z * z - kLogRoot2Pi + std::log(fraction / (fraction - z));
}

double log_h_slope(double z) {
  if (z > kTail) return normal_cdf(z) / (normal_density(z) + z * normal_cdf(z));
  return 1 / mills_tail_fraction(-z);
}

Scored log_expected_improvement(double mean, double variance, double incumbent, bool maximise) {
  return log_improvement(mean, variance, incumbent, maximise);
}

Scored log_probability_of_improvement(double mean, double variance, double incumbent,
                                      bool maximise) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return maximise ? log_probability_between(mean, variance, incumbent, kInfinity)
                  : log_probability_between(mean, variance, -kInfinity, incumbent);
}

Scored confidence_bound(double mean, double variance, double beta, bool maximise) {
  const double sigma = std::sqrt(variance);
  const double sign = maximise ? 1 : -1;
  return {sign * mean + beta * sigma, sign, beta / (2 * sigma)};
}

Scored straddle(double mean, double variance, double level, double beta) {
  const double sigma = std::sqrt(variance);
  return {beta * sigma - std::abs(mean - level), mean > level ? -1.0 : 1.0, beta / (2 * sigma)};
}

Scored log_level_set_entropy(double mean, double variance, double level) {
  const double sigma = std::sqrt(variance);
  const double z = std::abs(mean - level) / sigma;
  // p = Phi(-z) is the probability of the unlikelier answer. H = p (-ln p) + (1 - p) (-ln(1 - p)),
  // with p taken out of both summands: the second is about p where p is small.
  const double log_p = log_normal_cdf(-z);
  const double p = std::exp(log_p);
  const double log_rest = std::log1p(-p);
  const double second = p > 1e-9 ? -(1 - p) * log_rest / p : 1 - 0.5 * p;
  const double value = log_p + std::log(second - log_p);
  const double by_z = -std::exp(-0.5 * z * z - kLogRoot2Pi - value) * (log_rest - log_p);
  return {value, by_z * (mean > level ? 1 : -1) / sigma, -by_z * z / (2 * variance)};
}

Scored log_target_improvement(double mean, double variance, double level, double distance) {
  // max(t - |u|, 0) is the second difference of max(u, 0) with step t, so the expectation is that
  // of h: sigma (h(z + t) - 2 h(z) + h(z - t)), z = -|mean - level| / sigma.
  const double sigma = std::sqrt(variance);
  const double z = -std::abs(mean - level) / sigma;
  const double t = distance / sigma;
  double value = 0;  // ln of the second difference
  double by_z = 0;   // its derivatives
  double by_t = 0;
  if (t * std::max(1.0, -z) < 0.02) {
    // t^2 phi(z) (1 + t^2 (z^2 - 1) / 12): the direct form cancels. Next term below 1e-8.
    const double correction = 1 + t * t * (z * z - 1) / 12;
    value = 2 * std::log(t) - 0.5 * z * z - kLogRoot2Pi + std::log(correction);
    by_z = -z + t * t * z / (6 * correction);
    by_t = 2 / t + t * (z * z - 1) / (6 * correction);
  } else {
    const double top = log_h(z + t);
    const double middle = std::exp(log_h(z) - top);
    const double bottom = std::exp(log_h(z - t) - top);
    const double sum = 1 - 2 * middle + bottom;
    const double slope_top = log_h_slope(z + t);
    const double slope_middle = middle * log_h_slope(z);
    const double slope_bottom = bottom * log_h_slope(z - t);
    value = top + std::log(sum);
    by_z = (slope_top - 2 * slope_middle + slope_bottom) / sum;
    by_t = (slope_top - slope_bottom) / sum;
  }
  const double z_by_mean = mean > level ? -1 / sigma : 1 / sigma;
  return {std::log(sigma) + value, by_z * z_by_mean, (1 - by_z * z - by_t * t) / (2 * variance)};
}

Scored log_probability_between(double mean, double variance, double at_least, double at_most) {
  const double sigma = std::sqrt(variance);
  const double lower = (mean - at_least) / sigma;  // Above the lower limit by so many sigma.
  const double upper = (at_most - mean) / sigma;
  if (std::isinf(at_most)) {
    const double slope = log_normal_cdf_slope(lower);
    return {log_normal_cdf(lower), slope / sigma, -slope * lower / (2 * variance)};
  }
  if (std::isinf(at_least)) {
    const double slope = log_normal_cdf_slope(upper);
    return {log_normal_cdf(upper), -slope / sigma, -slope * upper / (2 * variance)};
  }
  // Phi(upper) - Phi(-lower), from the side on which neither is near 1.
  const double near = std::min(lower, upper);
  const double width = lower + upper;
  const double log_near = log_normal_cdf(near);
  const double log_far = log_normal_cdf(near - width);
  const double value = log_near + std::log(-std::expm1(log_far - log_near));
  const double slope_lower = std::exp(-0.5 * lower * lower - kLogRoot2Pi - value);
  const double slope_upper = std::exp(-0.5 * upper * upper - kLogRoot2Pi - value);
  return {value, (slope_lower - slope_upper) / sigma,
          -(slope_lower * lower + slope_upper * upper) / (2 * variance)};
}

double expected_error_reduction(double a, double rho) {
  // Gauss-Legendre, 8 points on [0, 1].
  static constexpr std::array<double, 8> kNodes = {
      0.01985507175123188, 0.10166676129318664, 0.23723379504183550, 0.40828267875217510,
      0.59171732124782490, 0.76276620495816450, 0.89833323870681336, 0.98014492824876812};
  static constexpr std::array<double, 8> kWeights = {
      0.05061426814518813, 0.11119051722668724, 0.15685332293894364, 0.18134189168918099,
      0.18134189168918099, 0.15685332293894364, 0.11119051722668724, 0.05061426814518813};
  if (!(rho > 0)) return 0;
  // With c = cot t the integral runs from c0 to infinity over exp(-a^2 (1 + c^2) / 2) / (1 + c^2).
  const double c0 = rho < 1 ? std::sqrt(1 - rho * rho) / rho : 0.0;
  const double b = a * c0;
  if (b > 7) return 0;  // Below exp(-24).
  const double front = std::exp(-0.5 * a * a) * std::numbers::inv_pi;
  double sum = 0;
  if (c0 < 1) {
    // The whole, Phi(-a), less the smooth part from 0 to c0.
    for (std::size_t i = 0; i < kNodes.size(); ++i) {
      const double c2 = c0 * c0 * kNodes[i] * kNodes[i];
      sum += kWeights[i] * std::exp(-0.5 * a * a * c2) / (1 + c2);
    }
    return std::max(0.0, normal_cdf(-a) - front * c0 * sum);
  }
  // c = c0 / v: the leading part for large c0 has a closed form, h(-b); its kink at v = b would
  // defeat the quadrature, which gets the rest.
  for (std::size_t i = 0; i < kNodes.size(); ++i) {
    const double v2 = kNodes[i] * kNodes[i];
    sum += kWeights[i] * std::exp(-0.5 * b * b / v2) * v2 / (v2 + c0 * c0);
  }
  const double leading = std::exp(-0.5 * b * b) - b * normal_cdf(-b) * 2.50662827463100050242;
  return std::max(0.0, front / c0 * (leading - sum));
}

}  // namespace foray::optimizer
