#pragma once

#include <vector>

namespace foray::classifier {

// Sides and channels of the network's input. C++17 reads this header too.
//
// Radial bins are equal steps of ln q downwards from the largest q of the detector, so that the
// ratios of diffraction orders are distances in bins whatever the period.

/// Side of the square grid that the detector is laid on.
inline constexpr int kImageSide = 64;
/// Log intensity, its excess over the ring average, share of good pixels, how far along either
/// axis the direct beam is, and log ratio to the product of the means of its row and its column.
inline constexpr int kImageChannels = 6;
/// Radial bins of a factor of two in q.
inline constexpr int kBinsPerOctave = 28;
/// Radial bins: a factor of 35 in q.
inline constexpr int kPolarBins = 144;
/// Azimuthal sectors of a radial bin.
inline constexpr int kPolarSectors = 36;
/// Rows of the polar image, each of two radial bins; its columns are the sectors.
inline constexpr int kPolarRows = kPolarBins / 2;
/// Log ratio to the mean over the azimuth, its significance, whether there are good pixels, log
/// ratio to the mean over the half of the frame that is much brighter than the opposite one, over
/// all where none is; 0 where that half has no pixel.
inline constexpr int kPolarChannels = 4;
/// Channels of the radial branch: 21 of the azimuthal mean, harmonics and findings of each step,
/// then how like itself it is when turned by 30, 60, 90 and 180 degrees, its unevenness on steps
/// of 2.5 degrees (deviation, significance, highest), its excess over the smooth course in four
/// ranges of direction (from the fast axis of the detector to the slow one), and the strips from
/// the beam along the four ways of the axes beside their sides (ratio, then significance).
inline constexpr int kCurveChannels = 40;
/// Radial bins of the autocorrelation and of the aligned spectrum.
inline constexpr int kLags = 64;
/// Single numbers about the frame.
inline constexpr int kScalars = 72;
/// Distances from the beam at which mask and shadows are looked at, and all numbers about them: at
/// each distance three of the mask, and six of lines; at each distance three of shadows that are in
/// no mask (share of directions that are dark, longest run of dark or masked ones, drop towards the
/// beam).
inline constexpr int kMaskRadii = 20;
inline constexpr int kMaskFeatures = 6 * kMaskRadii + 6;
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
