#include "reflections.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <stdexcept>
#include <string>

#include "foray/common/check.h"
#include "foray/common/nearest_word.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kEqual = 1e-7;    // relative difference of q within a shell
constexpr double kExtinct = 1e-9;  // of the strength of all sites together
constexpr int kLargest = 64;       // index

// Edges of a cell for a = 1, in how many directions it repeats, and what is in it.
struct Cell {
  int dimensions = 3;
  Eigen::Matrix3d edges = Eigen::Matrix3d::Identity();  // columns
  std::vector<CellSite> sites = {CellSite{}};
};

const std::vector<CellSite> kBody = {{0, 0, 0, 1}, {0.5, 0.5, 0.5, 1}};
const std::vector<CellSite> kFace = {
    {0, 0, 0, 1}, {0.5, 0.5, 0, 1}, {0.5, 0, 0.5, 1}, {0, 0.5, 0.5, 1}};

std::vector<CellSite> diamond() {
  std::vector<CellSite> sites = kFace;
  for (const CellSite& site : kFace) {
    sites.push_back({site.x + 0.25, site.y + 0.25, site.z + 0.25, 1});
  }
  return sites;
}

Eigen::Matrix3d edges_of(const std::array<double, 5>& cell) {
  const double alpha = cell[2] * kPi / 180, beta = cell[3] * kPi / 180, gamma = cell[4] * kPi / 180;
  const double x = std::cos(beta);
  const double y = (std::cos(alpha) - std::cos(beta) * std::cos(gamma)) / std::sin(gamma);
  const double z2 = 1 - x * x - y * y;
  require(cell[0] > 0 && cell[1] > 0 && std::sin(gamma) > 0 && z2 > 0,
          "cell: expected lengths > 0 and angles that close a cell");
  Eigen::Matrix3d edges;
  edges << 1, cell[0] * std::cos(gamma), cell[1] * x, 0, cell[0] * std::sin(gamma), cell[1] * y, 0,
      0, cell[1] * std::sqrt(z2);
  return edges;
}

Cell cell_of(const LatticeComponent& lattice) {
  const std::string& name = lattice.lattice;
  if (name == "lamellar") return {1, Eigen::Matrix3d::Identity(), {CellSite{}}};
  if (name == "square") return {2, Eigen::Matrix3d::Identity(), {CellSite{}}};
  if (name == "hexagonal") return {2, edges_of({1, 1, 90, 90, 120}), {CellSite{}}};
  if (name == "simple_cubic") return {};
  if (name == "body_centered_cubic") return {3, Eigen::Matrix3d::Identity(), kBody};
  if (name == "face_centered_cubic") return {3, Eigen::Matrix3d::Identity(), kFace};
  if (name == "diamond") return {3, Eigen::Matrix3d::Identity(), diamond()};
  if (name == "hexagonal_close_packed") {
    return {3,
            edges_of({1, std::sqrt(8.0 / 3), 90, 90, 120}),
            {{0, 0, 0, 1}, {1.0 / 3, 2.0 / 3, 0.5, 1}}};
  }
  if (name == "cell") {
    require(!lattice.sites.empty(), "sites: expected at least one site of the cell, got none");
    return {3, edges_of(lattice.cell), lattice.sites};
  }
  const auto near = nearest_word(name, lattice_names());
  throw std::invalid_argument("lattice: unknown lattice \"" + name + "\"" +
                              (near ? "; did you mean \"" + *near + "\"?" : ""));
}

// Length, area or volume of the cell, or a sphere's surface, in the directions that repeat.
double measure(const Cell& cell) {
  return std::abs(cell.edges.topLeftCorner(cell.dimensions, cell.dimensions).determinant());
}
double surface(int dimensions, double q) {
  return dimensions == 1 ? 2 : dimensions == 2 ? 2 * kPi * q : 4 * kPi * q * q;
}

// Structure factors of indices from -largest to largest, from the waves along each axis.
class Strengths {
 public:
  Strengths(const Cell& cell, int largest) : largest_(largest) {
    for (const CellSite& site : cell.sites) {
      sites_.push_back({waves(site.x, site.weight), waves(site.y, 1), waves(site.z, 1)});
    }
  }

