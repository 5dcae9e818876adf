#pragma once

#include <array>
#include <string>
#include <vector>

namespace foray::scattering {

/// Lattices whose powder rings are known here.
enum class Lattice {
  kLamellar,           ///< one-dimensional stack: q ratios 1 : 2 : 3 : 4.
  kHexagonal,          ///< two-dimensional, of cylinders: 1 : sqrt 3 : 2 : sqrt 7 : 3.
  kSquare,             ///< two-dimensional: 1 : sqrt 2 : 2 : sqrt 5.
  kSimpleCubic,        ///< all h k l.
  kBodyCenteredCubic,  ///< h + k + l even.
  kFaceCenteredCubic,  ///< h, k, l all odd or all even.
  kGyroid,             ///< Ia-3d: 6 : 8 : 14 : 16 : 20 : 22 in the squares of q.
  kDoubleDiamond,      ///< Pn-3m: 2 : 3 : 4 : 6 : 8 : 9.
  kA15,                ///< Pm-3n: 2 : 4 : 5 : 6 : 8 : 10.
};

/// Every lattice, in the order of their declaration.
const std::vector<Lattice>& known_lattices();

/// "lamellar", "hexagonal", "body-centred cubic", ...
const char* to_string(Lattice lattice);

/// What files and command lines call it: "lamellar", "body_centered_cubic", ...
const char* name_of(Lattice lattice);

/// The lattice of that name. @throws std::invalid_argument with the nearest name.
Lattice find_lattice(const std::string& name);

/// One powder ring of a lattice.
struct Ring {
  std::array<int, 3> hkl = {0, 0, 0};  ///< one of its reflections; unused indices are 0.
  int multiplicity = 0;                ///< number of reciprocal lattice points on it.
  double ratio = 0.0;                  ///< q over that of the first ring.
  double q = 0.0;                      ///< [1/angstrom].
};

/// The first rings of a lattice in ascending q; reflections of equal q are one ring.
///
/// @param spacing  a lattice constant [angstrom], > 0: the period of the lamellae, the distance of
///                 neighbours in the hexagonal or square lattice, the edge of a cubic cell.
/// @param count    how many rings, in [1, 1000].
/// @throws std::invalid_argument on an argument out of its range.
///
/// Source: q = 2 pi / d with 1/d^2 = h^2/a^2, 4/3 (h^2 + hk + k^2)/a^2, or (h^2 + k^2 + l^2)/a^2;
/// International Tables for Crystallography A (2016), doi:10.1107/97809553602060000114.
std::vector<Ring> rings(Lattice lattice, double spacing, int count);

}  // namespace foray::scattering
