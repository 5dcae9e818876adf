#pragma once

#include <vector>

namespace foray::classifier {

// Sides and channels of the network's input. C++17 reads this header too.
//
// Radial bins are equal steps of ln q downwards from the largest q of the detector, so that the
// ratios of diffraction orders are distances in bins whatever the period.

/// Side of the square grid that the detector is laid on.
inline constexpr int kImageSide = 64;
/// Log intensity, its excess over the ring average, share of good pixels, and how far along either
/// axis the direct beam is.
inline constexpr int kImageChannels = 5;
/// Radial bins of a factor of two in q.
inline constexpr int kBinsPerOctave = 28;
/// Radial bins: a factor of 35 in q.
inline constexpr int kPolarBins = 144;
/// Azimuthal sectors of a radial bin.
inline constexpr int kPolarSectors = 36;
/// Rows of the polar image, each of two radial bins; its columns are the sectors.
inline constexpr int kPolarRows = kPolarBins / 2;
/// Log ratio to the mean over the azimuth, its significance, whether there are good pixels.
inline constexpr int kPolarChannels = 3;
/// Channels of the radial branch.
inline constexpr int kCurveChannels = 21;
/// Radial bins of the autocorrelation and of the aligned spectrum.
inline constexpr int kLags = 64;
/// Single numbers about the frame.
inline constexpr int kScalars = 41;
/// Distances from the beam at which the mask is looked at, and all numbers about the mask.
inline constexpr int kMaskRadii = 20;
inline constexpr int kMaskFeatures = 3 * kMaskRadii + 6;
/// Length of the summary: autocorrelation, aligned spectrum, scalars, mask.
inline constexpr int kSummarySize = 2 * kLags + kScalars + kMaskFeatures;

/// The fixed-size input of the network for one frame.
struct PreparedFrame {
  std::vector<float> image;    ///< kImageChannels x kImageSide x kImageSide.
  std::vector<float> polar;    ///< kPolarChannels x kPolarRows x kPolarSectors.
  std::vector<float> curve;    ///< kCurveChannels x kPolarBins.
  std::vector<float> summary;  ///< kSummarySize: autocorrelation, aligned spectrum, scalars, mask.
  std::vector<float> told;     ///< what a network of somebody else's tells of it; mostly empty.
};

}  // namespace foray::classifier
