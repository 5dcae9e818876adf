#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>

#include "bytes.h"
#include "dectris_header.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/scattering/masks.h"
#include "image_types.h"
#include "text.h"

namespace foray::files {
namespace {

// A whole TIFF in memory, as libtiff's client functions see it.
struct Memory {
  std::string_view bytes;
  std::uint64_t position = 0;
  std::string first_error;
};

tmsize_t read_memory(thandle_t handle, void* to, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  if (memory.position >= memory.bytes.size()) {
    return 0;
  }
  const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size),
                                             memory.bytes.size() - memory.position);
  std::memcpy(to, memory.bytes.data() + memory.position, count);
  memory.position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  const std::uint64_t base = whence == SEEK_CUR   ? memory.position
                             : whence == SEEK_END ? memory.bytes.size()
                                                  : 0;
  memory.position = base + offset;
  return memory.position;
}

int close_memory(thandle_t) { return 0; }
toff_t size_memory(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }

int keep_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto& memory = *static_cast<Memory*>(user);
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (memory.first_error.empty()) {
    memory.first_error = text;
  }
  return 1;  // handled: nothing is printed
}

int drop_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

using Tiff = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Tiff open_tiff(Memory& memory) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), drop_warning, nullptr);
  // "m": no memory map of the bytes, which are not a file.
  return {TIFFClientOpenExt("memory", "rm", &memory, read_memory, write_nothing, seek_memory,
                            close_memory, size_memory, nullptr, nullptr, options.get()),
          TIFFClose};
}

struct Layout {
  std::uint32_t slow = 0, fast = 0;
  std::uint16_t bits = 1, samples = 1, format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE;
  Number number = Number::kU8;
};

Number number_in_layout(const std::string& path, const Layout& layout) {
  const bool is_float = layout.format == SAMPLEFORMAT_IEEEFP;
  const bool is_signed = layout.format == SAMPLEFORMAT_INT;
  switch (layout.bits) {
    case 8:
      if (!is_float) return is_signed ? Number::kI8 : Number::kU8;
      break;
    case 16:
      if (!is_float) return is_signed ? Number::kI16 : Number::kU16;
      break;
    case 32:
      return is_float ? Number::kF32 : is_signed ? Number::kI32 : Number::kU32;
    case 64:
      return is_float ? Number::kF64 : is_signed ? Number::kI64 : Number::kU64;
    default:
      break;
  }
  throw FileError(path, "8, 16, 32 or 64-bit integers or 32 or 64-bit floats in a TIFF",
                  std::to_string(layout.bits) + "-bit " + (is_float ? "floats" : "numbers"));
}

Layout layout_of(const std::string& path, TIFF* tiff, std::uint64_t file_size) {
  Layout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.slow);
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.fast);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  if (layout.samples != 1) {
    throw FileError(path, "a detector image with one number a pixel",
                    "a TIFF picture with " + std::to_string(layout.samples) + " colours a pixel");
  }
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  if (photometric == PHOTOMETRIC_PALETTE) {
    throw FileError(path, "a detector image of counts", "a TIFF picture with a colour palette");
  }
  layout.number = number_in_layout(path, layout);
  // No compression of libtiff's shrinks more than about 2000 to 1.
  const bool plain = layout.compression == COMPRESSION_NONE;
  check_image_size(path, layout.slow, layout.fast, size_of(layout.number),
                   plain ? file_size : file_size * 2000);
  return layout;
}

[[noreturn]] void fail_block(const std::string& path, const Memory& memory, const Layout& layout) {
  throw FileError(path,
                  "a whole TIFF of " + std::to_string(layout.slow) + " x " +
                      std::to_string(layout.fast) + " pixels",
                  memory.first_error.empty() ? "a truncated or damaged one" : memory.first_error);
}

scattering::Image read_strips(const std::string& path, TIFF* tiff, const Memory& memory,
                              const Layout& layout) {
  const std::size_t row = std::size_t{layout.fast} * size_of(layout.number);
  std::string pixels(row * layout.slow, '\0');
  std::uint32_t rows_per_strip = layout.slow;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows_per_strip);
  rows_per_strip = std::clamp<std::uint32_t>(rows_per_strip, 1, layout.slow);
  std::uint32_t strip = 0;
  for (std::uint32_t first = 0; first < layout.slow; first += rows_per_strip, ++strip) {
    const std::size_t want = row * std::min(rows_per_strip, layout.slow - first);
    if (TIFFReadEncodedStrip(tiff, strip, pixels.data() + row * first,
                             static_cast<tmsize_t>(want)) != static_cast<tmsize_t>(want)) {
      fail_block(path, memory, layout);
    }
    if (layout.slow - first <= rows_per_strip) {
      break;  // first + rows_per_strip may wrap round
    }
  }
  return decode_pixels(pixels, layout.number, native_order(), layout.slow, layout.fast);
}

scattering::Image read_tiles(const std::string& path, TIFF* tiff, const Memory& memory,
                             const Layout& layout) {
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  check_image_size(path, height, width, 0, 0);
  std::string tile(std::size_t{height} * width * size_of(layout.number), '\0');
  scattering::Image image(layout.slow, layout.fast);
  for (std::uint32_t y = 0; y < layout.slow; y += height) {
    for (std::uint32_t x = 0; x < layout.fast; x += width) {
      if (TIFFReadTile(tiff, tile.data(), x, y, 0, 0) != static_cast<tmsize_t>(tile.size())) {
        fail_block(path, memory, layout);
      }
      const scattering::Image part =
          decode_pixels(tile, layout.number, native_order(), height, width);
      const Eigen::Index rows = std::min(height, layout.slow - y);
      const Eigen::Index columns = std::min(width, layout.fast - x);
      image.block(y, x, rows, columns) = part.topLeftCorner(rows, columns);
    }
  }
  return image;
}

