#include "foray/scattering/lattices.h"

#include <cmath>
#include <map>
#include <numbers>
#include <string>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kMostRings = 1000;

// Reciprocal square length in units of the lattice's smallest natural one, an integer: rings of
// equal q are found without rounding.
int square_length(Lattice lattice, int h, int k, int l) {
  return lattice == Lattice::kHexagonal ? h * h + h * k + k * k : h * h + k * k + l * l;
}

bool allowed(Lattice lattice, int h, int k, int l) {
  if (h == 0 && k == 0 && l == 0) return false;
  if (lattice == Lattice::kBodyCenteredCubic) return (h + k + l) % 2 == 0;
  if (lattice == Lattice::kFaceCenteredCubic) return (h + k) % 2 == 0 && (k + l) % 2 == 0;
  return true;
}

int dimensions(Lattice lattice) {
  if (lattice == Lattice::kLamellar) return 1;
  return lattice == Lattice::kHexagonal || lattice == Lattice::kSquare ? 2 : 3;
}

// All rings within a square length that no index beyond `largest` can reach.
std::map<int, Ring> rings_within(Lattice lattice, int largest) {
  const int k_largest = dimensions(lattice) > 1 ? largest : 0;
  const int l_largest = dimensions(lattice) > 2 ? largest : 0;
  // The hexagonal form h^2 + hk + k^2 is at least 3/4 of the larger index's square.
  const int limit = lattice == Lattice::kHexagonal ? 3 * largest * largest / 4 : largest * largest;
  std::map<int, Ring> found;
  for (int h = largest; h >= -largest; --h) {
    for (int k = k_largest; k >= -k_largest; --k) {
      for (int l = l_largest; l >= -l_largest; --l) {
        const int square = square_length(lattice, h, k, l);
        if (square > limit || !allowed(lattice, h, k, l)) continue;
        Ring& ring = found[square];
        if (ring.multiplicity++ == 0) ring.hkl = {h, k, l};
      }
    }
  }
  return found;
}

}  // namespace

const char* to_string(Lattice lattice) {
  switch (lattice) {
    case Lattice::kLamellar:
      return "lamellar";
    case Lattice::kHexagonal:
      return "hexagonal";
    case Lattice::kSquare:
      return "square";
    case Lattice::kSimpleCubic:
      return "simple cubic";
    case Lattice::kBodyCenteredCubic:
      return "body-centred cubic";
    case Lattice::kFaceCenteredCubic:
      return "face-centred cubic";
  }
  return "unknown";
}

std::vector<Ring> rings(Lattice lattice, double spacing, int count) {
  require(std::isfinite(spacing) && spacing > 0,
          "rings: spacing: expected a finite value > 0, got " + std::to_string(spacing));
  require(count >= 1 && count <= kMostRings,
          "rings: count: expected a value in [1, 1000], got " + std::to_string(count));
  std::map<int, Ring> found;
  for (int largest = 4; static_cast<int>(found.size()) < count; largest *= 2) {
    found = rings_within(lattice, largest);
  }
  // q^2 of one unit of square_length.
  const double stretch = lattice == Lattice::kHexagonal ? 4.0 / 3.0 : 1.0;
  const double unit = 2 * std::numbers::pi / spacing * std::sqrt(stretch);
  const double first = found.begin()->first;
  std::vector<Ring> result;
  for (auto& [square, ring] : found) {
    if (static_cast<int>(result.size()) == count) break;
    ring.q = unit * std::sqrt(static_cast<double>(square));
    ring.ratio = std::sqrt(square / first);
    result.push_back(ring);
  }
  return result;
}

}  // namespace foray::scattering
