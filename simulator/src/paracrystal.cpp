#include "paracrystal.h"

#include <algorithm>
#include <cmath>

#include "units.h"

namespace foray::simulator {

namespace {

// Of a sphere, 1 at x = 0.
double sphere_amplitude(double x) {
  if (x < 0.1) return 1 - x * x / 10;
  return 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
}

// What a row of steps adds: f is how well the next one is known (Hosemann and Bagchi, Direct
// Analysis of Diffraction by Matter, 1962, chapter IX).
double interference_of(double f, double turns) {
  return (1 - f * f) / (1 - 2 * f * std::cos(2 * kPi * turns) + f * f);
}

}  // namespace

ParacrystalField::ParacrystalField(const Paracrystal& crystal, double wavelength, double fwhm)
    : crystal_(crystal), wave_number_(2 * kPi / wavelength), half_width_(0.5 * fwhm) {
  Eigen::Matrix2d steps;
  steps << crystal.a, crystal.b;
  reciprocal_ = 2 * kPi * steps.inverse().transpose();
  const Eigen::Vector2d a = reciprocal_.col(0), b = reciprocal_.col(1);
  shortest_ = std::min({a.norm(), b.norm(), (a + b).norm(), (a - b).norm()});
}

ParacrystalField::Place ParacrystalField::place_of(double up, double side) const {
  const Eigen::Vector2d q(wave_number_ * up, wave_number_ * side);
  return {q.norm(), Eigen::Vector2d(q.dot(crystal_.a), q.dot(crystal_.b)) / (2 * kPi)};
}

double ParacrystalField::particles(double q) const {
  const double amplitude = sphere_amplitude(q * crystal_.radius);
  return crystal_.intensity * amplitude * amplitude;
}

double ParacrystalField::interference(const Place& place) const {
  const double lost = 0.5 * std::pow(place.q * crystal_.spread, 2);
  const auto known = [&](double step) { return std::exp(-lost - half_width_ * step); };
  double result = interference_of(known(crystal_.a.norm()), place.turns[0]) *
                  interference_of(known(crystal_.b.norm()), place.turns[1]);
  if (crystal_.along > 0) result *= interference_of(known(crystal_.along), 0);
  return result;
}

bool ParacrystalField::is_first(const Eigen::Vector2d& order) const {
  return (reciprocal_ * order).norm() < 1.01 * shortest_;
}

Eigen::ArrayXd ParacrystalField::intensity(const double* up, const double* side,
                                           Eigen::Index n) const {
  Eigen::ArrayXd result(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Place place = place_of(up[i], side[i]);
    result[i] = particles(place.q) * interference(place);
  }
  return result;
}

ParacrystalField::Parts ParacrystalField::parts(const double* up, const double* side,
                                                Eigen::Index n) const {
  Parts parts{Eigen::ArrayXd::Zero(n), Eigen::ArrayXd::Zero(n), Eigen::ArrayXd::Zero(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Place place = place_of(up[i], side[i]);
    const double alone = particles(place.q), times = interference(place);
    parts.falling[i] = alone * std::min(times, 1.0);
    const Eigen::Vector2d order = place.turns.array().round();
    if (times < kCrest || order.isZero()) continue;
    (is_first(order) ? parts.first : parts.beyond)[i] = alone * (times - 1);
  }
  return parts;
}

}  // namespace foray::simulator
