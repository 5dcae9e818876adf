#pragma once

#include <optional>
#include <string>

namespace foray::campaign {

/// In which variable the surrogate sees an observable.
enum class Transform {
  kNone,
  kLog,    ///< natural logarithm; for positive values over several decades.
  kLogit,  ///< ln(p / (1 - p)); for probabilities.
};

/// A value with its variance, in the observable's unit or in the surrogate's variable.
struct Estimate {
  double value = 0;
  double variance = 0;
};

/// Takes an observable to the surrogate's variable, the variance by the delta method
/// (variance times the squared derivative of the transform).
///
/// Probabilities are first kept within [1e-4, 1 - 1e-4]: beyond that a classifier's numbers say
/// nothing, and a certain 0 or 1 would have an infinite logit.
///
/// @returns nothing for a value outside the transform's domain (a logarithm of a value <= 0, a
///          probability outside [0, 1]), and for a value or variance that is not finite or
///          negative.
[[nodiscard]] std::optional<Estimate> to_model(Transform transform, double value, double variance);

/// Takes a threshold of an objective to the surrogate's variable; the transforms are monotone.
///
/// @throws std::invalid_argument naming `where` when the level lies outside the domain.
double level_to_model(Transform transform, double level, const std::string& where);

/// Mean and variance in the observable's unit of a normal posterior in the surrogate's variable:
/// exact for kNone and kLog (log-normal moments); for kLogit by quadrature, within 1e-9 for
/// standard deviations up to 10.
[[nodiscard]] Estimate from_model(Transform transform, double mean, double variance);

}  // namespace foray::campaign
