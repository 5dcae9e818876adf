#pragma once

#include <string>
#include <vector>

namespace foray::optimizer {

/// How a range is traversed.
enum class ParameterScale {
  kLinear,
  kLog,  ///< equal ratios are equal steps; the range must be positive.
};

/// What a parameter is to the surrogate.
enum class ParameterRole {
  kAxis,      ///< a coordinate of the surrogate and of the search.
  kExposure,  ///< sets counting noise and cost, no coordinate; in seconds.
};

/// Something that can be set.
struct Parameter {
  // Behaviour.
  std::string name;  ///< unique, a valid identifier: constraints use it.
  std::string unit;  ///< for people; "" where there is none.
  double lower = 0;  ///< finite, < upper.
  double upper = 1;  ///< finite.
  ParameterScale scale = ParameterScale::kLinear;
  ParameterRole role = ParameterRole::kAxis;
  double step = 0;  ///< resolution in the parameter's unit, from `lower`; 0: continuous.
  // Cost.
  double speed = 0;     ///< units per second, > 0; 0: moving takes no time.
  double settle_s = 0;  ///< seconds after a move, >= 0.
};

}  // namespace foray::optimizer
