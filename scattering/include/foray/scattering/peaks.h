#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/bins.h"
#include "foray/scattering/measurement.h"

namespace foray::scattering {

/// A value with its variance.
struct Estimate {
  double value = 0.0;
  double variance = 0.0;  ///< >= 0, in the square of the value's unit.
};

/// A place where a curve stands above what surrounds it.
struct PeakCandidate {
  double q = 0.0;             ///< position [1/angstrom].
  double fwhm = 0.0;          ///< width of the filter that fits best [1/angstrom].
  double height = 0.0;        ///< above the local background [unit of the intensity].
  double background = 0.0;    ///< local background at q [unit of the intensity].
  double significance = 0.0;  ///< height over its standard deviation.
};

/// Options of find_peaks.
struct PeakSearchOptions {
  double min_significance = 6.0; /**< least height in standard deviations, > 0. A curve of 1000
                                    noisy bins is looked at some 5000 times: 6 keeps the chance of
                                    any false peak near 1e-5. */
  double min_contrast = 0.05;    /**< least height over the local background, >= 0: with many counts
                                      the curvature of a smooth background becomes significant. */
  std::optional<Range> q = {};   ///< where to look [1/angstrom]; absent: everywhere.
  std::optional<Range> fwhm = {}; /**< widths to look for [1/angstrom]; absent: from twice the bins'
                                       spacing to a fifth of the range of q. */
  int max_peaks = 30;             ///< the most significant ones, >= 1.
};

/// Finds peaks by matched filtering: at every position and several widths, a Gaussian on a
/// parabola is fitted by weighted linear least squares, and the height's significance decides.
///
/// The parabola takes up slopes and curvature, so that a decaying curve without peaks gives none.
/// Where the curve has no sigma, one is estimated from the scatter of neighbouring values; entries
/// with sigma 0 are left out as unknown.
/// @returns the peaks in ascending q; empty when there is none.
/// @throws std::invalid_argument on a malformed curve or option.
std::vector<PeakCandidate> find_peaks(const Curve& curve, const PeakSearchOptions& options);
std::vector<PeakCandidate> find_peaks(const Curve& curve);

/// Shape of a fitted peak, of unit area.
enum class PeakShape {
  kGaussian,     ///< tails fall off at once: instrument resolution, mosaic.
  kLorentzian,   ///< long tails: exponential loss of order.
  kPseudoVoigt,  ///< eta Lorentzian + (1 - eta) Gaussian of one width.
};

/// Background under a fitted peak.
enum class PeakBackground {
  kLinear,    ///< b0 + b1 (q - q_start).
  kPowerLaw,  ///< b0 (q / q_start)^(-b1).
};

/// What came of a peak fit. In all cases the curve is untouched and no number is made up.
enum class PeakFitStatus {
  kConverged,     ///< estimates and covariance are valid.
  kNoPeak,        ///< no candidate, or the fitted area is not significant: there are no estimates.
  kAtBound,       ///< centre or width ended at the edge of what the window allows: not trustworthy.
  kNotConverged,  ///< the least squares did not settle or its covariance is singular: no estimates.
  kTooFewPoints,  ///< the window holds too few points for the parameters: nothing was fitted.
};

/// The status in words: "converged", "no peak", ...
const char* to_string(PeakFitStatus status);

/// Options of fit_peak.
struct PeakFitOptions {
  PeakShape shape = PeakShape::kPseudoVoigt;            ///< shape of the peak.
  PeakBackground background = PeakBackground::kLinear;  ///< background under it.
  std::optional<Range> window = {}; /**< q to fit in [1/angstrom]; absent: two widths of the
                                         candidate to both sides. */
  double min_significance = 3.0;    ///< least area in standard deviations, else kNoPeak, > 0.
  double lorentz_share = 0.5;       ///< eta to start from, and to stay at where it is not free.
  bool free_lorentz_share = true;   ///< false: a pseudo-Voigt of fixed eta.
  bool counting_weights = true; /**< where the curve says that its errors are those of counts, weigh
                                     by the fitted model's expected counts, not the observed ones:
                                     weights from observed counts favour low ones and bias the area
                                     by about one count a bin. */
  int max_iterations = 100;     ///< of the least squares, >= 1.
};

/// A fitted peak.
struct PeakFit {
  PeakFitStatus status = PeakFitStatus::kNoPeak;
  std::string note;           ///< why, for people, when not converged.
  Estimate center;            ///< [1/angstrom].
  Estimate fwhm;              ///< full width at half maximum as measured [1/angstrom].
  Estimate area;              ///< [intensity / angstrom].
  Estimate height;            ///< of the peak above the background [intensity].
  Estimate lorentz_share;     ///< eta in [0, 1]; variance 0 where it was fixed or ended at a bound.
  double background = 0.0;    ///< at the centre [intensity].
  double significance = 0.0;  ///< area over its standard deviation.
  double chi_squared = 0.0;   ///< weighted sum of squares at the solution.
  int degrees_of_freedom = 0;  ///< points less free parameters.
  Range window;                ///< q that was fitted in [1/angstrom].
  PeakShape shape = PeakShape::kPseudoVoigt;
  std::vector<std::string> parameter_names;  ///< free parameters: area, center, fwhm, ...
  Eigen::VectorXd parameters;                ///< their values.
  Eigen::MatrixXd covariance;                ///< theirs; from the weights, not scaled by chi^2.
};

/// Fits one peak with a local background by weighted least squares.
///
/// Deterministic; const data may be fitted concurrently.
/// @param start  where to begin, as find_peaks returns it.
/// @throws std::invalid_argument on a malformed curve, candidate or option.
PeakFit fit_peak(const Curve& curve, const PeakCandidate& start, const PeakFitOptions& options);
PeakFit fit_peak(const Curve& curve, const PeakCandidate& start);

/// Finds and fits all peaks; the window of each ends half-way to its neighbours.
/// @returns one fit a candidate, in ascending q; empty when there is no candidate.
std::vector<PeakFit> fit_peaks(const Curve& curve, const PeakSearchOptions& search,
                               const PeakFitOptions& fit);

/// The fit of the most significant peak, or status kNoPeak when there is none.
PeakFit fit_strongest_peak(const Curve& curve, const PeakSearchOptions& search,
                           const PeakFitOptions& fit);

/// What is needed to turn a width into a size.
struct DomainSizeOptions {
  double scherrer_constant =
      0.94;                       /**< K of D = 2 pi K / fwhm: 0.94 for the height of cube-like
                                       crystallites, 0.886 for slabs, 1.107 for spheres' diameter;
                                       Langford and Wilson (1978), doi:10.1107/S0021889878012844. */
  Estimate instrument_fwhm = {};  ///< of the instrument's Gaussian resolution [1/angstrom], >= 0.
};

/// Width of a peak without the instrument's part [1/angstrom]; absent when the measured width is
/// not larger than the instrument's.
///
/// The pseudo-Voigt is taken as a Voigt profile, whose Gaussian part loses the instrument's width
/// in quadrature. Source: Thompson, Cox and Hastings (1987), doi:10.1107/S0021889887087090, eqs
/// 4-6.
std::optional<Estimate> intrinsic_fwhm(const PeakFit& fit, const Estimate& instrument_fwhm);

/// Domain size D = 2 pi K / fwhm [angstrom] from the intrinsic width; absent when the peak is not
/// resolved from the instrument's width. Variance by error propagation to first order.
/// @throws std::invalid_argument on an invalid option.
std::optional<Estimate> domain_size(const PeakFit& fit, const DomainSizeOptions& options);
std::optional<Estimate> domain_size(const PeakFit& fit);

/// Spacing d = 2 pi / q [angstrom] of a fitted peak.
Estimate d_spacing(const PeakFit& fit);

}  // namespace foray::scattering
