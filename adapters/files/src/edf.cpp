#include <cmath>
#include <limits>
#include <stdexcept>

#include "bytes.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/scattering/geometry_conversion.h"
#include "image_types.h"
#include "text.h"

// The ESRF data format: a header of "key = value ;" lines in braces, padded to a multiple of 512
// bytes, then the pixels. Key words of the SAXS programs: Boesecke (2007),
// doi:10.1107/S0021889807001100.
namespace foray::files {
namespace {

constexpr std::size_t kLongestHeader = std::size_t{1} << 20;

using Header = std::map<std::string, std::string>;

Header entries_of(std::string_view text) {
  Header header;
  for (const std::string_view line : lines_of(text)) {
    std::size_t start = 0;
    while (start < line.size()) {
      const std::size_t end = std::min(line.find(';', start), line.size());
      const std::string_view item = line.substr(start, end - start);
      const std::size_t equals = item.find('=');
      if (equals != std::string_view::npos) {
        header[std::string(trimmed(item.substr(0, equals)))] =
            std::string(trimmed(item.substr(equals + 1)));
      }
      start = end + 1;
    }
  }
  return header;
}

// Case does not matter in key words; "" when absent.
std::string value_of(const Header& header, std::string_view key) {
  for (const auto& [name, value] : header) {
    if (lower(name) == lower(key)) {
      return value;
    }
  }
  return "";
}

std::optional<double> number(const Header& header, std::string_view key) {
  const std::string value = value_of(header, key);  // owns what words_of looks at
  const auto words = words_of(value);
  return words.empty() ? std::nullopt : number_of(words.front());
}

std::uint64_t dimension(const std::string& path, const Header& header, const char* key) {
  const auto value = number(header, key);
  if (!value || !(*value >= 0 && *value < 1e15 && *value == std::floor(*value))) {
    throw FileError(path, std::string("a whole number for ") + key + " in the EDF header",
                    value_of(header, key).empty() ? "none" : value_of(header, key));
  }
  return static_cast<std::uint64_t>(*value);
}

Number type_of(const std::string& path, const Header& header) {
  static const std::pair<const char*, Number> kTypes[] = {{"signedbyte", Number::kI8},
                                                          {"signed8", Number::kI8},
                                                          {"unsignedbyte", Number::kU8},
                                                          {"unsigned8", Number::kU8},
                                                          {"signedshort", Number::kI16},
                                                          {"signed16", Number::kI16},
                                                          {"unsignedshort", Number::kU16},
                                                          {"unsigned16", Number::kU16},
                                                          {"signedinteger", Number::kI32},
                                                          {"signed32", Number::kI32},
                                                          {"signedlong", Number::kI32},
                                                          {"unsignedinteger", Number::kU32},
                                                          {"unsigned32", Number::kU32},
                                                          {"unsignedlong", Number::kU32},
                                                          {"signed64", Number::kI64},
                                                          {"unsigned64", Number::kU64},
                                                          {"unsignedshortinteger", Number::kU16},
                                                          {"float", Number::kF32},
                                                          {"floatvalue", Number::kF32},
                                                          {"floatieee32", Number::kF32},
                                                          {"float32", Number::kF32},
                                                          {"double", Number::kF64},
                                                          {"doublevalue", Number::kF64},
                                                          {"floatieee64", Number::kF64},
                                                          {"doubleieee64", Number::kF64}};
  const std::string name = value_of(header, "DataType");
  for (const auto& [known, type] : kTypes) {
    if (lower(name) == known) {
      return type;
    }
  }
  throw FileError(path, "a DataType of the EDF format of at most 64 bits",
                  name.empty() ? "none" : name);
}

// "HighByteFirst" or "LowByteFirst"; the format's default is the writing machine's, so it is asked
// for where a number has more than one byte.
ByteOrder order_of(const std::string& path, const Header& header, Number type) {
  const std::string order = lower(value_of(header, "ByteOrder"));
  if (order == "highbytefirst") {
    return ByteOrder::kBig;
  }
  if (order == "lowbytefirst" || size_of(type) == 1) {
    return ByteOrder::kLittle;
  }
  throw FileError(path, "ByteOrder HighByteFirst or LowByteFirst in the EDF header",
                  order.empty() ? "none" : order);
}

void mask_dummy(const Header& header, ImageFile& file) {
  const auto dummy = number(header, "Dummy");
  if (!dummy) {
    return;
  }
  // A difference of DDummy or less counts as Dummy; a float's rounding is allowed for.
  const double tolerance =
      std::max(number(header, "DDummy").value_or(0.0), 1e-6 * std::abs(*dummy));
  file.mask = ((file.pixels - *dummy).abs() <= tolerance)
                  .select(scattering::Mask::Constant(file.pixels.rows(), file.pixels.cols(),
                                                     scattering::kMaskDead),
                          file.mask);
}

void read_geometry(const Header& header, ImageFile& file) {
  const auto distance = number(header, "SampleDistance");
  const auto wavelength = number(header, "WaveLength");
  const auto center_1 = number(header, "Center_1");
  const auto center_2 = number(header, "Center_2");
  const auto pixel_1 = number(header, "PSize_1");
  const auto pixel_2 = number(header, "PSize_2");
  if (!distance || !wavelength || !center_1 || !center_2 || !pixel_1 || !pixel_2) {
    return;
  }
  for (const char* rotation : {"DetectorRotation_1", "DetectorRotation_2", "DetectorRotation_3"}) {
    if (number(header, rotation).value_or(0.0) != 0.0) {
      file.notes.emplace_back("the header's detector rotation is not used: no geometry");
      return;
    }
  }
  try {
    file.geometry = scattering::from_beam_center({.distance = *distance,
                                                  .beam_center_x = *center_1,
                                                  .beam_center_y = *center_2,
                                                  .unit = scattering::CenterUnit::kPixels,
                                                  .x_pixel_size = *pixel_1,
                                                  .y_pixel_size = *pixel_2,
                                                  .wavelength = *wavelength});
  } catch (const std::invalid_argument& error) {
    file.notes.push_back(std::string("no geometry: ") + error.what());
  }
}

const char* name_of(PixelType type) {
  switch (type) {
    case PixelType::kUint8:
      return "UnsignedByte";
    case PixelType::kUint16:
      return "UnsignedShort";
    case PixelType::kUint32:
      return "UnsignedInteger";
    case PixelType::kInt32:
      return "SignedInteger";
    case PixelType::kFloat32:
      return "FloatValue";
    case PixelType::kFloat64:
      break;
  }
  return "DoubleValue";
}

void check_header(const Header& header) {
  for (const auto& [key, value] : header) {
    if (key.empty() || (key + value).find_first_of(";{}\r\n=") != std::string::npos) {
      throw std::invalid_argument(
          "write_edf: expected header entries without ; { } = and line ends, got " + key);
    }
  }
}

}  // namespace

ImageFile read_edf(const std::string& path) {
  const std::string bytes = read_bytes(path);
  return parse_edf(path, is_gzip(bytes) ? gunzip(path, bytes) : bytes);
}

ImageFile parse_edf(const std::string& path, std::string_view bytes) {
  const std::size_t open = bytes.find_first_not_of(" \r\n\t");
  if (open == bytes.npos || bytes[open] != '{') {
    throw FileError(path, "an EDF image", "no { at its beginning");
  }
  const std::size_t close = bytes.substr(0, kLongestHeader).find('}');
  if (close == bytes.npos) {
    throw FileError(path, "a } that ends the EDF header", "none");
  }
  ImageFile file;
  file.header = entries_of(bytes.substr(open + 1, close - open - 1));
  const std::uint64_t fast = dimension(path, file.header, "Dim_1");
  const std::uint64_t slow = dimension(path, file.header, "Dim_2");
  const std::string compression = value_of(file.header, "Compression");
  if (!compression.empty() && lower(compression) != "none" &&
      lower(compression) != "nocompression") {
    throw FileError(path, "an EDF image without compression", "Compression " + compression);
  }
  const Number type = type_of(path, file.header);
  const ByteOrder order = order_of(path, file.header, type);
  // Pixels begin after the line end that follows the brace.
  std::size_t start = close + 1;
  start += bytes.substr(start).starts_with("\r\n") ? 2 : bytes.substr(start).starts_with('\n');
  const std::string_view data = bytes.substr(std::min(start, bytes.size()));
  check_image_size(path, slow, fast, size_of(type), data.size());
  file.pixels = decode_pixels(data, type, order, static_cast<Eigen::Index>(slow),
                              static_cast<Eigen::Index>(fast));
  mask_invalid_pixels(file);
  mask_dummy(file.header, file);
  read_geometry(file.header, file);
  for (const char* key : {"ExposureTime", "count_time", "acq_expo_time"}) {
    const auto exposure = number(file.header, key);
    if (!file.exposure_s && exposure && std::isfinite(*exposure) && *exposure > 0) {
      file.exposure_s = exposure;
    }
  }
  const std::size_t used = static_cast<std::size_t>(slow * fast) * size_of(type);
  const std::size_t next = data.find_first_not_of(std::string_view(" \r\n\t\0", 5), used);
  if (next != data.npos && data[next] == '{') {
    file.notes.emplace_back("only the first image was read");
  }
  return file;
}

std::string write_edf(const std::string& path, const scattering::Image& image, PixelType type,
                      const std::map<std::string, std::string>& header) {
  require_fits("write_edf", image, type);
  check_header(header);
  const std::string pixels = encode_pixels(image, number_of(type), ByteOrder::kLittle);
  std::string text = "{\nHeaderID = EH:000001:000000:000000 ;\nImage = 1 ;\n";
  text += std::string("ByteOrder = LowByteFirst ;\nDataType = ") + name_of(type) + " ;\n";
  text += "Dim_1 = " + std::to_string(image.cols()) + " ;\n";
  text += "Dim_2 = " + std::to_string(image.rows()) + " ;\n";
  text += "Size = " + std::to_string(pixels.size()) + " ;\n";
  for (const auto& [key, value] : header) {
    text += key + " = " + value + " ;\n";
  }
  text.append((512 - (text.size() + 2) % 512) % 512, ' ');
  text += "}\n";
  text += pixels;
  return write_atomically(path, path.ends_with(".gz") ? gzip(text) : text);
}

}  // namespace foray::files
