// Sources: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, chapters 5 and 6;
// Ortega and de la Torre (2003), doi:10.1063/1.1624058; Onsager (1949),
// doi:10.1111/j.1749-6632.1949.tb27296.x.
#include "shapes.h"

#include <complex>

namespace foray::scattering {

double sphere_amplitude(double x) {
  if (std::abs(x) >= 0.5) return 3.0 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  // sum over n of 3 (-1)^n (2n + 2) / (2n + 3)! x^2n: at 0.5 the first term left out is 1e-17.
  const double y = x * x;
  return 1.0 - y / 10.0 *
                   (1.0 - y / 28.0 *
                              (1.0 - y / 54.0 *
                                         (1.0 - y / 88.0 * (1.0 - y / 130.0 * (1.0 - y / 180.0)))));
}

double disk_amplitude(double x) {
  // Below 1e-4 the next term of the series, x^4 / 192, is under 1e-18.
  if (std::abs(x) < 1e-4) return 1.0 - x * x / 8.0;
  return 2.0 * ::j1(x) / x;
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
