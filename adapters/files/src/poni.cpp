#include "foray/files/poni.h"

#include <cmath>
#include <map>
#include <regex>
#include <stdexcept>

#include "bytes.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/scattering/masks.h"
#include "text.h"

namespace foray::files {
namespace {

using Keys = std::map<std::string, std::string>;

Keys keys_of(std::string_view text) {
  Keys keys;
  for (std::string_view line : lines_of(text)) {
    line = trimmed(line);
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) {
      continue;
    }
    std::string key(trimmed(line.substr(0, colon)));
    for (char& c : key) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    keys[key] = std::string(trimmed(line.substr(colon + 1)));
  }
  return keys;
}

double number(const std::string& path, const Keys& keys, const std::string& key) {
  const auto found = keys.find(key);
  if (found == keys.end()) {
    throw FileError(path, key + " in a .poni file", "none");
  }
  const auto value = number_of(found->second);
  if (!value || !std::isfinite(*value)) {
    throw FileError(path, "a number for " + key, found->second);
  }
  return *value;
}

// "pixel1": 7.5e-05 in the JSON of Detector_config.
std::optional<double> configured(const Keys& keys, const std::string& name) {
  const auto found = keys.find("detector_config");
  if (found == keys.end()) {
    return std::nullopt;
  }
  std::smatch match;
  const std::regex pattern("\"" + name + "\"\\s*:\\s*([-+0-9.eE]+)");
  if (!std::regex_search(found->second, match, pattern)) {
    return std::nullopt;
  }
  return number_of(match[1].str());
}

// Pixel size [m] along an axis of a detector known by name, or by its family's name.
std::optional<double> named_pixel(const Keys& keys, const std::string& axis) {
  const auto found = keys.find("detector");
  if (found == keys.end()) {
    return std::nullopt;
  }
  try {
    const scattering::Detector& detector = scattering::find_detector(found->second);
    return axis == "1" ? detector.pixel1 : detector.pixel2;
  } catch (const std::invalid_argument&) {
    // Not a single known detector; the families share their pixel size.
  }
  for (const auto& [name, size] : {std::pair{"pilatus", 172e-6}, {"eiger", 75e-6}}) {
    if (contains_ignoring_case(found->second, name)) {
      return size;
    }
  }
  return std::nullopt;
}

double pixel(const std::string& path, const Keys& keys, const std::string& axis) {
  if (keys.count("pixelsize" + axis) > 0) {
    return number(path, keys, "pixelsize" + axis);
  }
  if (const auto value = configured(keys, "pixel" + axis)) {
    return *value;
  }
  if (const auto value = named_pixel(keys, axis)) {
    return *value;
  }
  const auto name = keys.find("detector");
  throw FileError(path,
                  "PixelSize" + axis + ", a Detector_config with pixel" + axis +
                      ", or a detector known by name",
                  name == keys.end() ? "none" : "detector " + name->second);
}

}  // namespace

scattering::Geometry read_poni(const std::string& path) {
  const std::string bytes = read_bytes(path);
  if (!looks_like_text(bytes)) {
    throw FileError(path, "a .poni file", "no text");
  }
  const Keys keys = keys_of(bytes);
  scattering::Geometry g;
  g.dist = number(path, keys, "distance");
  g.poni1 = number(path, keys, "poni1");
  g.poni2 = number(path, keys, "poni2");
  g.rot1 = number(path, keys, "rot1");
  g.rot2 = number(path, keys, "rot2");
  g.rot3 = number(path, keys, "rot3");
  g.wavelength = number(path, keys, "wavelength");
  g.pixel1 = pixel(path, keys, "1");
  g.pixel2 = pixel(path, keys, "2");
  try {
    scattering::validate(g);
  } catch (const std::invalid_argument& error) {
    throw FileError(path, "a valid geometry", error.what());
  }
  return g;
}

std::string write_poni(const std::string& path, const scattering::Geometry& g) {
  scattering::validate(g);
  std::string text = "# Detector geometry written by foray: metres and radians\n";
  text += "poni_version: 2\n";
  text += "Detector: Detector\n";
  text += "Detector_config: {\"pixel1\": " + shortest(g.pixel1) +
          ", \"pixel2\": " + shortest(g.pixel2) + ", \"max_shape\": null}\n";
  text += "Distance: " + shortest(g.dist) + "\n";
  text += "Poni1: " + shortest(g.poni1) + "\n";
  text += "Poni2: " + shortest(g.poni2) + "\n";
  text += "Rot1: " + shortest(g.rot1) + "\n";
  text += "Rot2: " + shortest(g.rot2) + "\n";
  text += "Rot3: " + shortest(g.rot3) + "\n";
  text += "Wavelength: " + shortest(g.wavelength) + "\n";
  return write_atomically(path, text);
}

}  // namespace foray::files
