#pragma once

#include <cmath>

#include "foray/common/random.h"
#include "foray/scattering/measurement.h"

namespace foray::scattering {

/// A pseudo-Voigt peak on a straight background, to be counted.
struct PeakTruth {
  double center = 0.05;
  double fwhm = 0.004;
  double area = 0.004;  // intensity is per unit weight
  double share = 0.5;   // of the Lorentzian
  double level = 0.2;
  double slope = -1.0;

  [[nodiscard]] double operator()(double q) const {
    const double x = (q - center) / fwhm;
    const double gauss = 0.9394372786996513 * std::exp(-2.772588722239781 * x * x) / fwhm;
    const double lorentz = 0.6366197723675814 / (1 + 4 * x * x) / fwhm;
    return area * ((1 - share) * gauss + share * lorentz) + level + slope * (q - center);
  }
};

/// Counts a function of q in bins of equal weight: I = n / weight with sigma as to_curve makes it.
template <typename Function>
Curve count_curve(const Function& expected, double from, double to, int bins, double weight,
                  std::uint64_t seed, std::uint64_t stream) {
  CounterStream random(seed, stream);
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(bins, from, to);
  curve.intensity.resize(bins);
  curve.sigma.resize(bins);
  curve.counting = true;
  for (int i = 0; i < bins; ++i) {
    const double n = random.poisson(weight * expected(curve.q[i]));
    curve.intensity[i] = n / weight;
    curve.sigma[i] = std::sqrt(n > 0 ? n : 1.0) / weight;
  }
  return curve;
}

}  // namespace foray::scattering
