#include "foray/scattering/lattices.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>

#include "foray/common/check.h"
#include "foray/common/nearest_word.h"

namespace foray::scattering {
namespace {

constexpr int kMostRings = 1000;

// Reciprocal square length in units of the lattice's smallest natural one, an integer: rings of
// equal q are found without rounding.
int square_length(Lattice lattice, int h, int k, int l) {
  return lattice == Lattice::kHexagonal ? h * h + h * k + k * k : h * h + k * k + l * l;
}

struct LatticeRow {
  Lattice lattice;
  const char* name;
  const char* words;
};

constexpr LatticeRow kLattices[] = {
    {Lattice::kLamellar, "lamellar", "lamellar"},
    {Lattice::kHexagonal, "hexagonal", "hexagonal"},
    {Lattice::kSquare, "square", "square"},
    {Lattice::kSimpleCubic, "simple_cubic", "simple cubic"},
    {Lattice::kBodyCenteredCubic, "body_centered_cubic", "body-centred cubic"},
    {Lattice::kFaceCenteredCubic, "face_centered_cubic", "face-centred cubic"},
    {Lattice::kGyroid, "gyroid", "gyroid"},
    {Lattice::kDoubleDiamond, "double_diamond", "double diamond"},
    {Lattice::kA15, "a15", "A15"}};

const LatticeRow& lattice_row(Lattice lattice) {
  const auto* row = std::find_if(std::begin(kLattices), std::end(kLattices),
                                 [&](const LatticeRow& one) { return one.lattice == lattice; });
  ensure(row != std::end(kLattices), "lattices: every lattice is in the table");
  return *row;
}

// The conditions of the three groups whose cubic phases have glide planes, for indices of any sign
// in any order: sorted, those that are zero come first and equal ones side by side.
bool allowed_by_glides(Lattice lattice, std::array<int, 3> hkl) {
  for (int& index : hkl) index = std::abs(index);
  std::sort(hkl.begin(), hkl.end());
  const auto [low, middle, high] = hkl;
  const bool two_equal = low == middle || middle == high;
  const int equal = middle, other = low == middle ? high : low;
  switch (lattice) {
    case Lattice::kGyroid:
      if ((low + middle + high) % 2 != 0) return false;
      if (low == 0 && (middle % 2 != 0 || high % 2 != 0)) return false;
      if (low == 0 && middle == 0) return high % 4 == 0;
      return !two_equal || (2 * equal + other) % 4 == 0;
    case Lattice::kDoubleDiamond:
      return low != 0 || (middle + high) % 2 == 0;
    default:  // A15: hhl with l even, of which h00 is none
      if (low == 0 && middle == 0) return high % 2 == 0;
      return !two_equal || other % 2 == 0;
  }
}

bool allowed(Lattice lattice, int h, int k, int l) {
  if (h == 0 && k == 0 && l == 0) return false;
  switch (lattice) {
    case Lattice::kBodyCenteredCubic:
      return (h + k + l) % 2 == 0;
    case Lattice::kFaceCenteredCubic:
      return (h + k) % 2 == 0 && (k + l) % 2 == 0;
    case Lattice::kGyroid:
    case Lattice::kDoubleDiamond:
    case Lattice::kA15:
      return allowed_by_glides(lattice, {h, k, l});
    default:
      return true;
  }
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
        // The first that is nowhere negative, as people write it, else the first.
        const bool better = h >= 0 && k >= 0 && l >= 0 && (ring.hkl[1] < 0 || ring.hkl[2] < 0);
        if (ring.multiplicity++ == 0 || better) ring.hkl = {h, k, l};
      }
    }
  }
  return found;
}

}  // namespace

const std::vector<Lattice>& known_lattices() {
  static const std::vector<Lattice> kAll = [] {
    std::vector<Lattice> all;
    for (const LatticeRow& row : kLattices) all.push_back(row.lattice);
    return all;
  }();
  return kAll;
}

const char* to_string(Lattice lattice) { return lattice_row(lattice).words; }

const char* name_of(Lattice lattice) { return lattice_row(lattice).name; }

Lattice find_lattice(const std::string& name) {
  std::vector<std::string> known;
  std::string list;
  for (const LatticeRow& row : kLattices) {
    if (name == row.name) return row.lattice;
    known.emplace_back(row.name);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  const auto near = nearest_word(name, known);
  throw std::invalid_argument("lattice: expected one of " + list + ", got \"" + name + "\"" +
                              (near ? "; did you mean \"" + *near + "\"?" : ""));
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
