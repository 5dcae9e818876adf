#pragma once

#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::classifier {

// Distances from the direct beam at which mask and shadows are looked at [m]: kMaskRadii.
std::vector<double> circle_radii(const scattering::Geometry& geometry,
                                 const scattering::Mask& mask);

// Longest run of 1 around a circle.
int longest_run(const std::vector<int>& around);

// What of a mask tells the kind of beamstop and gaps between modules, 3 kMaskRadii + 6 values: at
// kMaskRadii distances from the direct beam (equal steps of their logarithm, up to the detector's
// diagonal) the share of the azimuth that is masked, that is off the detector, and the longest
// masked part; then shares of rows and columns that are masked altogether, how many bands they
// form, and shares of those that are masked to almost half.
std::vector<float> mask_features(const scattering::Geometry& geometry,
                                 const scattering::Mask& mask);

}  // namespace foray::classifier
