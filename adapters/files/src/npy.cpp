#include <regex>

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

std::string match(const std::string& path, const std::string& text, const char* pattern,
                  const char* what) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern))) {
    throw FileError(path, what, "header " + text);
  }
  return found[1];
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
  const Type type = type_of(path, match(path, header.text, "'descr'\\s*:\\s*'([^']*)'",
                                        "a numpy array of plain numbers"));
  const bool fortran = match(path, header.text, "'fortran_order'\\s*:\\s*(True|False)",
                             "fortran_order in the numpy header") == "True";
  static constexpr char kShape[] =
      "'shape'\\s*:\\s*\\(\\s*(\\d{1,18}\\s*,\\s*\\d{1,18})\\s*,?\\s*\\)";
  const std::string shape = match(path, header.text, kShape, "a numpy array of two dimensions");
  const std::uint64_t slow = std::stoull(shape);
  const std::uint64_t fast = std::stoull(shape.substr(shape.find(',') + 1));
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
