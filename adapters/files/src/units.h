#pragma once

#include <optional>
#include <string>

namespace foray::files {

// Factors that turn a value in the written unit into ours; nullopt: not a unit of that kind.
std::optional<double> to_inverse_angstrom(const std::string& unit);  // q
std::optional<double> to_metres(const std::string& unit);            // lengths; no pixels
std::optional<double> to_seconds(const std::string& unit);
std::optional<double> to_radians(const std::string& unit);
bool is_pixels(const std::string& unit);

// Intensity: factor to 1/cm and whether the unit is an absolute cross section; other units
// ("counts", "arbitrary", unknown ones) keep the numbers.
struct IntensityUnit {
  double factor = 1;
  std::string unit;  // "1/cm", "counts/s" or "arbitrary"
};
IntensityUnit intensity_unit(const std::string& unit);

}  // namespace foray::files
