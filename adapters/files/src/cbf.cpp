#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "bytes.h"
#include "dectris_header.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/scattering/masks.h"
#include "image_types.h"
#include "text.h"

// The Crystallographic Binary File with the byte-offset compression: Bernstein and Ellis (2005),
// International Tables for Crystallography G, chapter 5.6; the MIME header as CBFlib writes it.
namespace foray::files {
namespace {

constexpr std::string_view kCbfMagic = "###CBF";
constexpr std::string_view kSection = "--CIF-BINARY-FORMAT-SECTION--";
constexpr std::string_view kStart("\x0c\x1a\x04\xd5", 4);

std::string md5_base64(std::string_view bytes) {
  std::array<unsigned char, 16> digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1) {
    throw std::runtime_error("md5_base64: OpenSSL could not compute the digest");
  }
  std::array<unsigned char, 32> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return reinterpret_cast<const char*>(text.data());
}

// Value of "Key: value" or "key="value"" among the lines of the MIME header.
std::string entry(std::string_view mime, std::string_view key) {
  const std::size_t at = mime.find(key);
  if (at == std::string_view::npos) {
    return "";
  }
  const std::string_view rest = mime.substr(at + key.size());
  std::string_view value = trimmed(rest.substr(0, rest.find_first_of("\r\n")));
  while (value.starts_with('"') || value.starts_with(':') || value.starts_with('=') ||
         value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  return std::string(value.substr(0, value.find('"')));
}

std::uint64_t whole_number(const std::string& path, std::string_view mime, std::string_view key) {
  const std::string text = entry(mime, key);
  const auto value = number_of(text);
  if (!value || !(*value >= 0 && *value < 1e15 && *value == std::floor(*value))) {
    throw FileError(path, "a whole number for " + std::string(key) + " in the CBF header",
                    text.empty() ? "none" : text);
  }
  return static_cast<std::uint64_t>(*value);
}

// One difference: 8 bits, or after the most negative value the next wider integer.
std::int64_t next_difference(const std::string& path, std::string_view& data) {
  const auto take = [&]<typename T>(T) -> std::int64_t {
    if (data.size() < sizeof(T)) {
      throw FileError(path, "a whole CBF image", "compressed data that end too early");
    }
    const T value = load<T>(data.data(), ByteOrder::kLittle);
    data.remove_prefix(sizeof(T));
    return value;
  };
  std::int64_t value = take(std::int8_t{});
  if (value == std::numeric_limits<std::int8_t>::min()) {
    value = take(std::int16_t{});
    if (value == std::numeric_limits<std::int16_t>::min()) {
      value = take(std::int32_t{});
      if (value == std::numeric_limits<std::int32_t>::min()) {
        value = take(std::int64_t{});
      }
    }
  }
  return value;
}

// Sums up the differences, wrapping as the element type does: programs that sum in 32 bits write a
// difference of more as its remainder.
template <typename Element>
void sum_up(const std::string& path, std::string_view data, scattering::Image& image) {
  std::uint64_t value = 0;  // unsigned, so that hostile differences wrap instead of overflowing
  for (Eigen::Index i = 0; i < image.size(); ++i) {
    value += static_cast<std::uint64_t>(next_difference(path, data));
    image.data()[i] = static_cast<double>(static_cast<Element>(value));
  }
}

scattering::Image decompress(const std::string& path, const std::string& element,
                             std::string_view data, Eigen::Index slow, Eigen::Index fast) {
  scattering::Image image(slow, fast);
  if (element.empty() || element == "signed 32-bit integer") {
    sum_up<std::int32_t>(path, data, image);
  } else if (element == "unsigned 32-bit integer") {
    sum_up<std::uint32_t>(path, data, image);
  } else if (element == "signed 16-bit integer") {
    sum_up<std::int16_t>(path, data, image);
  } else if (element == "unsigned 16-bit integer") {
    sum_up<std::uint16_t>(path, data, image);
  } else if (element == "signed 8-bit integer") {
    sum_up<std::int8_t>(path, data, image);
  } else if (element == "unsigned 8-bit integer") {
    sum_up<std::uint8_t>(path, data, image);
  } else {
    throw FileError(path, "integers of 8, 16 or 32 bits in a CBF image", element);
  }
  return image;
}

std::string compress(const std::vector<std::int32_t>& values) {
  std::string data;
  data.reserve(values.size() * 2);
  std::int64_t last = 0;
  for (const std::int32_t value : values) {
    const std::int64_t difference = value - last;
    last = value;
    if (std::abs(difference) <= 127) {
      store(data, static_cast<std::int8_t>(difference), ByteOrder::kLittle);
      continue;
    }
    store(data, std::numeric_limits<std::int8_t>::min(), ByteOrder::kLittle);
    if (std::abs(difference) <= 32767) {
      store(data, static_cast<std::int16_t>(difference), ByteOrder::kLittle);
      continue;
    }
    store(data, std::numeric_limits<std::int16_t>::min(), ByteOrder::kLittle);
    if (std::abs(difference) <= 2147483647) {
      store(data, static_cast<std::int32_t>(difference), ByteOrder::kLittle);
      continue;
    }
    store(data, std::numeric_limits<std::int32_t>::min(), ByteOrder::kLittle);
    store(data, difference, ByteOrder::kLittle);
  }
  return data;
}

// The pixels as whole numbers, with Dectris's values for masked ones.
std::vector<std::int32_t> stored_values(const scattering::Frame& frame) {
  std::vector<std::int32_t> values;
  values.reserve(static_cast<std::size_t>(frame.counts.size()));
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
    const double value = frame.counts.data()[i];
    const std::uint32_t mask = frame.mask.data()[i];
    if (mask != 0) {
      values.push_back((mask & scattering::kMaskGap) != 0 ? -1 : -2);
    } else if (value >= 0 && value <= 2147483647.0 && value == std::floor(value)) {
      values.push_back(static_cast<std::int32_t>(value));
    } else {
      throw std::invalid_argument("write_cbf: expected whole counts from 0 to 2147483647, got " +
                                  shortest(value) + " at pixel " + std::to_string(i));
    }
  }
  return values;
}

}  // namespace

