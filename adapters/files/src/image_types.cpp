#include "image_types.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace foray::files {
namespace {

struct Range {
  double lowest, highest;
  bool whole;
};

Range range_of(PixelType type) {
  switch (type) {
    case PixelType::kUint8:
      return {0, 255, true};
    case PixelType::kUint16:
      return {0, 65535, true};
    case PixelType::kUint32:
      return {0, 4294967295.0, true};
    case PixelType::kInt32:
      return {-2147483648.0, 2147483647.0, true};
    case PixelType::kFloat32: {
      constexpr double kMost = std::numeric_limits<float>::max();
      return {-kMost, kMost, false};
    }
    case PixelType::kFloat64:
      break;
  }
  return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), false};
}

bool fits(const Range& range, double value) {
  if (!range.whole && !std::isfinite(value)) {
    return true;
  }
  return value >= range.lowest && value <= range.highest &&
         (!range.whole || value == std::floor(value));
}

}  // namespace

Number number_of(PixelType type) {
  switch (type) {
    case PixelType::kUint8:
      return Number::kU8;
    case PixelType::kUint16:
      return Number::kU16;
    case PixelType::kUint32:
      return Number::kU32;
    case PixelType::kInt32:
      return Number::kI32;
    case PixelType::kFloat32:
      return Number::kF32;
    case PixelType::kFloat64:
      break;
  }
  return Number::kF64;
}

PixelType smallest_type(const scattering::Image& image) {
  for (const PixelType type :
       {PixelType::kUint8, PixelType::kUint16, PixelType::kUint32, PixelType::kInt32}) {
    const Range range = range_of(type);
    bool all = true;
    for (Eigen::Index i = 0; i < image.size() && all; ++i) {
      all = fits(range, image.data()[i]);
    }
    if (all) {
      return type;
    }
  }
  return PixelType::kFloat64;
}

void require_fits(const std::string& where, const scattering::Image& image, PixelType type) {
  if (image.size() == 0) {
    throw std::invalid_argument(where + ": expected at least one pixel, got an empty image");
  }
  const Range range = range_of(type);
  for (Eigen::Index i = 0; i < image.size(); ++i) {
    if (!fits(range, image.data()[i])) {
      std::ostringstream text;
      text << where << ": expected " << (range.whole ? "whole numbers" : "numbers") << " from "
           << range.lowest << " to " << range.highest << ", got " << image.data()[i]
           << " at pixel [" << i / image.cols() << "][" << i % image.cols() << "]";
      throw std::invalid_argument(text.str());
    }
  }
}

void mask_invalid_pixels(ImageFile& file) {
  if (file.mask.size() == 0) {
    file.mask = scattering::Mask::Zero(file.pixels.rows(), file.pixels.cols());
  }
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < file.pixels.size(); ++i) {
    if (!std::isfinite(file.pixels.data()[i])) {
      file.mask.data()[i] |= scattering::kMaskDead;
      ++count;
    }
  }
  if (count > 0) {
    file.notes.push_back(std::to_string(count) + " pixels are not finite and were masked");
  }
}

}  // namespace foray::files
