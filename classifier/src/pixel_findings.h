#pragma once

#include <array>
#include <vector>

#include "binning.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

// What only single pixels tell. A peak is a pixel that is higher than its neighbours and stands out
// of the edge of the 7 x 7 pixels about it by five standard deviations: a hit where it stands
// alone, a spot where its neighbours rise too.
struct PixelFindings {
  int hits = 0;
  int spots = 0;
  double spot_counts = 0;         // of spots, their highest pixels alone
  std::vector<int> spots_of_bin;  // kPolarBins
  double highest = 0;             // of the good pixels
  int at_highest = 0;             // pixels that have it
  int below_highest = 0;          // pixels above four fifths of it that do not
  int saturated = 0;              // at or above the frame's limit; 0 where it is not known
  bool limit_known = false;
  // Of the strip of three pixels from the direct beam along either way of the slow, then the fast
  // axis: ln of its counts over what the pixels beside it promise, and by how many deviations.
  std::array<double, 4> streak{};
  std::array<double, 4> streak_significance{};
  // The same by radial bin, its ratio drawn to 0 where it may be chance.
  using Course = std::array<double, kPolarBins>;
  std::array<Course, 4> strip{};
  std::array<Course, 4> strip_significance{};
  // Steps of 2.5 degrees beside the mean of their sectors: relative deviation less noise, its
  // significance, the highest in deviations.
  Course grain{};
  Course grain_significance{};
  Course grain_highest{};
  std::vector<float> lines;   // kLineFeatures, see line_features
  std::vector<float> shadow;  // 3 x kMaskRadii, see shadow_features
};

// `scale` turns values into counts.
PixelFindings find_in_pixels(const BinningTable& table, const BinnedFrame& binned,
                             const scattering::Frame& frame, double scale);

}  // namespace foray::classifier
