#pragma once

#include <cmath>

#include "foray/common/random.h"

namespace foray::simulator {

// Draws that are the same on every platform, which those of the standard library need not be.

// In [lower, upper).
inline double uniform(Rng& rng, double lower, double upper) {
  return lower + (upper - lower) * static_cast<double>(rng() >> 11) * 0x1.0p-53;
}

// With a uniform logarithm, in [lower, upper); 0 < lower.
inline double log_uniform(Rng& rng, double lower, double upper) {
  return std::exp(uniform(rng, std::log(lower), std::log(upper)));
}

inline bool chance(Rng& rng, double probability) { return uniform(rng, 0, 1) < probability; }

}  // namespace foray::simulator
