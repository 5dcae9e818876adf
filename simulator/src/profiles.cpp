#include "foray/simulator/profiles.h"

#include <cmath>
#include <numbers>

namespace foray::simulator {

double scherrer_fwhm(double domain_nm) {
  return 2 * std::numbers::pi * kScherrer / (10 * domain_nm);
}

double pseudo_voigt(double x, double fwhm, double lorentz) {
  const double s = 4 * x * x / (fwhm * fwhm);  // 1 at half maximum
  double value = 0;
  if (lorentz > 0) value += lorentz * 2 / (std::numbers::pi * fwhm * (1 + s));
  // exp(-60) is below any share that could be seen.
  if (lorentz < 1 && s < 60 / std::numbers::ln2) {
    const double top = 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) / fwhm;
    value += (1 - lorentz) * top * std::exp(-std::numbers::ln2 * s);
  }
  return value;
}

double azimuthal_law(double delta_chi, double eta, int symmetry) {
  const double half = std::cos(0.5 * symmetry * delta_chi);
  return (1 - eta * eta) / ((1 + eta) * (1 + eta) - 4 * eta * half * half);
}

}  // namespace foray::simulator
