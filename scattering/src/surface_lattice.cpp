#include "foray/scattering/surface_lattice.h"

#include <Eigen/Core>
#include <Eigen/Geometry>
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

constexpr double kLongest = 1e9;    // [angstrom]
constexpr double kTurnDigits = 24;  // of the mean over turns, e-folds
constexpr double kMostTurns = 5000;
// Width of a paracrystal's peaks over their distance that so many turns are enough for.
constexpr double kSharpest = kTurnDigits / (2 * kMostTurns);

void require_range(const char* order, const char* field, double value, double lower, double upper) {
  if (std::isfinite(value) && value > lower && value < upper) return;
  std::ostringstream text;
  text << order << ": " << field << ": expected a value above " << lower << " and below " << upper
       << ", got " << value;
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

// The complete elliptic integral of the second kind E(m), m = 1 - complement in [0, 1), to 2e-8:
// Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 17.3.36. The standard library's
// takes thirty times as long.
double second_elliptic(double complement) {
  const double x = complement;
  const double smooth =
      1 + x * (0.44325141463 + x * (0.06260601220 + x * (0.04757383546 + x * 0.01736506451)));
  const double steep =
      x * (0.24998368310 + x * (0.09200180037 + x * (0.04069697526 + x * 0.00526449639)));
  return smooth - steep * std::log(x);
}

// One edge of a paracrystal at one |q|.
struct Edge {
  double phase;  // q a
  double decay;  // -ln p

  // (1 - p^2) / (1 - 2 p cos x + p^2), x = q a cosine, without cancellation near its crests.
  [[nodiscard]] double factor(double cosine) const {
    const double p = std::exp(-decay), less = -std::expm1(-decay);
    const double sine = std::sin(0.5 * phase * cosine);
    return less * (1 + p) / (less * less + 4 * p * sine * sine);
  }
};

}  // namespace

void validate(const SurfaceLattice& lattice) {
  const char* order = "SurfaceLattice";
  require_range(order, "a", lattice.a, 0, kLongest);
  require_range(order, "b", lattice.b, 0, kLongest);
  require_range(order, "angle", lattice.angle, 0, pi);
  require_range(order, "domain", lattice.domain, 0, kLongest);
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
      const double whole = second_elliptic(std::min(1.0, least / (a + b)));
      sum += shell.points * 2 / pi * whole / (least * std::sqrt(a + b));
    }
    const double ratio = q2 / (reach * reach);
    return 2 * pi * square / area * sum + (1 + 0.75 * ratio) / (size * reach);
  };
}

void validate(const SurfaceParacrystal& paracrystal) {
  const char* order = "SurfaceParacrystal";
  require_range(order, "a", paracrystal.a, 0, kLongest);
  require_range(order, "b", paracrystal.b, 0, kLongest);
  require_range(order, "angle", paracrystal.angle, 0, pi);
  require_range(order, "spread", paracrystal.spread, 0, kLongest);
  require_range(order, "domain", paracrystal.domain, 0, kLongest);
  // The least -ln p / (q a) there is for any q, that of the longer edge.
  const double sharpness =
      paracrystal.spread *
      std::sqrt(2 / (std::max(paracrystal.a, paracrystal.b) * paracrystal.domain));
  if (sharpness >= kSharpest) return;
  std::ostringstream text;
  text << order << ": spread: expected more than " << paracrystal.spread * kSharpest / sharpness
       << " angstrom for a domain of " << paracrystal.domain << ", got " << paracrystal.spread;
  require(false, text.str());
}

std::function<double(double, double)> turned_paracrystal(const SurfaceParacrystal& paracrystal) {
  validate(paracrystal);
  return [=, turn = Eigen::Rotation2Dd(paracrystal.angle)](double qx, double qy) {
    const double q = std::hypot(qx, qy);
    const auto edge = [&](double length) {
      return Edge{q * length,
                  length / paracrystal.domain + 0.5 * std::pow(q * paracrystal.spread, 2)};
    };
    const Edge first = edge(paracrystal.a), second = edge(paracrystal.b);
    // Nearest poles of the product, as angles from the real axis: |Im(q a cos)| is -ln p.
    const auto strip = [](const Edge& one) {
      return one.phase > 0 ? std::asinh(one.decay / one.phase) : kTurnDigits;
    };
    const double width = std::min(strip(first), strip(second));
    // Half a turn is a period.
    const int steps = 4 + static_cast<int>(kTurnDigits / (2 * width));
    const Eigen::Rotation2Dd step(pi / steps);
    const Eigen::Matrix2d ahead = step.toRotationMatrix(), skew = turn.toRotationMatrix();
    Eigen::Vector2d direction(1, 0);
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
      sum += first.factor(direction.x()) * second.factor(skew.col(0).dot(direction));
      direction = ahead * direction;
    }
    return sum / steps;
  };
}

}  // namespace foray::scattering
