#include "picture.h"

#include <fmt/core.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::app {

Rgb heat_colour(double t) {
  static constexpr std::array<Rgb, 9> kAnchors = {{{68, 1, 84},
                                                   {71, 44, 122},
                                                   {59, 81, 139},
                                                   {44, 113, 142},
                                                   {33, 144, 141},
                                                   {39, 173, 129},
                                                   {92, 200, 99},
                                                   {170, 220, 50},
                                                   {253, 231, 37}}};
  const double place = std::clamp(std::isnan(t) ? 0.0 : t, 0.0, 1.0) * 8.0;
  const auto low = std::min<std::size_t>(static_cast<std::size_t>(place), 7);
  const double part = place - static_cast<double>(low);
  Rgb colour{};
  for (std::size_t k = 0; k < 3; ++k) {
    colour[k] = static_cast<std::uint8_t>(
        std::lround((1 - part) * kAnchors[low][k] + part * kAnchors[low + 1][k]));
  }
  return colour;
}

std::string encode_png(const Picture& picture) {
  require(picture.width > 0 && picture.height > 0 &&
              picture.pixels.size() == static_cast<std::size_t>(picture.width) *
                                           static_cast<std::size_t>(picture.height),
          "encode_png: expected width * height pixels");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  const void* rows = picture.pixels.data();
  if (png_image_write_to_memory(&image, nullptr, &size, 0, rows, 0, nullptr) == 0) {
    throw std::runtime_error(fmt::format("encode_png: {}", image.message));
  }
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, rows, 0, nullptr) == 0) {
    throw std::runtime_error(fmt::format("encode_png: {}", image.message));
  }
  bytes.resize(size);
  return bytes;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
  const std::string bytes = encode_png(picture);
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{}: could not be written", path.string()));
}

namespace {

// Mean of the good pixels of a block, or NaN where there are none.
double block_mean(const scattering::Frame& frame, Eigen::Index row, Eigen::Index column,
                  Eigen::Index side) {
  double sum = 0;
  Eigen::Index good = 0;
  const Eigen::Index last_row = std::min(row + side, frame.counts.rows());
  const Eigen::Index last_column = std::min(column + side, frame.counts.cols());
  for (Eigen::Index i = row; i < last_row; ++i) {
    for (Eigen::Index j = column; j < last_column; ++j) {
      if (frame.mask(i, j) != 0) continue;
      sum += frame.counts(i, j);
      ++good;
    }
  }
  return good > 0 ? sum / static_cast<double>(good) : std::nan("");
}

}  // namespace

Picture picture_of(const scattering::Frame& frame, int max_side) {
  scattering::validate(frame);
  require(max_side > 0, "picture_of: expected max_side > 0");
  const Eigen::Index longer = std::max(frame.counts.rows(), frame.counts.cols());
  const Eigen::Index side = (longer + max_side - 1) / max_side;
  Picture picture;
  picture.height = static_cast<int>((frame.counts.rows() + side - 1) / side);
  picture.width = static_cast<int>((frame.counts.cols() + side - 1) / side);
  std::vector<double> means;
  for (int i = 0; i < picture.height; ++i) {
    for (int j = 0; j < picture.width; ++j) {
      means.push_back(block_mean(frame, i * side, j * side, side));
    }
  }
  std::vector<double> good;
  std::copy_if(means.begin(), means.end(), std::back_inserter(good),
               [](double mean) { return std::isfinite(mean); });
  double top = 1;
  if (!good.empty()) {
    const auto place =
        good.begin() + static_cast<std::ptrdiff_t>(0.999 * static_cast<double>(good.size() - 1));
    std::nth_element(good.begin(), place, good.end());
    top = std::max(*place, 1.0);
  }
  for (const double mean : means) {
    const double t = std::log1p(std::max(mean, 0.0)) / std::log1p(top);
    picture.pixels.push_back(std::isnan(mean) ? Rgb{128, 128, 128} : heat_colour(t));
  }
  return picture;
}

std::string base64(const std::string& bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool pad = i + k > bytes.size();
      text += pad ? '=' : kAlphabet[group >> (18 - 6 * k) & 63U];
    }
  }
  return text;
}

}  // namespace foray::app
