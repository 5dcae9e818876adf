#include "foray/simulator/grazing.h"

#include <cmath>

namespace foray::simulator {

Fresnel fresnel(double sine, double delta, double beta) {
  Fresnel result;
  // The principal root of a number with non-negative imaginary part has one too.
  // n^2 - cos^2 = sin^2 + (n^2 - 1), which does not cancel at small angles.
  const std::complex<double> excess(-2 * delta + delta * delta - beta * beta,
                                    2 * beta * (1 - delta));
  result.inside = std::sqrt(sine * sine + excess);
  const std::complex<double> sum = sine + result.inside;
  if (std::abs(sum) == 0) {  // no interface and no angle: nothing is reflected
    result.reflected = 0;
    result.transmitted = 1;
    return result;
  }
  result.reflected = (sine - result.inside) / sum;
  result.transmitted = 2 * sine / sum;
  return result;
}

double rod_profile(double q_z, double height, double spread) {
  const double x = q_z * height;
  const double width = x * spread;
  // mean of sinc^2(x/2) h^2 = 2 (1 - cos(x) exp(-width^2 / 2)) / q_z^2 for a Gaussian spread;
  // below 1e-3 its series in x, whose next term is below 1e-6 of it.
  if (std::abs(x) < 1e-3) return 1;
  const double mean = 2 * (1 - std::cos(x) * std::exp(-0.5 * width * width)) / (x * x);
  return mean / (1 + spread * spread);
}

}  // namespace foray::simulator
