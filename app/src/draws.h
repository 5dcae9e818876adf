#pragma once

#include <cmath>

#include "foray/common/random.h"

namespace foray::app {

// In [lower, upper).
inline double between(Rng& rng, double lower, double upper) {
  return lower + (upper - lower) * static_cast<double>(rng() >> 11) * 0x1.0p-53;
}

inline double by_logarithm(Rng& rng, double lower, double upper) {
  return lower * std::pow(upper / lower, between(rng, 0, 1));
}

inline bool toss(Rng& rng, double chance) { return between(rng, 0, 1) < chance; }

}  // namespace foray::app
