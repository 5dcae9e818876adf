#include "foray/scattering/surface_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "foray/common/check.h"
#include "models/shapes.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;
using std::numbers::pi;

// sin(x) / x, by its series where the quotient would lose digits.
Complex complex_sinc(const Complex& x) {
  if (std::norm(x) < 1e-4) {
    const Complex s = x * x;
    return 1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0));
  }
  return std::sin(x) / x;
}

// The integral of exp(i q z) from 0 to h.
Complex rod(const Complex& q, double h) {
  const Complex half = 0.5 * h * q;
  return h * complex_sinc(half) * std::exp(Complex(0, 1) * half);
}

// 3 (sin x - x cos x) / x^3.
Complex ball(const Complex& x) {
  if (std::norm(x) < 0.04) {
    const Complex s = x * x;
    return 1.0 - s / 10.0 * (1.0 - s / 28.0 * (1.0 - s / 54.0 * (1.0 - s / 88.0)));
  }
  return 3.0 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
}

// Gauss-Legendre on [-1, 1], positive half of 16 nodes: Abramowitz & Stegun, table 25.4.
struct Node {
  double at, weight;
};
constexpr std::array<Node, 8> kNodes = {{{0.095012509837637440, 0.189450610455068496},
                                         {0.281603550779258913, 0.182603415044923589},
                                         {0.458016777657227386, 0.169156519395002538},
                                         {0.617876244402643748, 0.149595988816576732},
                                         {0.755404408355003034, 0.124628971255533872},
                                         {0.865631202387831744, 0.095158511682492785},
                                         {0.944575023073232576, 0.062253523938647893},
                                         {0.989400934991649933, 0.027152459411754095}}};

// The integral from 0 to h of `slice(z)`, in panels of less than two waves each.
template <typename Slice>
Complex stacked(double h, double waves, Slice slice) {
  const int panels = 1 + static_cast<int>(std::min(waves / 2, 1e4));
  const double half = 0.5 * h / panels;
  Complex sum = 0;
  for (int p = 0; p < panels; ++p) {
    const double middle = (2 * p + 1) * half;
    for (const Node& node : kNodes)
      sum += node.weight * (slice(middle - half * node.at) + slice(middle + half * node.at));
  }
  return half * sum;
}

// A regular polygon about the origin: the integral of exp(i q r) over it, which is real up to the
// phase that polygons without a centre of symmetry have.
Complex polygon(int sides, double edge, double qx, double qy) {
  const double apothem = 0.5 * edge / std::tan(pi / sides);
  const double area = 0.5 * sides * edge * apothem;
  const double square = qx * qx + qy * qy;
  const double reach = 0.5 * edge / std::sin(pi / sides);
  // A series where the closed form loses digits. The second moment is isotropic, and all but a
  // triangle have no third one, so that what is left out is below 1e-10 of the area.
  if (square * reach * reach < (sides == 3 ? 1e-6 : 1e-5)) {
    const double moment = edge * edge / 48 * (1 + 3 / std::pow(std::tan(pi / sides), 2));
    return area * (1 - 0.5 * square * moment);
  }
  Complex sum = 0;
  for (int j = 0; j < sides; ++j) {
    const double turn = 2 * pi * j / sides - pi / 2;  // The direction of a side's middle.
    const double mx = apothem * std::cos(turn);
    const double my = apothem * std::sin(turn);
    const double ex = -0.5 * edge * std::sin(turn);
    const double ey = 0.5 * edge * std::cos(turn);
    sum += (qx * ey - qy * ex) * sinc(qx * ex + qy * ey) * std::exp(Complex(0, qx * mx + qy * my));
  }
  return Complex(0, -2) / square * sum;
}

// A message is only put together where it is needed: this is asked for every pixel.
void require_length(const char* what, double value) {
  if (std::isfinite(value) && value > 0) return;
  require(false, std::string(what) + ": expected a length above 0, got " + std::to_string(value));
}

void require_top(const char* what, double top, double bottom) {
  if (std::isfinite(top) && top >= 0 && top <= bottom) return;
  require(false, std::string(what) + ": expected a length from 0 to that of the bottom, got " +
                     std::to_string(top));
}

struct Check {
  void operator()(const SurfaceCylinder& s) const {
    require_length("SurfaceCylinder: radius", s.radius);
    require_length("SurfaceCylinder: height", s.height);
  }
  void operator()(const SurfaceSphere& s) const {
    require_length("SurfaceSphere: radius", s.radius);
  }
  void operator()(const SurfaceBox& s) const {
    require_length("SurfaceBox: length_x", s.length_x);
    require_length("SurfaceBox: length_y", s.length_y);
    require_length("SurfaceBox: height", s.height);
  }
  void operator()(const TruncatedCone& s) const {
    require_length("TruncatedCone: radius", s.radius);
    require_top("TruncatedCone: top_radius", s.top_radius, s.radius);
    require_length("TruncatedCone: height", s.height);
  }
  void operator()(const PolygonFrustum& s) const {
    if (s.sides < 3)
      require(false,
              "PolygonFrustum: sides: expected three or more, got " + std::to_string(s.sides));
    require_length("PolygonFrustum: edge", s.edge);
    require_top("PolygonFrustum: top_edge", s.top_edge, s.edge);
    require_length("PolygonFrustum: height", s.height);
  }
};

struct UprightWalls {
  template <typename Shape>
  bool operator()(const Shape&) const {
    return std::is_same_v<Shape, SurfaceCylinder> || std::is_same_v<Shape, SurfaceBox>;
  }
  bool operator()(const PolygonFrustum& s) const { return s.top_edge == s.edge; }
};

