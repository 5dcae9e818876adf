#pragma once

#include <vector>

#include "binning.h"

namespace foray::classifier {

// What stands out of the means of rows, then of columns, at the detector's own resolution: horizon,
// Yoneda band, streaks. Each time the largest step, crest and dip beside the lines about it: its
// significance, ln of its ratio, and how far it is from the beam (0: there, or nothing is found,
// .88 at ten lines, 6 at most).
inline constexpr int kLineFeatures = 18;
std::vector<float> line_features(const BinningTable& table, const BinnedFrame& binned);

}  // namespace foray::classifier
