#include "foray/files/read_measurement.h"

#include <array>
#include <stdexcept>

#include "bytes.h"
#include "foray/files/file_error.h"
#include "foray/files/nexus.h"
#include "foray/scattering/masks.h"
#include "image_types.h"
#include "parsers.h"
#include "text.h"

namespace foray::files {
namespace {

constexpr std::string_view kHdf5("\x89HDF\r\n\x1a\n", 8);

// HDF5's signature is at byte 0 or, after a user's block, at 512, 1024, 2048 ...
bool is_hdf5(std::string_view start) {
  for (std::size_t at = 0; at + kHdf5.size() <= start.size(); at = at == 0 ? 512 : 2 * at) {
    if (start.substr(at, kHdf5.size()) == kHdf5) {
      return true;
    }
  }
  return false;
}

bool is_tiff(std::string_view bytes) {
  const std::string_view magic = bytes.substr(0, 4);
  return magic == std::string_view("II*\0", 4) || magic == std::string_view("MM\0*", 4) ||
         magic == std::string_view("II+\0", 4) || magic == std::string_view("MM\0+", 4);
}

// What a file is that foray does not read, in words; "" when it is not known either.
std::string known_stranger(std::string_view bytes) {
  static const std::array<std::pair<std::string_view, const char*>, 9> kStrangers{
      {{"\x89PNG", "a PNG picture"},
       {"GIF8", "a GIF picture"},
       {"BM", "a BMP picture"},
       {"\xff\xd8\xff", "a JPEG picture"},
       {"%PDF", "a PDF document"},
       {"PK\x03\x04", "a ZIP archive"},
       {"SQLite format 3", "an SQLite database"},
       {"\x7f"
        "ELF",
        "a program"},
       {"CDF", "a netCDF file"}}};
  for (const auto& [magic, name] : kStrangers) {
    if (bytes.starts_with(magic)) {
      return name;
    }
  }
  return "";
}

std::string_view without_mark(std::string_view bytes) {
  return bytes.starts_with("\xef\xbb\xbf") ? bytes.substr(3) : bytes;  // UTF-8's byte-order mark
}

FileContent from_image(const std::string& format, ImageFile file) {
  scattering::Frame frame;
  Item item;
  item.has_geometry = file.geometry.has_value();
  frame.geometry = file.geometry.value_or(scattering::Geometry{});
  frame.counts = std::move(file.pixels);
  frame.mask = std::move(file.mask);
  frame.exposure_s = file.exposure_s.value_or(1.0);
  frame.saturation = file.saturation;
  item.measurement = std::move(frame);
  item.notes = std::move(file.notes);
  FileContent content;
  content.format = format;
  content.items.push_back(std::move(item));
  return content;
}

bool starts_with_brace(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \r\n\t");
  return first != std::string_view::npos && bytes[first] == '{' &&
         contains_ignoring_case(bytes.substr(0, 65536), "Dim_1");
}

FileContent parse(const std::string& path, std::string_view bytes) {
  if (is_tiff(bytes)) {
    return from_image("TIFF", parse_tiff(path, bytes));
  }
  if (bytes.starts_with("###CBF")) {
    return from_image("CBF", parse_cbf(path, bytes));
  }
  if (bytes.starts_with("\x93NUMPY")) {
    return from_image("numpy", parse_npy(path, bytes));
  }
  if (starts_with_brace(bytes)) {
    return from_image("EDF", parse_edf(path, bytes));
  }
  const std::string stranger = known_stranger(bytes);
  if (!stranger.empty() || !looks_like_text(bytes)) {
    throw FileError(path, "a measured file of a format that foray reads",
                    stranger.empty() ? "binary data of an unknown kind" : stranger);
  }
  const std::string_view text = without_mark(bytes);
  const std::size_t first = text.find_first_not_of(" \r\n\t");
  if (first != std::string_view::npos && text[first] == '<' &&
      (contains(text.substr(first, 5), "<?xml") || contains(text.substr(0, 4096), "SASroot"))) {
    return parse_cansas_xml(path, text);
  }
  return parse_text_data(path, text);
}

void apply_options(const std::string& path, const ReadOptions& options, FileContent& content) {
  for (Item& item : content.items) {
    auto* frame = std::get_if<scattering::Frame>(&item.measurement);
    if (frame == nullptr) {
      continue;
    }
    if (options.geometry) {
      frame->geometry = *options.geometry;
      item.has_geometry = true;
    }
    if (options.mask) {
      const scattering::Mask& mask = *options.mask;
      if (mask.rows() != frame->mask.rows() || mask.cols() != frame->mask.cols()) {
        throw FileError(
            path,
            "an image of the mask's " + std::to_string(mask.rows()) + " x " +
                std::to_string(mask.cols()) + " pixels",
            std::to_string(frame->mask.rows()) + " x " + std::to_string(frame->mask.cols()));
      }
      scattering::combine_into(frame->mask, mask, "the given mask");
    }
  }
}

}  // namespace

FileContent read_measurement(const std::string& path, const ReadOptions& options) {
  if (options.geometry) {
    scattering::validate(*options.geometry);
  }
  FileContent content;
  if (is_hdf5(read_start(path, 8192))) {
    content = read_nexus(path);
  } else {
    std::string bytes = read_bytes(path);
    if (is_gzip(bytes)) {
      bytes = gunzip(path, bytes);
    }
    content = parse(path, bytes);
  }
  apply_options(path, options, content);
  return content;
}

scattering::Mask read_mask(const std::string& path) {
  const FileContent content = read_measurement(path);
  const auto* frame = std::get_if<scattering::Frame>(&content.items.front().measurement);
  if (frame == nullptr) {
    throw FileError(path, "a mask: an image of zeros and other numbers", content.format);
  }
  const bool bits = (frame->counts > 1).any() &&
                    (frame->counts == frame->counts.floor() && frame->counts >= 0).all();
  scattering::Mask mask = frame->mask;
  for (Eigen::Index i = 0; i < mask.size(); ++i) {
    const double value = frame->counts.data()[i];
    if (value != 0) {
      const bool is_bits = bits && value <= 4294967295.0;
      mask.data()[i] |= is_bits ? static_cast<std::uint32_t>(value) : scattering::kMaskUser;
    }
  }
  return mask;
}

}  // namespace foray::files
