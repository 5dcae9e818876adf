#pragma once

#include <optional>
#include <string>

#include "foray/surrogate/observations.h"

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

/// A value in the surrogate's variable, or a bound on it.
struct ModelValue {
  double value = 0;
  double variance = 0;
  surrogate::Bound bound = surrogate::Bound::kNone;
};

/// Takes an observable to the surrogate's variable, the variance by the delta method
/// (variance times the squared derivative of the transform).
///
/// A probability outside [0.1, 0.9] becomes a bound at that end: a classifier's certainties say on
/// which side of a boundary a place lies, not how far from it, and what little it gives to a third
/// class says nothing of the distance to that one.
///
/// @returns nothing for a value outside the transform's domain (a logarithm of a value <= 0, a
///          probability outside [0, 1]), and for a value or variance that is not finite or
///          negative.
[[nodiscard]] std::optional<ModelValue> to_model(Transform transform, double value,
                                                 double variance);

/// Smallest standard deviation that a function of this kind is taken to have in the surrogate's
/// variable, however alike its first values are: a class that was nowhere seen yet may still be
/// somewhere. 0: the data say.
[[nodiscard]] double least_scale(Transform transform);

/// Takes a threshold of an objective to the surrogate's variable; the transforms are monotone.
///
/// @throws std::invalid_argument naming `where` when the level lies outside the domain.
double level_to_model(Transform transform, double level, const std::string& where);

/// Mean and variance in the observable's unit of a normal posterior in the surrogate's variable:
/// exact for kNone and kLog (log-normal moments); for kLogit by quadrature, within 1e-9 for
/// standard deviations up to 10.
[[nodiscard]] Estimate from_model(Transform transform, double mean, double variance);

}  // namespace foray::campaign
