#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "image_types.h"

namespace foray::files {
namespace {

// What libpng reads from, and what it says when it gives up. It then jumps back, past the frames of
// whoever called it: functions that call it own nothing that has a destructor.
struct Reading {
  explicit Reading(std::string_view bytes) : rest(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, give_up, ignore);
    info = png == nullptr ? nullptr : png_create_info_struct(png);
    if (info == nullptr) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png, this, take);
  }
  ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  Reading(Reading&&) = delete;
  Reading& operator=(Reading&&) = delete;

  static void give_up(png_structp png, png_const_charp message) {
    static_cast<Reading*>(png_get_error_ptr(png))->message = message;
    png_longjmp(png, 1);
  }
  static void ignore(png_structp /*png*/, png_const_charp /*message*/) {}
  static void take(png_structp png, png_bytep out, std::size_t count) {
    auto* reading = static_cast<Reading*>(png_get_io_ptr(png));
    if (reading->rest.size() < count) png_error(png, "the file ends within the picture");
    std::memcpy(out, reading->rest.data(), count);
    reading->rest.remove_prefix(count);
  }

  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string_view rest;
  std::string message;
};

// Reads what comes before the pixels and asks for samples of 8 or 16 bits as they are stored: no
// gamma, no colour profile, no weighing by transparency.
bool read_head(Reading& reading) {
  if (setjmp(png_jmpbuf(reading.png)) != 0) return false;
  png_read_info(reading.png, reading.info);
  png_set_expand(
      reading.png);  // palettes to colours, fewer bits to 8, a transparent value to alpha
  if (std::endian::native == std::endian::little) png_set_swap(reading.png);
  png_set_interlace_handling(reading.png);
  png_read_update_info(reading.png, reading.info);
  return true;
}

bool read_rows(Reading& reading, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reading.png)) != 0) return false;
  png_read_image(reading.png, rows);
  png_read_end(reading.png, nullptr);
  return true;
}

// Of colours the luminance of their stored values by Rec. ITU-R BT.601, section 2.5.1.
double grey_of(double red, double green, double blue) {
  if (red == green && green == blue) return red;
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

// Samples of a pixel: grey or red, green and blue, then alpha if it has any.
template <typename Sample>
void take_pixels(const std::vector<png_byte>& bytes, std::size_t row_bytes, int channels,
                 ImageFile& file) {
  const bool alpha = channels == 2 || channels == 4;
  for (Eigen::Index i = 0; i < file.pixels.rows(); ++i) {
    const png_byte* next = bytes.data() + static_cast<std::size_t>(i) * row_bytes;
    for (Eigen::Index j = 0; j < file.pixels.cols(); ++j) {
      Sample samples[4] = {};
      const auto size = sizeof(Sample) * static_cast<std::size_t>(channels);
      std::memcpy(samples, next, size);
      next += size;
      file.pixels(i, j) = channels < 3 ? samples[0] : grey_of(samples[0], samples[1], samples[2]);
      const bool transparent = alpha && samples[channels - 1] == 0;
      file.mask(i, j) = transparent ? scattering::kMaskUser : 0U;
    }
  }
}

}  // namespace

ImageFile read_png(const std::string& path) {
  const std::string bytes = read_bytes(path);
  Reading reading(bytes);
  if (!read_head(reading)) throw FileError(path, "a PNG picture", reading.message);
  const auto height = png_get_image_height(reading.png, reading.info);
  const auto width = png_get_image_width(reading.png, reading.info);
  // Deflate shrinks 1032 to 1 at best, and a byte holds 8 pixels at most.
  check_image_size(path, height, width, 1, std::uint64_t{bytes.size()} * 1032 * 8);
  const std::size_t row_bytes = png_get_rowbytes(reading.png, reading.info);
  std::vector<png_byte> samples(row_bytes * height);
  std::vector<png_bytep> rows(height);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = samples.data() + i * row_bytes;
  if (!read_rows(reading, rows.data())) {
    throw FileError(path, "a whole PNG picture", reading.message);
  }
  ImageFile file;
  file.pixels.resize(height, width);
  file.mask.resize(height, width);
  const int channels = png_get_channels(reading.png, reading.info);
  if (channels > 2) {
    file.notes.emplace_back("colours were turned into grey by their luminance");
  }
  if (png_get_bit_depth(reading.png, reading.info) == 16) {
    take_pixels<std::uint16_t>(samples, row_bytes, channels, file);
  } else {
    take_pixels<std::uint8_t>(samples, row_bytes, channels, file);
  }
  return file;
}

}  // namespace foray::files
