#pragma once

#include <cmath>

#include "foray/common/random.h"

namespace foray {

/// Draws that are the same on every platform, which those of the standard library need not be.

/// In [lower, upper).
inline double uniform(Rng& rng, double lower = 0, double upper = 1) {
  return lower + (upper - lower) * static_cast<double>(rng() >> 11) * 0x1.0p-53;
}

/// With a uniform logarithm, in [lower, upper); 0 < lower.
inline double log_uniform(Rng& rng, double lower, double upper) {
  return std::exp(uniform(rng, std::log(lower), std::log(upper)));
}

/// True with this probability.
inline bool chance(Rng& rng, double probability) { return uniform(rng) < probability; }

}  // namespace foray
