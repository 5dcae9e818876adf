#include "foray/simulator/profiles.h"

#include <algorithm>
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

namespace {

// Width of a Voigt profile with a Gaussian part of width g and a Lorentzian one of width l.
double voigt_fwhm(double g, double l) {
  const double sum = std::pow(g, 5) + 2.69269 * std::pow(g, 4) * l +
                     2.42843 * std::pow(g, 3) * l * l + 4.47163 * g * g * std::pow(l, 3) +
                     0.07842 * g * std::pow(l, 4) + std::pow(l, 5);
  return std::pow(sum, 0.2);
}

// Lorentzian share of the area, from the share of the width.
double lorentz_share(double ratio) {
  return std::min(1.0, ratio * (1.36603 + ratio * (-0.47719 + ratio * 0.11116)));
}

// Where a rising function of [0, 1] takes a value.
template <typename Function>
double solve(Function function, double value) {
  double low = 0, high = 1;
  for (int i = 0; i < 52; ++i) {  // to the last bit
    const double middle = 0.5 * (low + high);
    (function(middle) < value ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

PeakWidth broadened(const PeakWidth& peak, double gaussian_fwhm) {
  if (gaussian_fwhm == 0) return peak;
  const double l = peak.lorentz > 0 ? solve(lorentz_share, peak.lorentz) : 0;
  const double g = l < 1 ? solve([l](double part) { return voigt_fwhm(part, l); }, 1) : 0;
  const double wide = std::hypot(g * peak.fwhm, gaussian_fwhm);
  PeakWidth result;
  result.fwhm = voigt_fwhm(wide, l * peak.fwhm);
  result.lorentz = lorentz_share(l * peak.fwhm / result.fwhm);
  return result;
}

double azimuthal_law(double delta_chi, double eta, int symmetry) {
  const double half = std::cos(0.5 * symmetry * delta_chi);
  return (1 - eta * eta) / ((1 + eta) * (1 + eta) - 4 * eta * half * half);
}

}  // namespace foray::simulator
