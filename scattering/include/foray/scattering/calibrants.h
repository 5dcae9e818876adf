#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foray::scattering {

/// A powder whose rings say where a detector stands.
struct Calibrant {
  std::string name;              ///< "AgBh", "LaB6", ...
  std::string source;            ///< where the spacings come from.
  std::vector<double> spacings;  ///< d of its rings, descending [angstrom].
};

/// The standards that are known by name.
const std::vector<Calibrant>& known_calibrants();

/// The standard of that name; case, spaces, '_' and '-' do not matter ("agbh", "Al2O3").
/// @throws std::invalid_argument listing the names that are known.
const Calibrant& find_calibrant(std::string_view name);

}  // namespace foray::scattering
