#include <png.h>

#include <cstdint>
#include <vector>

#include "bytes.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "image_types.h"

namespace foray::files {
namespace {

// What libpng allocates while it reads, freed whatever happens.
struct Reading {
  Reading() { image.version = PNG_IMAGE_VERSION; }
  ~Reading() { png_image_free(&image); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  png_image image{};
};

// Grey and alpha of every pixel, in turn.
template <typename Sample>
void read_samples(const std::string& path, Reading& reading, ImageFile& file) {
  const Eigen::Index rows = file.pixels.rows();
  const Eigen::Index columns = file.pixels.cols();
  std::vector<Sample> samples(static_cast<std::size_t>(2 * rows * columns));
  if (png_image_finish_read(&reading.image, nullptr, samples.data(), 0, nullptr) == 0) {
    throw FileError(path, "a whole PNG picture", reading.image.message);
  }
  for (Eigen::Index i = 0; i < rows * columns; ++i) {
    const auto at = static_cast<std::size_t>(2 * i);
    file.pixels.data()[i] = static_cast<double>(samples[at]);
    file.mask.data()[i] = samples[at + 1] == 0 ? scattering::kMaskUser : 0U;
  }
}

}  // namespace

ImageFile read_png(const std::string& path) {
  const std::string bytes = read_bytes(path);
  Reading reading;
  png_image& image = reading.image;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    throw FileError(path, "a PNG picture", image.message);
  }
  // Deflate shrinks 1032 to 1 at best, and a byte holds 8 pixels at most.
  check_image_size(path, image.height, image.width, 1, std::uint64_t{bytes.size()} * 1032 * 8);
  ImageFile file;
  file.pixels.resize(image.height, image.width);
  file.mask.resize(image.height, image.width);
  if ((image.format & PNG_FORMAT_FLAG_COLOR) != 0) {
    file.notes.emplace_back("colours were turned into grey by their luminance");
  }
  const bool wide = (image.format & PNG_FORMAT_FLAG_LINEAR) != 0;
  image.format = wide ? PNG_FORMAT_LINEAR_Y_ALPHA : PNG_FORMAT_GA;
  if (wide) {
    read_samples<std::uint16_t>(path, reading, file);
  } else {
    read_samples<std::uint8_t>(path, reading, file);
  }
  return file;
}

}  // namespace foray::files
