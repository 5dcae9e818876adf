#pragma once

#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::scattering {

// A curve as fits need it: points with a known error only.
struct NoisyPoints {
  std::vector<double> q, log_q, intensity, sigma;  // log_q means nothing where q <= 0
};

// Leaves out points with sigma 0; where the curve has no sigma at all, or only zeros, takes one
// estimate for all from the scatter of second differences.
NoisyPoints usable_points(const Curve& curve);

}  // namespace foray::scattering
