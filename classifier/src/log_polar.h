#pragma once

#include "fft.h"

namespace foray::classifier {

// The power spectrum over ln |k| (rows) and the angle over half a turn (columns): how much of the
// image's variance each cell holds. A scaling shifts rows, a turn shifts columns round.
inline constexpr Eigen::Index kLogRadii = 64;
inline constexpr Eigen::Index kAngles = 64;

// What white noise adds is taken away. plane: mean 0, variance 1. The spectrum is that of discs
// with the shorter side as diameter, which a window makes fade, averaged over as many as cover the
// longer side.
Plane log_polar_power(const Plane& plane);

// Magnitudes of the two-dimensional Fourier transform of the square roots, lowest frequencies only,
// without the mean: the same for all shifts of rows and columns. Length 1.
Eigen::VectorXf shift_invariants(const Plane& power);

// Square roots of the sums over angles. Length 1.
Eigen::VectorXf radial_amplitudes(const Plane& power);

}  // namespace foray::classifier
