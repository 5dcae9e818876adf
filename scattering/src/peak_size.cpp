// Source: Thompson, Cox and Hastings (1987), J. Appl. Cryst. 20, 79, doi:10.1107/S0021889887087090:
// the pseudo-Voigt and the Voigt profile of equal width (there eqs 4 to 6).
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/scattering/peaks.h"

namespace foray::scattering {
namespace {

// Widths of the Gaussian and the Lorentzian that together make a Voigt profile.
struct VoigtWidths {
  double gaussian = 0.0;
  double lorentzian = 0.0;
};

VoigtWidths voigt_of(double fwhm, double share) {
  const double square =
      1.0 - share * (0.74417 + share * (0.24781 + share * 0.00810));  // rounds to -8e-5 at 1
  const double lorentz = share * (0.72928 + share * (0.19289 + share * 0.07783));
  return {fwhm * std::sqrt(std::max(0.0, square)), fwhm * lorentz};
}

double fwhm_of(const VoigtWidths& w) {
  const double g = w.gaussian, l = w.lorentzian;
  const double sum = std::pow(g, 5) + 2.69269 * std::pow(g, 4) * l +
                     2.42843 * std::pow(g, 3) * l * l + 4.47163 * g * g * std::pow(l, 3) +
                     0.07842 * g * std::pow(l, 4) + std::pow(l, 5);
  return std::pow(sum, 0.2);
}

// Width of the Voigt profile less the instrument's Gaussian; NaN where nothing is left of the
// Gaussian part and the peak is no wider than the instrument makes it.
double corrected(double fwhm, double share, double instrument) {
  if (instrument <= 0) return fwhm;
  VoigtWidths widths = voigt_of(fwhm, share);
  const double square = widths.gaussian * widths.gaussian - instrument * instrument;
  if (fwhm <= instrument || (square <= 0 && widths.lorentzian <= 0)) return std::nan("");
  widths.gaussian = std::sqrt(std::max(0.0, square));
  return fwhm_of(widths);
}

// Place of a free parameter, or -1.
Eigen::Index find(const PeakFit& fit, const char* name) {
  const auto it = std::find(fit.parameter_names.begin(), fit.parameter_names.end(), name);
  return it == fit.parameter_names.end() ? -1 : it - fit.parameter_names.begin();
}

}  // namespace

std::optional<Estimate> intrinsic_fwhm(const PeakFit& fit, const Estimate& instrument) {
  require(instrument.value >= 0 && instrument.variance >= 0,
          "intrinsic_fwhm: instrument_fwhm: expected a value and a variance >= 0");
  const double width = fit.fwhm.value, share = fit.lorentz_share.value;
  if (!(width > 0)) return std::nullopt;
  const double value = corrected(width, share, instrument.value);
  if (!(value > 0)) return std::nullopt;
  if (instrument.value == 0) return fit.fwhm;
  // Central differences; a step past where the correction exists is mirrored away.
  const auto slope = [&](double step, auto at) {
    const double up = at(step), down = at(-step);
    if (std::isfinite(up) && std::isfinite(down)) return (up - down) / (2 * step);
    return std::isfinite(up) ? (up - value) / step : (value - down) / step;
  };
  const double by_width =
      slope(1e-5 * width, [&](double h) { return corrected(width + h, share, instrument.value); });
  const double by_instrument = slope(1e-5 * instrument.value, [&](double h) {
    return corrected(width, share, instrument.value + h);
  });
  double variance =
      by_width * by_width * fit.fwhm.variance + by_instrument * by_instrument * instrument.variance;
  const Eigen::Index i = find(fit, "fwhm"), j = find(fit, "lorentz_share");
  if (i >= 0 && j >= 0) {
    const double by_share =
        slope(1e-5, [&](double h) { return corrected(width, share + h, instrument.value); });
    variance +=
        by_share * by_share * fit.covariance(j, j) + 2 * by_share * by_width * fit.covariance(i, j);
  }
  if (!std::isfinite(variance) || variance < 0) return std::nullopt;
  return Estimate{value, variance};
}

std::optional<Estimate> domain_size(const PeakFit& fit) {
  return domain_size(fit, DomainSizeOptions{});
}

std::optional<Estimate> domain_size(const PeakFit& fit, const DomainSizeOptions& options) {
  require(std::isfinite(options.scherrer_constant) && options.scherrer_constant > 0,
          "domain_size: scherrer_constant: expected a finite value > 0, got " +
              std::to_string(options.scherrer_constant));
  const auto width = intrinsic_fwhm(fit, options.instrument_fwhm);
  if (!width) return std::nullopt;
  const double size = 2 * std::numbers::pi * options.scherrer_constant / width->value;
  const double relative = size / width->value;
  return Estimate{size, relative * relative * width->variance};
}

Estimate d_spacing(const PeakFit& fit) {
  require(fit.center.value > 0,
          "d_spacing: expected a peak at q > 0, got " + std::to_string(fit.center.value));
  const double d = 2 * std::numbers::pi / fit.center.value;
  const double slope = d / fit.center.value;
  return {d, slope * slope * fit.center.variance};
}

}  // namespace foray::scattering
