// "R&W": Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, MIT Press,
// chapter 4.
#include "correlation.h"

#include <cmath>
#include <stdexcept>

namespace foray::surrogate::detail {

namespace {

using Eigen::ArrayXd;
using Column = Eigen::Ref<ArrayXd>;

// R&W eq. 4.14. K_nu underflows to 0 where the correlation does.
double matern(double nu, double r2) {
  const double s = std::sqrt(2 * nu * r2);
  if (s < 1e-8) return 1;
  const double log_factor = (1 - nu) * std::log(2.0) - std::log(std::tgamma(nu)) + nu * std::log(s);
  return s > 700 ? 0 : std::exp(log_factor) * std::cyl_bessel_k(nu, s);
}

// From d/ds s^nu K_nu(s) = -s^nu K_(nu-1)(s): Abramowitz & Stegun 9.6.28.
double matern_slope(double nu, double r2) {
  const double s = std::sqrt(2 * nu * r2);
  if (s < 1e-8) return nu > 1 ? nu / (nu - 1) : 0;
  const double log_factor =
      (1 - nu) * std::log(2.0) - std::log(std::tgamma(nu)) + (nu - 1) * std::log(s);
  return s > 700 ? 0 : 2 * nu * std::exp(log_factor) * std::cyl_bessel_k(std::abs(nu - 1), s);
}

// R&W eq. 4.21: (1 - r)^(j + q) times a polynomial, j = floor(D / 2) + q + 1.
double wendland(int q, double j, double r) {
  if (r >= 1) return 0;
  const double power = std::pow(1 - r, j + q);
  switch (q) {
    case 0:
      return power;
    case 1:
      return power * ((j + 1) * r + 1);
    case 2:
      return power * ((j * j + 4 * j + 3) * r * r + (3 * j + 6) * r + 3) / 3;
    default:
      return power *
             ((j * j * j + 9 * j * j + 23 * j + 15) * r * r * r +
              (6 * j * j + 36 * j + 45) * r * r + (15 * j + 45) * r + 15) /
             15;
  }
}

// Integrating r times one of these functions gives the next smoother one (Wendland 2005, Definition
// 9.11), so its slope is that one times its own second derivative at 0.
double wendland_slope(int q, double j, double r) {
  const double at_zero = (j + 2 * q - 1) * (j + 2 * q) / (2 * q - 1);
  return at_zero * wendland(q - 1, j, r);
}

double wendland_exponent(int q, Eigen::Index axes) {
  const Eigen::Index half = axes / 2;
  return static_cast<double>(half + q + 1);
}

}  // namespace

bool Correlation::covers(KernelKind kind) {
  switch (kind) {
    case KernelKind::kMatern12:
    case KernelKind::kMatern32:
    case KernelKind::kMatern52:
    case KernelKind::kMatern:
    case KernelKind::kSquaredExponential:
    case KernelKind::kRationalQuadratic:
    case KernelKind::kWendland:
      return true;
    default:
      return false;
  }
}

void Correlation::to_values(Column r2) const {
  switch (kind) {
    case KernelKind::kMatern12:
      r2 = (-r2.sqrt()).exp();
      return;
    case KernelKind::kMatern32:
      r2 = (3.0 * r2).sqrt();
      r2 = (1.0 + r2) * (-r2).exp();
      return;
    case KernelKind::kMatern52:
      r2 = (5.0 * r2).sqrt();
      r2 = (1.0 + r2 + r2.square() / 3.0) * (-r2).exp();
      return;
    case KernelKind::kMatern:
      for (double& value : r2) value = matern(shape, value);
      return;
    case KernelKind::kSquaredExponential:
      r2 = (-0.5 * r2).exp();
      return;
    case KernelKind::kRationalQuadratic:
      r2 = (-shape * (r2 / (2 * shape)).log1p()).exp();
      return;
    case KernelKind::kWendland: {
      const auto q = static_cast<int>(shape);
      const double j = wendland_exponent(q, axes);
      for (double& value : r2) value = wendland(q, j, std::sqrt(value));
      return;
    }
    default:
      throw std::logic_error("Correlation: not a function of distance");
  }
}

void Correlation::to_slopes(Column r2) const {
  switch (kind) {
    case KernelKind::kMatern12:
      r2 = (r2 > 0.0).select((-r2.sqrt()).exp() * r2.max(1e-300).rsqrt(), 0.0);
      return;
    case KernelKind::kMatern32:
      r2 = 3.0 * (-(3.0 * r2).sqrt()).exp();
      return;
    case KernelKind::kMatern52:
      r2 = (5.0 * r2).sqrt();
      r2 = (5.0 / 3.0) * (1.0 + r2) * (-r2).exp();
      return;
    case KernelKind::kMatern:
      for (double& value : r2) value = matern_slope(shape, value);
      return;
    case KernelKind::kSquaredExponential:
      r2 = (-0.5 * r2).exp();
      return;
    case KernelKind::kRationalQuadratic:
      r2 = (-(shape + 1) * (r2 / (2 * shape)).log1p()).exp();
      return;
    case KernelKind::kWendland: {
      const auto q = static_cast<int>(shape);
      const double j = wendland_exponent(q, axes);
      for (double& value : r2) value = wendland_slope(q, j, std::sqrt(value));
      return;
    }
    default:
      throw std::logic_error("Correlation: not a function of distance");
  }
}

ArrayXd Correlation::by_shape(const Eigen::Ref<const ArrayXd>& r2) const {
  // ln k = -alpha ln(1 + u), u = r^2 / (2 alpha): d ln k / d alpha = u / (1 + u) - ln(1 + u).
  const ArrayXd u = r2 / (2 * shape);
  return (-shape * u.log1p()).exp() * (u / (1 + u) - u.log1p());
}

}  // namespace foray::surrogate::detail
