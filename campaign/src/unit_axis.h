#pragma once

#include <cmath>

#include "foray/optimizer/parameter.h"

namespace foray::campaign {

/// How far a parameter reaches, in what its axis is linear in.
inline double reach(const optimizer::Parameter& axis) {
  return axis.scale == optimizer::ParameterScale::kLog ? std::log(axis.upper / axis.lower)
                                                       : axis.upper - axis.lower;
}

/// Where a value of a parameter lies on its axis: 0 at the lower end, 1 at the upper.
inline double to_unit(const optimizer::Parameter& axis, double value) {
  return axis.scale == optimizer::ParameterScale::kLog ? std::log(value / axis.lower) / reach(axis)
                                                       : (value - axis.lower) / reach(axis);
}

}  // namespace foray::campaign
