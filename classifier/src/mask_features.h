#pragma once

#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::classifier {

// What of a mask tells the kind of beamstop and gaps between modules, kMaskFeatures values: at
// kMaskRadii distances from the direct beam (equal steps of their logarithm, up to the detector's
// diagonal) the share of the azimuth that is masked, that is off the detector, and the longest
// masked part; then shares of rows and columns that are masked altogether, how many bands they
// form, and shares of those that are masked to almost half.
std::vector<float> mask_features(const scattering::Geometry& geometry,
                                 const scattering::Mask& mask);

}  // namespace foray::classifier
