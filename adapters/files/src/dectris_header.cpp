#include "dectris_header.h"

#include <cmath>
#include <optional>
#include <vector>

#include "foray/scattering/geometry_conversion.h"
#include "text.h"
#include "units.h"

namespace foray::files {
namespace {

// Numbers among the words of an entry: "172e-6 m x 172e-6 m" and "(1231.50, 1263.50) pixels".
std::vector<double> numbers_in(const std::string& entry) {
  std::string plain = entry;
  for (char& c : plain) {
    c = (c == '(' || c == ')' || c == '=') ? ' ' : c;
  }
  std::vector<double> numbers;
  for (const std::string_view word : words_of(plain)) {
    if (const auto number = number_of(word)) {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

std::optional<double> positive(const ImageFile& file, const char* key) {
  const auto found = file.header.find(key);
  if (found == file.header.end()) {
    return std::nullopt;
  }
  const std::vector<double> numbers = numbers_in(found->second);
  const bool good = !numbers.empty() && std::isfinite(numbers[0]) && numbers[0] > 0;
  return good ? std::optional(numbers[0]) : std::nullopt;
}

// A length in metres; the unit is the word after the number.
std::optional<double> length(const ImageFile& file, const char* key) {
  const auto value = positive(file, key);
  if (!value) {
    return std::nullopt;
  }
  const auto words = words_of(file.header.at(key));
  const double otherwise = std::string_view(key) == "Wavelength" ? 1e-10 : 1.0;
  return *value * to_metres(std::string(words.back())).value_or(otherwise);
}

std::optional<scattering::Geometry> geometry_of(const ImageFile& file) {
  const auto wavelength = length(file, "Wavelength");
  const auto distance = length(file, "Detector_distance");
  const auto pixel = file.header.find("Pixel_size");
  const auto beam = file.header.find("Beam_xy");
  if (!wavelength || !distance || pixel == file.header.end() || beam == file.header.end()) {
    return std::nullopt;
  }
  const std::vector<double> sizes = numbers_in(pixel->second);
  const std::vector<double> centre = numbers_in(beam->second);
  if (sizes.size() != 2 || centre.size() != 2) {
    return std::nullopt;
  }
  try {
    return scattering::from_beam_center({.distance = *distance,
                                         .beam_center_x = centre[0],
                                         .beam_center_y = centre[1],
                                         .unit = scattering::CenterUnit::kPixels,
                                         .x_pixel_size = sizes[0],
                                         .y_pixel_size = sizes[1],
                                         .wavelength = *wavelength});
  } catch (const std::invalid_argument&) {
    return std::nullopt;  // the header says nothing usable
  }
}

}  // namespace

void read_dectris_header(std::string_view text, ImageFile& file) {
  for (std::string_view line : lines_of(text)) {
    line = trimmed(line);
    if (!line.starts_with('#')) {
      continue;
    }
    line = trimmed(line.substr(1));
    const std::size_t end = line.find_first_of(" :\t");
    if (end == std::string_view::npos || end == 0) {
      continue;
    }
    const std::string key(line.substr(0, end));
    const std::size_t value = line.find_first_not_of(" :\t=", end);
    if (value != std::string_view::npos) {
      file.header[key] = std::string(line.substr(value));
    }
  }
  file.exposure_s = positive(file, "Exposure_time");
  file.saturation = positive(file, "Count_cutoff").value_or(0);
  file.geometry = geometry_of(file);
}

std::string dectris_header(const scattering::Frame& frame) {
  const scattering::BeamCenterGeometry geometry =
      scattering::to_beam_center(frame.geometry, scattering::CenterUnit::kPixels);
  std::string text = "# Detector: simulated or converted by foray\r\n";
  text += "# Pixel_size " + shortest(geometry.x_pixel_size) + " m x " +
          shortest(geometry.y_pixel_size) + " m\r\n";
  text += "# Exposure_time " + shortest(frame.exposure_s) + " s\r\n";
  if (frame.saturation > 0) {
    text += "# Count_cutoff " + shortest(frame.saturation) + " counts\r\n";
  }
  text += "# Wavelength " + shortest(geometry.wavelength * 1e10) + " A\r\n";
  text += "# Detector_distance " + shortest(geometry.distance) + " m\r\n";
  text += "# Beam_xy (" + shortest(geometry.beam_center_x) + ", " +
          shortest(geometry.beam_center_y) + ") pixels\r\n";
  return text;
}

}  // namespace foray::files
