// Sources: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, chapters 5 and 6;
// Ortega and de la Torre (2003), doi:10.1063/1.1624058; Onsager (1949),
// doi:10.1111/j.1749-6632.1949.tb27296.x.
#include "shapes.h"

#include <math.h>  // j1 and jn are POSIX's

#include <array>
#include <complex>
#include <vector>

namespace foray::scattering {

namespace {

// f(x) = 2 J1(x) / x as Taylor polynomials about knots: a sixteenth from them the first term left
// out is below 3e-15. Several times faster than j1, and orientation averages ask for millions.
using DiskKnot = std::array<double, 8>;
constexpr double kDiskKnots = 8;    // in a unit of x
constexpr double kDiskReach = 256;  // beyond, the function itself

// The derivatives follow from x f'' + 3 f' + x f = 0, which is Bessel's equation, A&S 9.1.1.
DiskKnot disk_knot(double x) {
  DiskKnot a{1, 0, -1.0 / 8, 0, 1.0 / 192, 0, -1.0 / 9216, 0};  // A&S 9.1.10
  if (x == 0) return a;
  a[0] = 2 * ::j1(x) / x;
  a[1] = -2 * ::jn(2, x) / x;  // A&S 9.1.30
  double before = 0;
  for (std::size_t k = 0; k + 2 < a.size(); ++k) {
    const auto n = static_cast<double>(k);
    a[k + 2] = -((n + 1) * (n + 3) * a[k + 1] + x * a[k] + before) / (x * (n + 2) * (n + 1));
    before = a[k];
  }
  return a;
}

std::vector<DiskKnot> disk_knots() {
  std::vector<DiskKnot> knots;
  for (double k = 0; k <= kDiskKnots * kDiskReach; ++k) knots.push_back(disk_knot(k / kDiskKnots));
  return knots;
}

}  // namespace

double sphere_amplitude(double x) {
  if (std::abs(x) >= 0.5) return 3.0 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  // sum over n of 3 (-1)^n (2n + 2) / (2n + 3)! x^2n: at 0.5 the first term left out is 1e-17.
  const double y = x * x;
  return 1.0 - y / 10.0 *
                   (1.0 - y / 28.0 *
                              (1.0 - y / 54.0 *
                                         (1.0 - y / 88.0 * (1.0 - y / 130.0 * (1.0 - y / 180.0)))));
}

Eigen::ArrayXd sphere_amplitudes(const Eigen::ArrayXd& x) {
  Eigen::ArrayXd sine(x.size()), cosine(x.size());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const double at = x[i];  // by itself, so that one call gives both
    const double sine_at = std::sin(at), cosine_at = std::cos(at);
    sine[i] = sine_at;
    cosine[i] = cosine_at;
  }
  Eigen::ArrayXd out = 3 * (sine - x * cosine) / x.cube();
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    if (x[i] < 0.5) out[i] = sphere_amplitude(x[i]);
  }
  return out;
}

double disk_amplitude(double x) {
  static const std::vector<DiskKnot> kKnots = disk_knots();
  const double place = std::abs(x) * kDiskKnots + 0.5;
  if (!(place < static_cast<double>(kKnots.size()))) return 2.0 * ::j1(x) / x;
  const auto knot = static_cast<std::size_t>(place);
  const double t = std::abs(x) - static_cast<double>(knot) / kDiskKnots;
  const DiskKnot& a = kKnots[knot];
  const double t2 = t * t, t4 = t2 * t2;
  return (a[0] + a[1] * t + (a[2] + a[3] * t) * t2) +
         (a[4] + a[5] * t + (a[6] + a[7] * t) * t2) * t4;
}

double sine_integral(double x) {
  if (x < 4.0) {
    // A&S 5.2.14; at 4 the largest term is 8, so 1e-15 is lost at most.
    double sum = 0, term = x;
    for (int n = 0; n < 25; ++n) {
      sum += term / (2 * n + 1);
      term *= -x * x / ((2.0 * n + 2) * (2.0 * n + 3));
    }
    return sum;
  }
  // Si(x) = pi/2 + Im E1(ix), A&S 5.2.23, with E1 by its continued fraction 5.1.22, from the end.
  const std::complex<double> z(0, x);
  const int depth = 30 + static_cast<int>(400.0 / x);
  std::complex<double> tail = z + 2.0 * depth + 1.0;
  for (int n = depth; n >= 1; --n) {
    tail = z + 2.0 * n - 1.0 - static_cast<double>(n) * n / tail;
  }
  return std::numbers::pi / 2 + (std::exp(-z) / tail).imag();
}

double gamma_fraction(double a, double x) {
  if (x <= 0) return 0;
  // The prefactor without lgamma, which is not safe in threads.
  const double prefix = std::exp(a * std::log(x) - x) / std::tgamma(a);
  if (x < a + 1) {
    // A&S 6.5.29.
    double sum = 1 / a, term = 1 / a;
    for (int n = 1; n < 500 && term > 1e-17 * sum; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return prefix * sum;
  }
  // A&S 6.5.31, from the end.
  const int depth = 50 + static_cast<int>(400.0 / x);
  double tail = x + 2 * depth + 1 - a;
  for (int n = depth; n >= 1; --n) tail = x + 2 * n - 1 - a - n * (n - a) / tail;
  return 1 - prefix / tail;
}

double excluded_volume_radius(double radius, double length) {
  return 0.5 * std::cbrt(0.75 * radius *
                         (2 * radius * length +
                          (radius + length) * (std::numbers::pi * radius + length)));
}

ModelDefinition plain(std::string name, std::vector<ModelParameter> parameters,
                      Moments (*scatter)(Parameters, const Eigen::ArrayXd&)) {
  ModelDefinition definition;
  definition.name = std::move(name);
  definition.parameters = std::move(parameters);
  definition.scatter = scatter;
  return definition;
}

ModelDefinition particle(std::string name, std::vector<ModelParameter> parameters,
                         Moments (*scatter)(Parameters, const Eigen::ArrayXd&),
                         double (*volume)(Parameters), std::vector<std::string> modes,
                         double (*radius)(Parameters, int)) {
  ModelDefinition definition = plain(std::move(name), std::move(parameters), scatter);
  definition.volume = volume;
  definition.radius_modes = std::move(modes);
  definition.radius = radius;
  definition.has_amplitude = true;
  return definition;
}

}  // namespace foray::scattering