ImageFile read_cbf(const std::string& path) { return parse_cbf(path, read_bytes(path)); }

ImageFile parse_cbf(const std::string& path, std::string_view bytes) {
  if (!bytes.starts_with(kCbfMagic)) {
    throw FileError(path, "a CBF image", "no CBF header");
  }
  const std::size_t section = bytes.find(kSection);
  const std::size_t start = section == bytes.npos ? bytes.npos : bytes.find(kStart, section);
  if (start == bytes.npos) {
    throw FileError(path, "a CBF image", "no binary section in it");
  }
  const std::string_view mime = bytes.substr(section, start - section);
  const std::string conversion = entry(mime, "conversions");
  if (conversion != "x-CBF_BYTE_OFFSET") {
    throw FileError(path, "a CBF image with x-CBF_BYTE_OFFSET compression",
                    conversion.empty() ? "none" : conversion);
  }
  const std::uint64_t size = whole_number(path, mime, "X-Binary-Size:");
  const std::uint64_t fast = whole_number(path, mime, "X-Binary-Size-Fastest-Dimension");
  const std::uint64_t slow = whole_number(path, mime, "X-Binary-Size-Second-Dimension");
  std::string_view data = bytes.substr(start + kStart.size());
  if (size > data.size()) {
    throw FileError(path, std::to_string(size) + " bytes of compressed image",
                    std::to_string(data.size()));
  }
  data = data.substr(0, size);
  check_image_size(path, slow, fast, 1, size);  // a pixel takes at least one byte
  const std::string checksum = entry(mime, "Content-MD5");
  if (!checksum.empty() && checksum != md5_base64(data)) {
    throw FileError(path, "compressed data with MD5 " + checksum, "MD5 " + md5_base64(data));
  }
  ImageFile file;
  read_dectris_header(bytes.substr(0, section), file);
  file.pixels = decompress(path, entry(mime, "X-Binary-Element-Type"), data,
                           static_cast<Eigen::Index>(slow), static_cast<Eigen::Index>(fast));
  file.mask = scattering::invalid_value_mask(file.pixels);
  return file;
}

std::string write_cbf(const std::string& path, const scattering::Frame& frame) {
  scattering::validate(frame);
  const std::string data = compress(stored_values(frame));
  const std::string slow = std::to_string(frame.counts.rows());
  const std::string fast = std::to_string(frame.counts.cols());
  std::string text = "###CBF: VERSION 1.5, foray\r\n\r\ndata_image\r\n\r\n";
  text += "_array_data.header_convention \"PILATUS_1.2\"\r\n_array_data.header_contents\r\n;\r\n";
  text += dectris_header(frame);
  text += ";\r\n\r\n_array_data.data\r\n;\r\n" + std::string(kSection) + "\r\n";
  text += "Content-Type: application/octet-stream;\r\n     conversions=\"x-CBF_BYTE_OFFSET\"\r\n";
  text += "Content-Transfer-Encoding: BINARY\r\nX-Binary-Size: " + std::to_string(data.size());
  text += "\r\nX-Binary-ID: 1\r\nX-Binary-Element-Type: \"signed 32-bit integer\"\r\n";
  text += "X-Binary-Element-Byte-Order: LITTLE_ENDIAN\r\nContent-MD5: " + md5_base64(data);
  text += "\r\nX-Binary-Number-of-Elements: " + std::to_string(frame.counts.size());
  text += "\r\nX-Binary-Size-Fastest-Dimension: " + fast;
  text += "\r\nX-Binary-Size-Second-Dimension: " + slow;
  text += "\r\nX-Binary-Size-Padding: 4095\r\n\r\n" + std::string(kStart) + data;
  text += std::string(4095, '\0') + "\r\n" + std::string(kSection) + "--\r\n;\r\n";
  return write_atomically(path, text);
}

}  // namespace foray::files
