#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "foray/scattering/image.h"

namespace foray::files {

// Largest file that is read into memory, largest image that is made of it [pixels].
inline constexpr std::uint64_t kLargestFile = std::uint64_t{4} << 30;
inline constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 27;

// The whole file. Throws FileError: missing, a folder, no permission, empty, too large.
std::string read_bytes(const std::string& path);

// The first bytes of a file, at most `count`. Throws FileError as read_bytes.
std::string read_start(const std::string& path, std::size_t count);

// Undoes gzip; `path` is for the message.
std::string gunzip(const std::string& path, std::string_view bytes);
std::string gzip(std::string_view bytes);
inline bool is_gzip(std::string_view bytes) {
  return bytes.size() > 2 && bytes.substr(0, 2) == "\x1f\x8b";
}

std::string hexadecimal(const unsigned char* data, std::size_t size);

// Refuses an image that is empty, too large, or larger than its file can hold, before allocation.
// `bytes_per_pixel` 0: the size in the file is not known (compressed).
void check_image_size(const std::string& path, std::uint64_t slow, std::uint64_t fast,
                      std::uint64_t bytes_per_pixel, std::uint64_t bytes_available);

enum class ByteOrder { kLittle, kBig };

template <typename T>
T load(const char* from, ByteOrder order) {
  T value;
  char copy[sizeof(T)];
  const bool swap = (order == ByteOrder::kLittle) != (std::endian::native == std::endian::little);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    copy[i] = from[swap ? sizeof(T) - 1 - i : i];
  }
  std::memcpy(&value, copy, sizeof(T));
  return value;
}

template <typename T>
void store(std::string& to, T value, ByteOrder order) {
  char copy[sizeof(T)];
  std::memcpy(copy, &value, sizeof(T));
  const bool swap = (order == ByteOrder::kLittle) != (std::endian::native == std::endian::little);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    to += copy[swap ? sizeof(T) - 1 - i : i];
  }
}

// Kinds of numbers that image files hold.
enum class Number { kI8, kU8, kI16, kU16, kI32, kU32, kI64, kU64, kF32, kF64 };
std::size_t size_of(Number number);

// `slow` x `fast` numbers, fast axis running fastest; the caller has checked the size of `bytes`.
scattering::Image decode_pixels(std::string_view bytes, Number number, ByteOrder order,
                                Eigen::Index slow, Eigen::Index fast);

// The reverse. The caller has checked that the values fit.
std::string encode_pixels(const scattering::Image& image, Number number, ByteOrder order);

}  // namespace foray::files
