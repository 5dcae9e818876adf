#pragma once

#include <Eigen/Core>

#include "binning.h"
#include "radial_features.h"

namespace foray::classifier {

// How the azimuth of each radial bin looks to one who turns the frame, or cuts it along a
// direction.
struct AzimuthFeatures {
  // Correlation with itself turned by 30, 60, 90 and 180 degrees, over the pairs of sectors that
  // both have pixels, of three bins together, less the variance of counting: n-fold symmetry makes
  // it large at 360 / n degrees.
  Eigen::Array<double, 4, kPolarBins> likeness;
  // Excess of ln I over its smooth course in lit sectors within 15, 45, 75 and 90 degrees of the
  // detector's fast axis, drawn to 0 where it may be chance.
  Eigen::Array<double, 4, kPolarBins> excess;
};

AzimuthFeatures azimuth_features(const BinningTable& table, const BinnedFrame& binned,
                                 const RadialFeatures& radial);

// What stands out of a frame beside what it all holds, 10 values: of the excess over the smooth
// course, then of what differs over the azimuth, the signal over its noise and the share of the
// counts; slope of ln I, per octave, over the last half, whole and two octaves of q with its
// significance.
std::vector<double> outstanding_features(const BinningTable& table, const BinnedFrame& binned,
                                         const RadialFeatures& radial);

}  // namespace foray::classifier
