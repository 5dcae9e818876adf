#include "peak_model.h"

#include <cmath>
#include <numbers>

namespace foray::scattering {
namespace {

const double kGaussHeight = 2.0 * std::sqrt(std::numbers::ln2 / std::numbers::pi);
constexpr double kLorentzHeight = 2.0 / std::numbers::pi;

}  // namespace

double unit_height(double share) { return (1.0 - share) * kGaussHeight + share * kLorentzHeight; }

PeakValue peak_value(const PeakVector& p, PeakBackground background, double q_start, double q) {
  const double width = p[kWidth];
  const double x = (q - p[kCenter]) / width;
  // Both profiles have unit area and, in x, unit width.
  const double gauss = kGaussHeight * std::exp(-4.0 * std::numbers::ln2 * x * x) / width;
  const double spread = 1.0 / (1.0 + 4.0 * x * x);
  const double lorentz = kLorentzHeight * spread / width;
  const double gauss_dx = -8.0 * std::numbers::ln2 * x * gauss;
  const double lorentz_dx = -8.0 * x * spread * lorentz;
  const double share = p[kShare];
  const double profile = (1.0 - share) * gauss + share * lorentz;
  const double profile_dx = (1.0 - share) * gauss_dx + share * lorentz_dx;

  PeakValue value;
  value.peak = p[kArea] * profile;
  value.gradient[kArea] = profile;
  value.gradient[kCenter] = -p[kArea] * profile_dx / width;
  value.gradient[kWidth] = -p[kArea] * (profile + x * profile_dx) / width;
  value.gradient[kShare] = p[kArea] * (lorentz - gauss);
  if (background == PeakBackground::kLinear) {
    value.background = p[kLevel] + p[kSlope] * (q - q_start);
    value.gradient[kLevel] = 1.0;
    value.gradient[kSlope] = q - q_start;
  } else {
    const double ratio = std::log(q / q_start);
    const double power = std::exp(-p[kSlope] * ratio);
    value.background = p[kLevel] * power;
    value.gradient[kLevel] = power;
    value.gradient[kSlope] = -p[kLevel] * power * ratio;
  }
  return value;
}

}  // namespace foray::scattering
