#include "bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "foray/files/file_error.h"

namespace foray::files {
namespace {

constexpr char kReadable[] = "a readable file";

std::size_t size_of_file(const std::string& path, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw FileError(path, kReadable, std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    throw FileError(path, "a file", S_ISDIR(status.st_mode) ? "a folder" : "something else");
  }
  if (status.st_size == 0) {
    throw FileError(path, "measured data", "an empty file");
  }
  return static_cast<std::size_t>(status.st_size);
}

std::string read_descriptor(const std::string& path, int descriptor, std::size_t most) {
  std::string bytes(std::min(size_of_file(path, descriptor), most), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(descriptor, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      throw FileError(path, std::to_string(bytes.size()) + " bytes",
                      got < 0 ? std::generic_category().message(errno)
                              : "the end after " + std::to_string(have));
    }
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

template <typename T>
void decode_as(std::string_view bytes, ByteOrder order, scattering::Image& image) {
  const char* from = bytes.data();
  for (Eigen::Index i = 0; i < image.size(); ++i, from += sizeof(T)) {
    image.data()[i] = static_cast<double>(load<T>(from, order));
  }
}

template <typename T>
void encode_as(const scattering::Image& image, ByteOrder order, std::string& bytes) {
  bytes.resize(static_cast<std::size_t>(image.size()) * sizeof(T));
  char* to = bytes.data();
  for (Eigen::Index i = 0; i < image.size(); ++i, to += sizeof(T)) {
    const auto value = static_cast<T>(image.data()[i]);
    const T stored = load<T>(reinterpret_cast<const char*>(&value), order);
    std::memcpy(to, &stored, sizeof(T));
  }
}

// Calls `work` with a value of the C++ type that `number` names.
template <typename Work>
void with_type(Number number, const Work& work) {
  switch (number) {
    case Number::kI8:
      return work(std::int8_t{});
    case Number::kU8:
      return work(std::uint8_t{});
    case Number::kI16:
      return work(std::int16_t{});
    case Number::kU16:
      return work(std::uint16_t{});
    case Number::kI32:
      return work(std::int32_t{});
    case Number::kU32:
      return work(std::uint32_t{});
    case Number::kI64:
      return work(std::int64_t{});
    case Number::kU64:
      return work(std::uint64_t{});
    case Number::kF32:
      return work(float{});
    case Number::kF64:
      return work(double{});
  }
}

}  // namespace

std::string read_start(const std::string& path, std::size_t count) {
  // O_NONBLOCK: a named pipe in the list of files must not hang the program.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    throw FileError(path, kReadable, std::generic_category().message(errno));
  }
  try {
    std::string bytes = read_descriptor(path, descriptor, count);
    ::close(descriptor);
    return bytes;
  } catch (...) {
    ::close(descriptor);
    throw;
  }
}

std::string read_bytes(const std::string& path) {
  std::string bytes = read_start(path, kLargestFile + 1);
  if (bytes.size() > kLargestFile) {
    throw FileError(path, "at most " + std::to_string(kLargestFile) + " bytes", "more");
  }
  return bytes;
}

std::string gunzip(const std::string& path, std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {  // 15 window bits, + 16: gzip header
    throw std::runtime_error("gunzip: zlib could not be started");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 0xffffffffU));
  std::string result;
  std::string block(1 << 18, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    result.append(block, 0, block.size() - stream.avail_out);
    if (result.size() > kLargestFile) {
      throw FileError(path, "at most " + std::to_string(kLargestFile) + " bytes", "more in gzip");
    }
  }
  if (status != Z_STREAM_END) {
    throw FileError(path, "a whole gzip stream",
                    status == Z_BUF_ERROR ? "a truncated one" : "a damaged one");
  }
  return result;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("gzip: zlib could not be started");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    throw std::runtime_error("gzip: zlib could not compress");
  }
  result.resize(stream.total_out);
  return result;
}

std::string hexadecimal(const unsigned char* data, std::size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[data[i] >> 4];
    text += kDigits[data[i] & 15];
  }
  return text;
}

void check_image_size(const std::string& path, std::uint64_t slow, std::uint64_t fast,
                      std::uint64_t bytes_per_pixel, std::uint64_t bytes_available) {
  const std::string shape = std::to_string(slow) + " x " + std::to_string(fast);
  if (slow == 0 || fast == 0) {
    throw FileError(path, "an image of at least one pixel", shape + " pixels");
  }
  if (slow > kMostPixels || fast > kMostPixels || slow * fast > kMostPixels) {
    throw FileError(path, "at most " + std::to_string(kMostPixels) + " pixels",
                    "a header of " + shape + " pixels");
  }
  const std::uint64_t need = slow * fast * bytes_per_pixel;
  if (need > bytes_available) {
    throw FileError(path, std::to_string(need) + " bytes for " + shape + " pixels",
                    std::to_string(bytes_available));
  }
}

std::size_t size_of(Number number) {
  std::size_t size = 0;
  with_type(number, [&](auto value) { size = sizeof(value); });
  return size;
}

scattering::Image decode_pixels(std::string_view bytes, Number number, ByteOrder order,
                                Eigen::Index slow, Eigen::Index fast) {
  scattering::Image image(slow, fast);
  with_type(number, [&](auto value) { decode_as<decltype(value)>(bytes, order, image); });
  return image;
}

std::string encode_pixels(const scattering::Image& image, Number number, ByteOrder order) {
  std::string bytes;
  with_type(number, [&](auto value) { encode_as<decltype(value)>(image, order, bytes); });
  return bytes;
}

}  // namespace foray::files
