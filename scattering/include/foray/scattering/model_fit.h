#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/bins.h"
#include "foray/scattering/measurement.h"
#include "foray/scattering/models.h"
#include "foray/scattering/peaks.h"

namespace foray::scattering {

/// A parameter that a fit may change.
struct FreeParameter {
  std::string name;            /**< of the model, or NAME_pd for the relative width of NAME's
                                    distribution. */
  std::optional<double> start; /**< absent: looked for between the limits where both are given, else
                                    the model's default (0.1 for a width); scale and background
                                    start at what fits best. */
  std::optional<double> lower;  ///< absent: the model's own limit.
  std::optional<double> upper;  ///< absent: the model's own limit, 1 for a width.
};

/// Options of fit_model.
struct ModelFitOptions {
  std::vector<FreeParameter> free = {}; /**< at least one, none twice. */
  ModelValues fixed = {};               ///< what the others are where not the model's default.
  Polydispersities distributions = {};  /**< a free NAME_pd not named here is a Gaussian. */
  std::optional<Range> q = {};          ///< points to fit [1/angstrom]; absent: all with q > 0.
  bool smear = true; /**< with the curve's own resolution, where it has one: its slit, which then
                          stands for dq too, or dq. */
  int starts = 48;   /**< places that are looked at between the limits of parameters without
                          a start, >= 1; four of them are fitted. */
  int max_iterations = 100;  ///< of each least squares, >= 1.
};

/// What came of a model fit. In all cases the curve is untouched.
enum class ModelFitStatus {
  kConverged,         ///< estimates and covariance are valid.
  kAtBound,           ///< a parameter ended at its limit: those estimates hold for that limit only.
  kPoorlyDetermined,  ///< the curve cannot tell all free parameters apart, or leaves one its whole
                      ///< range: `note` names them, and those that others replace have no variance.
  kNotConverged,      ///< the least squares did not settle: where they stood, without covariance.
  kTooFewPoints,      ///< fewer usable points than free parameters: nothing was fitted.
};

/// The status in words: "converged", "at a bound", ...
const char* to_string(ModelFitStatus status);

/// A free parameter after the fit.
struct FittedParameter {
  std::string name;        ///< as it was asked for.
  std::string unit;        ///< of the model; "" for a width.
  Estimate estimate;       ///< variance 0 where there is none.
  double lower = 0.0;      ///< what it was allowed.
  double upper = 0.0;      ///< what it was allowed.
  bool at_bound = false;   ///< it ended there.
  bool determined = true;  ///< the curve says what it is.
};

/// A fitted model.
struct ModelFit {
  ModelFitStatus status = ModelFitStatus::kNotConverged;
  std::string note;                         ///< why, for people, when not converged.
  std::vector<FittedParameter> parameters;  ///< the free ones, in the order they were named.
  Eigen::MatrixXd covariance;               ///< theirs; from the errors, not scaled by chi^2.
  double chi_squared = 0.0;                 ///< weighted sum of squares at the solution.
  int degrees_of_freedom = 0;               ///< points less free parameters.
  bool errors_known = true; /**< false: the curve has no errors; `data.sigma` is then the same
                                 fraction of every intensity, that of the scatter about the fit. */
  bool smeared = false;     ///< the resolution of the curve was taken into account.
  ModelValues values;       ///< every parameter of the model.
  Polydispersities distributions;  ///< with their fitted widths.
  Curve data;                      ///< the points that were fitted, with the errors they had.
  Eigen::VectorXd fit;             ///< the model at those points, smeared like them.

  /// chi_squared over degrees_of_freedom; 0 where there are none.
  [[nodiscard]] double reduced_chi_squared() const;
  /// (data - fit) / sigma.
  [[nodiscard]] Eigen::VectorXd residuals() const;
};

/// Fits a small-angle model to a curve by weighted least squares.
///
/// Points with q <= 0 or sigma 0 are left out. Where the curve's errors are those of counts they
/// are taken from the fitted model's expected counts, since weights from observed counts favour low
/// ones. The resolution's quadrature is made anew at each solution until that changes nothing.
/// Deterministic; const data may be fitted concurrently.
///
/// @throws std::invalid_argument on a malformed curve or option, naming the parameter (with the
///         nearest known one), what was expected and what came.
ModelFit fit_model(const Curve& curve, const Model& model, const ModelFitOptions& options);

}  // namespace foray::scattering
