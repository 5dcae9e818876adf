#pragma once

#include <memory>
#include <optional>

#include "binning.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

// Values that no detector gives become masked: not finite, negative counts (detectors mark bad
// pixels so) or without a variance that can be one. The table itself where there are none.
std::shared_ptr<const BinningTable> without_bad_values(const scattering::Frame& frame,
                                                       std::shared_ptr<const BinningTable> table);

// What turns a frame's values into as many counts as are worth as much: 1 for counts themselves.
// Where a variance is given, the median over the pixels of value over variance, as a few with large
// errors must not decide it. Values that are no whole numbers are no counts either (a pipeline has
// scaled or corrected them): without a variance, the median over the rows of their mean over what
// neighbours differ by.
double count_scale(const scattering::Frame& frame, const BinningTable& table);

// The flat background that was taken away from a frame whose variance is given, in its own unit, so
// that with it the values are as noisy as counts; 0 where fewer than one in fifty are negative.
// Counts have a variance c + a v where v is left of them over a background of c / a. Of frames that
// do not follow this line, as corrections depend on the pixel, three standard deviations of what is
// negative, so that hardly a value stays below 0.
double lost_background(const scattering::Frame& frame, const BinningTable& table);

// The frame with its lost background; nothing: it lost none.
std::optional<scattering::Frame> with_lost_background(const scattering::Frame& frame,
                                                      const BinningTable& table);

}  // namespace foray::classifier
