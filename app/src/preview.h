#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::app {

/// How a frame is painted.
struct PreviewOptions {
  /// Detectors longer than this are shrunk by a whole number, averaging their good pixels [pixels].
  int max_side = 1200;
  /// Share of the good pixels, the brightest, that are painted white, in [0, 1).
  double clipped = 0.0005;
};

/// An image of 8-bit red, green and blue, row by row from the top.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  ///< 3 width height values.
};

/// Paints the counts of a frame: logarithm of 1 + counts on a perceptually even map from dark
/// violet to yellow, masked pixels grey, the slow axis upwards as the PONI convention has it.
/// @throws std::invalid_argument on an invalid frame or option.
Picture paint(const scattering::Frame& frame, const PreviewOptions& options = {});

/// Writes a picture as PNG.
/// @throws std::runtime_error naming the file and what went wrong.
void write_png(const Picture& picture, const std::filesystem::path& path);

/// paint(), then write_png().
void write_preview(const scattering::Frame& frame, const std::filesystem::path& path,
                   const PreviewOptions& options = {});

}  // namespace foray::app
