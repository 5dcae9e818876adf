#include "foray/scattering/surface_lattice.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <vector>

#include "foray/common/check.h"

namespace foray::scattering {

namespace {

using std::numbers::pi;

constexpr double kMostLatticePoints = 1e6;
constexpr double kBeyond = 10;       // points beyond q_max that are summed, in reciprocal cells
constexpr double kSameShell = 1e-9;  // relative

// Reciprocal lattice points at one distance from the origin.
struct LatticeShell {
  double radius;
  double points;
};

void require_range(const char* field, double value, double lower, double upper) {
  if (std::isfinite(value) && value > lower && value < upper) return;
  std::ostringstream text;
  text << "SurfaceLattice: " << field << ": expected a value above " << lower << " and below "
       << upper << ", got " << value;
  require(false, text.str());
}

std::vector<LatticeShell> shells_of(const SurfaceLattice& lattice, double reach) {
  const double sine = std::sin(lattice.angle), cosine = std::cos(lattice.angle);
  // Lengths of the reciprocal edges, which include pi - angle.
  const double first = 2 * pi / (lattice.a * sine), second = 2 * pi / (lattice.b * sine);
  const auto limit = [&](double edge) { return std::floor(reach / (edge * sine)); };
  const double h_max = limit(first), k_max = limit(second);
  require(
      (2 * h_max + 1) * (2 * k_max + 1) <= kMostLatticePoints,
      "turned_lattice: expected a cell with fewer than a million reciprocal points up to q_max");
  std::vector<double> radii;
  for (double h = -h_max; h <= h_max; ++h) {
    for (double k = -k_max; k <= k_max; ++k) {
      const double x = h * first, y = k * second;
      const double radius = std::sqrt(std::max(0.0, x * x + y * y - 2 * x * y * cosine));
      if (radius <= reach) radii.push_back(radius);
    }
  }
  std::sort(radii.begin(), radii.end());
  std::vector<LatticeShell> shells;
  for (const double radius : radii) {
    if (shells.empty() || radius > shells.back().radius * (1 + kSameShell)) {
      shells.push_back({radius, 0});
    }
    shells.back().points += 1;
  }
  return shells;
}

}  // namespace

void validate(const SurfaceLattice& lattice) {
  constexpr double kLongest = 1e9;
  require_range("a", lattice.a, 0, kLongest);
  require_range("b", lattice.b, 0, kLongest);
  require_range("angle", lattice.angle, 0, pi);
  require_range("domain", lattice.domain, 0, kLongest);
}

std::function<double(double, double)> turned_lattice(const SurfaceLattice& lattice, double q_max) {
  validate(lattice);
  require(std::isfinite(q_max) && q_max > 0, "turned_lattice: expected a q_max above 0");
  const double area = lattice.a * lattice.b * std::sin(lattice.angle);
  const double reach = q_max + kBeyond * 2 * pi / std::sqrt(area);
  const double size = lattice.domain, square = size * size;
  return [=, shells = shells_of(lattice, reach)](double qx, double qy) {
    const double q2 = qx * qx + qy * qy, q = std::sqrt(q2);
    double sum = 0;
    for (const LatticeShell& shell : shells) {
      const double a = 1 + square * (q2 + shell.radius * shell.radius);
      const double b = 2 * square * q * shell.radius;
      // a - b without its cancellation.
      const double least = 1 + square * (q - shell.radius) * (q - shell.radius);
      const double modulus = std::sqrt(std::min(1.0, 2 * b / (a + b)));
      sum += shell.points * 2 / pi * std::comp_ellint_2(modulus) / (least * std::sqrt(a + b));
    }
    const double ratio = q2 / (reach * reach);
    return 2 * pi * square / area * sum + (1 + 0.75 * ratio) / (size * reach);
  };
}

}  // namespace foray::scattering