struct CrossSection {
  double qx, qy;
  Complex operator()(const SurfaceCylinder& s) const {
    return pi * s.radius * s.radius * disk_amplitude(std::hypot(qx, qy) * s.radius);
  }
  Complex operator()(const SurfaceBox& s) const {
    return s.length_x * sinc(0.5 * qx * s.length_x) * s.length_y * sinc(0.5 * qy * s.length_y);
  }
  Complex operator()(const PolygonFrustum& s) const {
    if (s.top_edge != s.edge)
      throw std::invalid_argument("cross_section: expected a shape with upright walls");
    return polygon(s.sides, s.edge, qx, qy);
  }
  template <typename Shape>
  Complex operator()(const Shape&) const {
    throw std::invalid_argument("cross_section: expected a shape with upright walls");
  }
};

struct Height {
  double operator()(const SurfaceCylinder& s) const { return s.height; }
  double operator()(const SurfaceBox& s) const { return s.height; }
  double operator()(const PolygonFrustum& s) const { return s.height; }
  double operator()(const TruncatedCone& s) const { return s.height; }
  double operator()(const SurfaceSphere& s) const { return 2 * s.radius; }
};

struct Reach {
  double operator()(const SurfaceBox& s) const { return 0.5 * std::hypot(s.length_x, s.length_y); }
  double operator()(const PolygonFrustum& s) const { return 0.5 * s.edge / std::sin(pi / s.sides); }
  template <typename Round>
  double operator()(const Round& s) const {
    return s.radius;
  }
};

struct Symmetry {
  int operator()(const SurfaceBox& s) const { return s.length_x == s.length_y ? 4 : 2; }
  int operator()(const PolygonFrustum& s) const { return s.sides; }
  template <typename Round>
  int operator()(const Round&) const {
    return 0;
  }
};

struct Slice {
  double qx, qy, z;

  Complex operator()(const SurfaceSphere& s) const {
    const double square = z * (2 * s.radius - z);  // of the radius there
    return pi * square * disk_amplitude(std::hypot(qx, qy) * std::sqrt(std::max(square, 0.0)));
  }
  Complex operator()(const TruncatedCone& s) const {
    const double r = std::lerp(s.radius, s.top_radius, z / s.height);
    return pi * r * r * disk_amplitude(std::hypot(qx, qy) * r);
  }
  Complex operator()(const PolygonFrustum& s) const {
    return polygon(s.sides, std::lerp(s.edge, s.top_edge, z / s.height), qx, qy);
  }
  template <typename Upright>
  Complex operator()(const Upright& s) const {
    return CrossSection{qx, qy}(s);
  }
};

struct Amplitude {
  double qx, qy;
  Complex qz;

  [[nodiscard]] double across() const { return std::hypot(qx, qy); }
  // Waves along a height, and across it where its width changes.
  [[nodiscard]] double waves(double height, double change) const {
    return (std::abs(qz) * height + across() * change) / (2 * pi);
  }

  Complex operator()(const SurfaceCylinder& s) const {
    return CrossSection{qx, qy}(s)*rod(qz, s.height);
  }
  Complex operator()(const SurfaceSphere& s) const {
    const Complex q = std::sqrt(qx * qx + qy * qy + qz * qz);
    return 4 * pi / 3 * std::pow(s.radius, 3) * ball(q * s.radius) *
           std::exp(Complex(0, 1) * qz * s.radius);
  }
  Complex operator()(const SurfaceBox& s) const {
    return CrossSection{qx, qy}(s)*rod(qz, s.height);
  }
  Complex operator()(const TruncatedCone& s) const {
    return stacked(s.height, waves(s.height, s.radius), [&](double z) {
      return Slice{qx, qy, z}(s)*std::exp(Complex(0, z) * qz);
    });
  }
  Complex operator()(const PolygonFrustum& s) const {
    if (s.top_edge == s.edge) return CrossSection{qx, qy}(s)*rod(qz, s.height);
    return stacked(s.height, waves(s.height, s.edge), [&](double z) {
      return Slice{qx, qy, z}(s)*std::exp(Complex(0, z) * qz);
    });
  }
};

}  // namespace

void validate(const SurfaceShape& shape) { std::visit(Check(), shape); }

Complex amplitude(const SurfaceShape& shape, double qx, double qy, const Complex& qz) {
  validate(shape);
  return std::visit(Amplitude{qx, qy, qz}, shape);
}

bool has_upright_walls(const SurfaceShape& shape) { return std::visit(UprightWalls(), shape); }

Complex cross_section(const SurfaceShape& shape, double qx, double qy) {
  return std::visit(CrossSection{qx, qy}, shape);
}

Complex upright(const SurfaceShape& shape, const Complex& qz) {
  if (!has_upright_walls(shape))
    throw std::invalid_argument("upright: expected a shape with upright walls");
  return rod(qz, height_of(shape));
}

Complex slice(const SurfaceShape& shape, double qx, double qy, double z) {
  if (!(z >= 0 && z <= height_of(shape))) return 0;
  return std::visit(Slice{qx, qy, z}, shape);
}

double height_of(const SurfaceShape& shape) { return std::visit(Height(), shape); }

double reach_of(const SurfaceShape& shape) { return std::visit(Reach(), shape); }

int symmetry_of(const SurfaceShape& shape) { return std::visit(Symmetry(), shape); }

double volume(const SurfaceShape& shape) { return amplitude(shape, 0, 0, 0).real(); }

}  // namespace foray::scattering
