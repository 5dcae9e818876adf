#include "foray/campaign/transform.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "foray/common/check.h"

namespace foray::campaign {
namespace {

// Beyond it a probability is a bound.
constexpr double kCertain = 0.1;
// Keeps thresholds of 0 and 1 finite.
constexpr double kLevelMargin = 1e-4;

double logit(double p) { return std::log(p / (1 - p)); }

double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

// Moments of logistic(mean + sd Z), Z standard normal, by the trapezoidal rule on [-8, 8]: for a
// smooth integrand that vanishes at both ends with all derivatives it converges geometrically.
Estimate logistic_moments(double mean, double variance) {
  constexpr int kSteps = 200;
  constexpr double kReach = 8;
  const double sd = std::sqrt(std::max(variance, 0.0));
  double weight_sum = 0;
  double first = 0;
  double second = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = -kReach + 2 * kReach * i / kSteps;
    const double weight = std::exp(-0.5 * z * z);
    const double p = logistic(mean + sd * z);
    weight_sum += weight;
    first += weight * p;
    second += weight * p * p;
  }
  first /= weight_sum;
  second /= weight_sum;
  return {first, std::max(0.0, second - first * first)};
}

}  // namespace

std::optional<ModelValue> to_model(Transform transform, double value, double variance) {
  if (!std::isfinite(value) || !std::isfinite(variance) || variance < 0) {
    return std::nullopt;
  }
  ModelValue estimate{value, variance};
  if (transform == Transform::kLog) {
    if (value <= 0) {
      return std::nullopt;
    }
    estimate = {std::log(value), variance / value / value};
  } else if (transform == Transform::kLogit) {
    if (value < 0 || value > 1) {
      return std::nullopt;
    }
    const double p = std::clamp(value, kCertain, 1 - kCertain);
    const double slope = p * (1 - p);
    estimate = {logit(p), variance / slope / slope};
    if (value > p) estimate.bound = surrogate::Bound::kAtLeast;
    if (value < p) estimate.bound = surrogate::Bound::kAtMost;
  }
  if (!std::isfinite(estimate.value) || !std::isfinite(estimate.variance)) {
    return std::nullopt;
  }
  return estimate;
}

double least_scale(Transform transform) {
  return transform == Transform::kLogit ? logit(1 - kCertain) : 0;
}

double level_to_model(Transform transform, double level, const std::string& where) {
  const auto estimate = to_model(transform, level, 0);
  require(estimate.has_value(),
          where + ": expected a value " +
              (transform == Transform::kLog     ? "above 0, the observable being seen as its "
                                                  "logarithm"
               : transform == Transform::kLogit ? "from 0 to 1, the observable being a probability"
                                                : "that is finite") +
              ", got " + std::to_string(level));
  return transform == Transform::kLogit ? logit(std::clamp(level, kLevelMargin, 1 - kLevelMargin))
                                        : estimate->value;
}

Estimate from_model(Transform transform, double mean, double variance) {
  if (transform == Transform::kLog) {
    const double first = std::exp(mean + variance / 2);
    return {first, std::expm1(variance) * first * first};
  }
  if (transform == Transform::kLogit) {
    return logistic_moments(mean, variance);
  }
  return {mean, variance};
}

}  // namespace foray::campaign
