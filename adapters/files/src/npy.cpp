#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bytes.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "image_types.h"

// Format: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
namespace foray::files {
namespace {

constexpr std::string_view kNpyMagic("\x93NUMPY", 6);

struct NpyHeader {
  std::string text;
  std::size_t data = 0;  // where the numbers begin
};

NpyHeader header_of(const std::string& path, std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != kNpyMagic) {
    throw FileError(path, "a numpy file", "no numpy header");
  }
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    throw FileError(path, "a numpy file of version 1 to 3", "version " + std::to_string(version));
  }
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t length = version == 1
                                 ? load<std::uint16_t>(bytes.data() + 8, ByteOrder::kLittle)
                                 : load<std::uint32_t>(bytes.data() + 8, ByteOrder::kLittle);
  // A header is a short dictionary; numpy itself refuses more than 10000 characters.
  if (length > 10000 || start + length > bytes.size()) {
    throw FileError(path, "a numpy header of at most 10000 bytes",
                    std::to_string(length) + " bytes in a file of " + std::to_string(bytes.size()));
  }
  return {std::string(bytes.substr(start, length)), start + length};
}

std::string_view without_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

// What follows a key of the header's dictionary, to its end. Not by std::regex: frames are read on
// several threads, and building expressions there races for a table of the library's.
std::string_view after_key(const std::string& path, const std::string& text, const char* key,
                           const char* what) {
  const std::string quoted = std::string("'") + key + "'";
  const std::size_t found = text.find(quoted);
  if (found != std::string::npos) {
    std::string_view rest = without_spaces(std::string_view(text).substr(found + quoted.size()));
    if (!rest.empty() && rest.front() == ':') return without_spaces(rest.substr(1));
  }
  throw FileError(path, what, "header " + text);
}

std::string descriptor_of(const std::string& path, const std::string& text) {
  static constexpr char kWhat[] = "a numpy array of plain numbers";
  const std::string_view rest = after_key(path, text, "descr", kWhat);
  const std::size_t end = rest.empty() || rest.front() != '\'' ? rest.npos : rest.find('\'', 1);
  if (end == rest.npos) throw FileError(path, kWhat, "header " + text);
  return std::string(rest.substr(1, end - 1));
}

bool is_fortran(const std::string& path, const std::string& text) {
  static constexpr char kWhat[] = "fortran_order in the numpy header";
  const std::string_view rest = after_key(path, text, "fortran_order", kWhat);
  if (rest.starts_with("True")) return true;
  if (rest.starts_with("False")) return false;
  throw FileError(path, kWhat, "header " + text);
}

// Takes a whole number of at most 18 digits, and the spaces about it, from the front.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  text = without_spaces(text);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits < 1 || digits > 18) return std::nullopt;
  const std::uint64_t number = std::stoull(std::string(text.substr(0, digits)));
  text = without_spaces(text.substr(digits));
  return number;
}

bool take(std::string_view& text, char wanted) {
  text = without_spaces(text);
  if (text.empty() || text.front() != wanted) return false;
  text = without_spaces(text.substr(1));
  return true;
}

// Rows and columns as numpy has them: slow, fast.
std::pair<std::uint64_t, std::uint64_t> shape_of(const std::string& path, const std::string& text) {
  static constexpr char kWhat[] = "a numpy array of two dimensions";
  std::string_view rest = after_key(path, text, "shape", kWhat);
  if (take(rest, '(')) {
    const auto slow = take_number(rest);
    const auto fast = slow && take(rest, ',') ? take_number(rest) : std::nullopt;
    if (fast) {
      take(rest, ',');
      if (take(rest, ')')) return {*slow, *fast};
    }
  }
  throw FileError(path, kWhat, "header " + text);
}

struct Type {
  Number number;
  ByteOrder order;
};

Type type_of(const std::string& path, const std::string& descriptor) {
  static const std::pair<const char*, Number> kTypes[] = {
      {"b1", Number::kU8},  {"i1", Number::kI8},  {"u1", Number::kU8},  {"i2", Number::kI16},
      {"u2", Number::kU16}, {"i4", Number::kI32}, {"u4", Number::kU32}, {"i8", Number::kI64},
      {"u8", Number::kU64}, {"f4", Number::kF32}, {"f8", Number::kF64}};
  for (const auto& [name, number] : kTypes) {
    if (descriptor.size() == 3 && descriptor.substr(1) == name) {
      return {number, descriptor[0] == '>' ? ByteOrder::kBig : ByteOrder::kLittle};
    }
  }
  throw FileError(path, "numbers or truth values in a numpy file", "type " + descriptor);
}

}  // namespace

ImageFile read_npy(const std::string& path) { return parse_npy(path, read_bytes(path)); }

ImageFile parse_npy(const std::string& path, std::string_view bytes) {
  const NpyHeader header = header_of(path, bytes);
  const Type type = type_of(path, descriptor_of(path, header.text));
  const bool fortran = is_fortran(path, header.text);
  const auto [slow, fast] = shape_of(path, header.text);
  check_image_size(path, slow, fast, size_of(type.number), bytes.size() - header.data);
  const std::string_view data = bytes.substr(header.data);
  ImageFile file;
  if (fortran) {
    file.pixels = decode_pixels(data, type.number, type.order, static_cast<Eigen::Index>(fast),
                                static_cast<Eigen::Index>(slow))
                      .transpose();
  } else {
    file.pixels = decode_pixels(data, type.number, type.order, static_cast<Eigen::Index>(slow),
                                static_cast<Eigen::Index>(fast));
  }
  mask_invalid_pixels(file);
  return file;
}

std::string write_npy(const std::string& path, const scattering::Image& image, PixelType type) {
  require_fits("write_npy", image, type);
  static constexpr const char* kNames[] = {"|u1", "<u2", "<u4", "<i4", "<f4", "<f8"};
  std::string text = std::string("{'descr': '") + kNames[static_cast<int>(type)] +
                     "', 'fortran_order': False, 'shape': (" + std::to_string(image.rows()) + ", " +
                     std::to_string(image.cols()) + "), }";
  text.append(63 - (10 + text.size()) % 64, ' ');  // numbers begin at a multiple of 64 bytes
  text += '\n';
  std::string bytes(kNpyMagic);
  bytes += '\x01';
  bytes += '\0';
  store(bytes, static_cast<std::uint16_t>(text.size()), ByteOrder::kLittle);
  bytes += text;
  bytes += encode_pixels(image, number_of(type), ByteOrder::kLittle);
  return write_atomically(path, bytes);
}

}  // namespace foray::files