void read_texts(TIFF* tiff, ImageFile& file) {
  static constexpr std::pair<std::uint32_t, const char*> kTexts[] = {
      {TIFFTAG_IMAGEDESCRIPTION, "ImageDescription"},
      {TIFFTAG_MAKE, "Make"},
      {TIFFTAG_MODEL, "Model"},
      {TIFFTAG_SOFTWARE, "Software"},
      {TIFFTAG_DATETIME, "DateTime"},
      {TIFFTAG_ARTIST, "Artist"}};
  for (const auto& [tag, name] : kTexts) {
    const char* text = nullptr;
    if (TIFFGetField(tiff, tag, &text) == 1 && text != nullptr) {
      file.header[name] = text;
    }
  }
}

// Eiger marks gaps and dead pixels with the largest 32-bit number.
void mask_largest(ImageFile& file) {
  const auto marked = file.pixels == 4294967295.0;
  if (marked.any()) {
    file.notes.push_back(std::to_string(marked.count()) + " pixels of 4294967295 were masked");
    file.mask = marked.select(
        scattering::Mask::Constant(file.mask.rows(), file.mask.cols(), scattering::kMaskDead),
        file.mask);
  }
}

// One directory entry of the TIFF that is written.
void entry(std::string& bytes, std::uint16_t tag, std::uint16_t type, std::uint32_t value) {
  store(bytes, tag, ByteOrder::kLittle);
  store(bytes, type, ByteOrder::kLittle);
  store(bytes, std::uint32_t{1}, ByteOrder::kLittle);
  store(bytes, value, ByteOrder::kLittle);
}

}  // namespace

ImageFile read_tiff(const std::string& path) {
  const std::string bytes = read_bytes(path);
  return parse_tiff(path, bytes);
}

ImageFile parse_tiff(const std::string& path, std::string_view bytes) {
  Memory memory{bytes, 0, {}};
  const Tiff tiff = open_tiff(memory);
  if (!tiff) {
    throw FileError(path, "a TIFF image",
                    memory.first_error.empty() ? "something else" : memory.first_error);
  }
  const Layout layout = layout_of(path, tiff.get(), bytes.size());
  ImageFile file;
  file.pixels = TIFFIsTiled(tiff.get()) != 0 ? read_tiles(path, tiff.get(), memory, layout)
                                             : read_strips(path, tiff.get(), memory, layout);
  read_texts(tiff.get(), file);
  mask_invalid_pixels(file);
  if (contains(file.header["Model"] + file.header["ImageDescription"], "PILATUS")) {
    file.mask = scattering::invalid_value_mask(file.pixels);
  }
  read_dectris_header(file.header["ImageDescription"], file);
  if (layout.number == Number::kU32) {
    mask_largest(file);
  }
  if (TIFFReadDirectory(tiff.get()) != 0) {
    file.notes.emplace_back("only the first page was read");
  }
  return file;
}

std::string write_tiff(const std::string& path, const scattering::Image& image, PixelType type) {
  require_fits("write_tiff", image, type);
  constexpr std::uint16_t kShort = 3;
  constexpr std::uint16_t kLong = 4;
  constexpr std::uint32_t kEntries = 11;
  constexpr std::uint32_t kData = 8 + 2 + 12 * kEntries + 4;  // header, directory, pixels
  const Number number = number_of(type);
  const std::string pixels = encode_pixels(image, number, ByteOrder::kLittle);
  if (pixels.size() > 0xffffffffU - kData) {
    throw std::invalid_argument("write_tiff: expected less than 4 GiB of pixels");
  }
  const auto size = static_cast<std::uint32_t>(pixels.size());
  const auto slow = static_cast<std::uint32_t>(image.rows());
  const bool is_float = type == PixelType::kFloat32 || type == PixelType::kFloat64;
  const std::uint32_t format = is_float                    ? SAMPLEFORMAT_IEEEFP
                               : type == PixelType::kInt32 ? SAMPLEFORMAT_INT
                                                           : SAMPLEFORMAT_UINT;
  std::string bytes("II*\0", 4);
  store(bytes, std::uint32_t{8}, ByteOrder::kLittle);
  store(bytes, static_cast<std::uint16_t>(kEntries), ByteOrder::kLittle);
  entry(bytes, TIFFTAG_IMAGEWIDTH, kLong, static_cast<std::uint32_t>(image.cols()));
  entry(bytes, TIFFTAG_IMAGELENGTH, kLong, slow);
  entry(bytes, TIFFTAG_BITSPERSAMPLE, kShort, static_cast<std::uint32_t>(8 * size_of(number)));
  entry(bytes, TIFFTAG_COMPRESSION, kShort, COMPRESSION_NONE);
  entry(bytes, TIFFTAG_PHOTOMETRIC, kShort, PHOTOMETRIC_MINISBLACK);
  entry(bytes, TIFFTAG_STRIPOFFSETS, kLong, kData);
  entry(bytes, TIFFTAG_SAMPLESPERPIXEL, kShort, 1);
  entry(bytes, TIFFTAG_ROWSPERSTRIP, kLong, slow);
  entry(bytes, TIFFTAG_STRIPBYTECOUNTS, kLong, size);
  entry(bytes, TIFFTAG_PLANARCONFIG, kShort, PLANARCONFIG_CONTIG);
  entry(bytes, TIFFTAG_SAMPLEFORMAT, kShort, format);
  store(bytes, std::uint32_t{0}, ByteOrder::kLittle);  // no further page
  return write_atomically(path, bytes + pixels);
}

}  // namespace foray::files
