#include "phase_maps.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace foray::bench {

namespace {

double logistic(double t) { return 1 / (1 + std::exp(-t)); }

// Distance, to first order, from the curve v = f(u) with a sine and a slope.
double distance_to_curve(double u, double v, double base, double amplitude, double frequency,
                         double phase, double slope) {
  const double omega = 2 * std::numbers::pi * frequency;
  const double f = base + amplitude * std::sin(omega * u + phase) + slope * (u - 0.5);
  const double steepness = amplitude * omega * std::cos(omega * u + phase) + slope;
  return (v - f) / std::hypot(1, steepness);
}

}  // namespace

PhaseMap::PhaseMap(unsigned seed) : c_(20) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (double& value : c_) value = uniform(rng);
  width_ = 0.03 + 0.01 * c_(19);
}

Eigen::Vector4d PhaseMap::probabilities(const Eigen::Vector2d& x) const {
  const double pi = std::numbers::pi;
  const double order = distance_to_curve(x(0), x(1), 0.28 + 0.12 * c_(0), 0.12 * c_(1), 0.8,
                                         pi * c_(2), 0.25 * c_(3));
  const double symmetry =
      distance_to_curve(x(1), x(0), 0.5 + 0.12 * c_(4), 0.15 * c_(5), 0.7, pi * c_(6), 0.3 * c_(7));
  const double oriented =
      0.3 + 0.1 * c_(10) -
      std::hypot(x(0) - 0.75 - 0.2 * c_(8), (x(1) - 0.85 - 0.15 * c_(9)) * (1 + 0.3 * c_(11)));
  const double p = logistic(order / width_);
  const double q = logistic(symmetry / width_);
  const double r = logistic(oriented / width_);
  return {1 - p, p * (1 - q) * (1 - r), p * q * (1 - r), p * r};
}

int PhaseMap::phase(const Eigen::Vector2d& x) const {
  int best = 0;
  probabilities(x).maxCoeff(&best);
  return best;
}

double PhaseMap::property(const Eigen::Vector2d& x) const {
  const Eigen::Vector2d peak(0.5 + 0.4 * c_(13), 0.6 + 0.3 * c_(14));
  return 20 + 6 * std::sin(2.2 * x(0) + 2 * c_(12)) +
         8 * std::exp(-(x - peak).squaredNorm() / 0.12) + 4 * c_(15) * x(1);
}

Measured measure(const PhaseMap& map, const Measuring& how, const Eigen::Vector2d& x, Rng& rng) {
  constexpr double kClip = 5;
  std::normal_distribution<double> normal;
  Eigen::Vector4d p = map.probabilities(x).cwiseMax(1e-12);
  for (double& value : p) value *= std::exp(how.logit_noise * normal(rng));
  p /= p.sum();
  Measured result{Eigen::VectorXd(5), Eigen::VectorXd(5)};
  for (int k = 0; k < PhaseMap::kClasses; ++k) {
    const double value = std::min(std::max(p(k), 1e-9), 1 - 1e-9);
    if (how.logit) {
      const double clipped = std::tanh(std::log(value / (1 - value)) / kClip);
      result.value(k) = kClip * clipped;
      result.variance(k) = std::pow(how.logit_noise * (1 - clipped * clipped), 2) + 1e-4;
    } else {
      result.value(k) = value;
      result.variance(k) = std::pow(how.logit_noise * value * (1 - value), 2) + 1e-6;
    }
  }
  const double noisy = map.property(x) + how.property_noise * normal(rng);
  result.value(4) = p(0) < 0.5 ? noisy : std::numeric_limits<double>::quiet_NaN();
  result.variance(4) = how.property_noise * how.property_noise;
  return result;
}

}  // namespace foray::bench
