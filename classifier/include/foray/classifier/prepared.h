#pragma once

#include <vector>

namespace foray::classifier {

// Sides and channels of the network's input. C++17 reads this header too.
//
// Radial bins are equal steps of ln q downwards from the largest q of the detector, so that the
// ratios of diffraction orders are distances in bins whatever the period.

/// Side of the square grid that the detector is laid on.
inline constexpr int kImageSide = 64;
/// Log intensity, its excess over the ring average, share of good pixels.
inline constexpr int kImageChannels = 3;
/// Radial bins of a factor of two in q.
inline constexpr int kBinsPerOctave = 28;
/// Radial bins: a factor of 35 in q.
inline constexpr int kPolarBins = 144;
/// Azimuthal sectors of a radial bin.
inline constexpr int kPolarSectors = 36;
/// Channels of the radial branch.
inline constexpr int kCurveChannels = 9;
/// Radial bins of the autocorrelation and of the aligned spectrum.
inline constexpr int kLags = 64;
/// Single numbers about the frame.
inline constexpr int kScalars = 16;
/// Length of the summary: autocorrelation, aligned spectrum, scalars.
inline constexpr int kSummarySize = 2 * kLags + kScalars;

/// The fixed-size input of the network for one frame.
struct PreparedFrame {
  std::vector<float> image;    ///< kImageChannels x kImageSide x kImageSide.
  std::vector<float> curve;    ///< kCurveChannels x kPolarBins.
  std::vector<float> summary;  ///< kSummarySize: autocorrelation, aligned spectrum, scalars.
};

}  // namespace foray::classifier
