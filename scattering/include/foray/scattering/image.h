#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace foray::scattering {

/// Detector image, index [slow][fast] = (row, column), row-major as files store it.
/// Double, because counters go beyond the 2^24 that a float holds exactly.
using Image = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Pixel mask: 0 is a good pixel, any other value a reason to leave it out, with the bits of
/// NXdetector's pixel_mask. Index as in Image.
using Mask = Eigen::Array<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Bits of a Mask (NeXus NXdetector/pixel_mask).
enum MaskBit : std::uint32_t {
  kMaskGap = 1U << 0,
  kMaskDead = 1U << 1,
  kMaskUnderResponding = 1U << 2,
  kMaskOverResponding = 1U << 3,
  kMaskNoisy = 1U << 4,
  kMaskCluster = 1U << 6,
  kMaskUser = 1U << 8,  ///< a beamstop, or what a person marked.
};

}  // namespace foray::scattering