  [[nodiscard]] double at(int h, int k, int l) const {
    double real = 0, imaginary = 0;
    for (const std::array<Waves, 3>& site : sites_) {
      const auto &a = site[0][place(h)], &b = site[1][place(k)], &c = site[2][place(l)];
      const double x = a.real() * b.real() - a.imag() * b.imag();
      const double y = a.real() * b.imag() + a.imag() * b.real();
      real += x * c.real() - y * c.imag();
      imaginary += x * c.imag() + y * c.real();
    }
    return real * real + imaginary * imaginary;
  }

 private:
  using Waves = std::vector<std::complex<double>>;

  [[nodiscard]] Waves waves(double at, double weight) const {
    Waves result;
    for (int i = -largest_; i <= largest_; ++i) {
      result.push_back(weight * std::polar(1.0, 2 * kPi * i * at));
    }
    return result;
  }
  [[nodiscard]] std::size_t place(int index) const {
    return static_cast<std::size_t>(index) + static_cast<std::size_t>(largest_);
  }

  int largest_;
  std::vector<std::array<Waves, 3>> sites_;
};

// All shells whose q is certain to be whole with indices up to `largest`; a = 1.
std::vector<Shell> shells_within(const Cell& cell, int largest) {
  const Eigen::Matrix3d reciprocal = 2 * kPi * cell.edges.inverse().transpose();
  double limit = 1e300, total = 0;
  for (int d = 0; d < cell.dimensions; ++d) {
    limit = std::min(limit, 2 * kPi * largest / cell.edges.col(d).norm());
  }
  for (const CellSite& site : cell.sites) total += site.weight * site.weight;
  const Strengths strengths(cell, largest);
  struct Found {
    double q, strength;
    Eigen::Vector3d g;
  };
  std::vector<Found> found;
  const int k_end = cell.dimensions > 1 ? largest : 0, l_end = cell.dimensions > 2 ? largest : 0;
  for (int h = -largest; h <= largest; ++h) {
    for (int k = -k_end; k <= k_end; ++k) {
      for (int l = -l_end; l <= l_end; ++l) {
        const Eigen::Vector3d g = reciprocal * Eigen::Vector3d(h, k, l);
        const double q = g.norm();
        if (q == 0 || q > limit * (1 + kEqual)) continue;
        const double square = strengths.at(h, k, l);
        if (square > kExtinct * total) found.push_back({q, square, g});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.q < b.q; });
  const double scale = std::pow(2 * kPi, cell.dimensions) / (measure(cell) * total);
  std::vector<Shell> result;
  for (const Found& one : found) {
    if (result.empty() || one.q > result.back().q * (1 + kEqual)) {
      result.push_back({one.q, 0, {}});
    }
    Shell& shell = result.back();
    shell.area += scale * one.strength / surface(cell.dimensions, one.q);
    shell.members.push_back({one.g, one.strength});
  }
  return result;
}

}  // namespace

std::vector<std::string> lattice_names() {
  return {"lamellar",
          "hexagonal",
          "square",
          "simple_cubic",
          "body_centered_cubic",
          "face_centered_cubic",
          "diamond",
          "hexagonal_close_packed",
          "cell"};
}

std::vector<Shell> shells(const LatticeComponent& lattice, double spacing) {
  require_in_range("spacing", spacing, 1e-3, 1e9);
  require_in_range("rings", lattice.rings, 1, 200);
  const Cell cell = cell_of(lattice);
  const auto wanted = static_cast<std::size_t>(lattice.rings);
  std::vector<Shell> result;
  for (int largest = 3; result.size() < wanted && largest <= kLargest; largest *= 2) {
    if (cell.dimensions == 1) largest = std::max(largest, lattice.rings);
    result = shells_within(cell, largest);
  }
  require(!result.empty(), "sites: expected reflections that are not extinct, got none");
  if (result.size() > wanted) result.resize(wanted);
  for (Shell& shell : result) {
    double sum = 0;
    for (const Shell::Member& member : shell.members) sum += member.share;
    for (Shell::Member& member : shell.members) {
      member.share /= sum;
      member.g /= spacing;
    }
    // S(q) has no unit and q goes as 1 / spacing, so areas do too.
    shell.q /= spacing;
    shell.area /= spacing;
  }
  return result;
}

}  // namespace foray::simulator
