#include "preview.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "foray/common/check.h"

namespace foray::app {

namespace {

using Color = std::array<double, 3>;

constexpr std::array<std::uint8_t, 3> kMasked = {128, 128, 128};

// Lightness rises evenly (CIE L* 8, 22, 36, 50, 64, 78, 92) from violet over red to pale yellow.
constexpr std::array<Color, 7> kMap = {{{18, 10, 48},
                                        {70, 16, 96},
                                        {130, 34, 107},
                                        {190, 58, 87},
                                        {232, 102, 52},
                                        {250, 168, 30},
                                        {250, 238, 150}}};

std::array<std::uint8_t, 3> color_of(double value) {
  const double x = std::clamp(value, 0.0, 1.0) * static_cast<double>(kMap.size() - 1);
  const std::size_t i = std::min(static_cast<std::size_t>(x), kMap.size() - 2);
  const double part = x - static_cast<double>(i);
  std::array<std::uint8_t, 3> color{};
  for (std::size_t c = 0; c < 3; ++c) {
    color[c] =
        static_cast<std::uint8_t>(std::lround(kMap[i][c] * (1 - part) + kMap[i + 1][c] * part));
  }
  return color;
}

// Mean of the good counts in each block of n x n pixels; NaN where more than half are masked.
scattering::Image shrink(const scattering::Frame& frame, Eigen::Index n) {
  scattering::Image result((frame.counts.rows() + n - 1) / n, (frame.counts.cols() + n - 1) / n);
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.cols(); ++j) {
      double sum = 0;
      Eigen::Index good = 0, all = 0;
      for (Eigen::Index a = i * n; a < std::min(frame.counts.rows(), (i + 1) * n); ++a) {
        for (Eigen::Index b = j * n; b < std::min(frame.counts.cols(), (j + 1) * n); ++b) {
          ++all;
          if (frame.mask(a, b) != 0 || !std::isfinite(frame.counts(a, b))) continue;
          ++good;
          sum += std::max(0.0, frame.counts(a, b));
        }
      }
      result(i, j) = 2 * good < all ? std::numeric_limits<double>::quiet_NaN()
                                    : sum / static_cast<double>(std::max<Eigen::Index>(1, good));
    }
  }
  return result;
}

// The level that is painted brightest.
double top_level(const scattering::Image& image, double clipped) {
  std::vector<double> values;
  for (const double value : image.reshaped()) {
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return 1;
  const auto last = static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::ptrdiff_t>(std::floor((1 - clipped) * last));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return std::max(1.0, values[static_cast<std::size_t>(rank)]);
}

}  // namespace

Picture paint(const scattering::Frame& frame, const PreviewOptions& options) {
  scattering::validate(frame);
  require_in_range("paint: max_side", options.max_side, 1, 1e5);
  require_in_range("paint: clipped", options.clipped, 0, 0.999);
  const Eigen::Index side = std::max(frame.counts.rows(), frame.counts.cols());
  const scattering::Image image = shrink(frame, (side + options.max_side - 1) / options.max_side);
  const double top = std::log1p(top_level(image, options.clipped));
  Picture picture{static_cast<int>(image.cols()), static_cast<int>(image.rows()), {}};
  picture.rgb.reserve(static_cast<std::size_t>(3 * image.size()));
  for (Eigen::Index i = image.rows() - 1; i >= 0; --i) {
    for (Eigen::Index j = 0; j < image.cols(); ++j) {
      const double value = image(i, j);
      const auto color = std::isnan(value) ? kMasked : color_of(std::log1p(value) / top);
      picture.rgb.insert(picture.rgb.end(), color.begin(), color.end());
    }
  }
  return picture;
}

void write_png(const Picture& picture, const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, path.c_str(), 0, picture.rgb.data(), 0, nullptr) == 0) {
    throw std::runtime_error("write_png: " + path.string() + ": " + image.message);
  }
}

void write_preview(const scattering::Frame& frame, const std::filesystem::path& path,
                   const PreviewOptions& options) {
  write_png(paint(frame, options), path);
}

}  // namespace foray::app
