#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::app {

/// A colour, each part 0 to 255.
using Rgb = std::array<std::uint8_t, 3>;

/// Perceptually uniform colour for t in [0, 1] (clamped): dark blue over green to yellow.
///
/// Source: the nine anchor colours of "viridis" (van der Walt and Smith, 2015, CC0), interpolated
/// linearly.
Rgb heat_colour(double t);

/// An RGB picture, row-major from the top left.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<Rgb> pixels;  ///< width * height.
};

/// The picture as a PNG file's bytes.
std::string encode_png(const Picture& picture);

/// Writes a PNG file.
/// @throws std::runtime_error naming the file.
void write_png(const std::filesystem::path& path, const Picture& picture);

/// A detector frame on a logarithmic scale, masked pixels grey, binned down so that the longer side
/// is at most `max_side` pixels. The scale runs from 1 count to the 99.9 % quantile.
Picture picture_of(const scattering::Frame& frame, int max_side);

/// Bytes as base64 text, for pictures inside a page.
std::string base64(const std::string& bytes);

}  // namespace foray::app
