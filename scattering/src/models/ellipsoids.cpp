// Sources: Guinier and Fournet (1955), Small-Angle Scattering of X-Rays, p. 19; Kotlarchyk and Chen
// (1983), doi:10.1063/1.446055 (core-shell); Isihara (1950), doi:10.1063/1.1747510 (radius of the
// mean excluded volume); Finnigan and Jacobs (1971), doi:10.1088/0022-3727/4/1/312 (triaxial).
#include <algorithm>
#include <array>

#include "quadrature.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

double spheroid_volume(double polar, double equatorial) {
  return 4.0 / 3.0 * std::numbers::pi * polar * square(equatorial);
}

// The sphere of equal excluded volume, Isihara's eq 53: the same for a prolate and an oblate
// spheroid of one ratio of axes.
double curvature_radius(double polar, double equatorial) {
  const double ratio = std::min(polar, equatorial) / std::max(polar, equatorial);
  const double e = std::sqrt((1 - ratio) * (1 + ratio));
  // Nearly a sphere: both brackets are 2 up to e^2, and the formula divides by e.
  if (e < 1e-6) return std::cbrt(polar * square(equatorial));
  const double first = 1 + std::asin(e) / (e * ratio);
  const double second = 1 + square(ratio) / e * std::atanh(e);
  return 0.5 * std::cbrt(2 * (0.75 * first * second + 1) * polar * square(equatorial));
}

double spheroid_radius(double polar, double equatorial, int mode) {
  switch (mode) {
    case 1:
      return curvature_radius(polar, equatorial);
    case 2:
      return std::cbrt(polar * square(equatorial));
    case 3:
      return std::min(polar, equatorial);
    default:
      return std::max(polar, equatorial);
  }
}

Moments ellipsoid(Parameters p, const Eigen::ArrayXd& q) {
  const double polar = p[2], equatorial = p[3];
  const double strength = (p[0] - p[1]) * spheroid_volume(polar, equatorial);
  return averaged_moments(q, [=](double x) {
    const double phase = std::numbers::pi * x * std::max(polar, equatorial);
    return polar_average<Eigen::Array2d>(phase, [=](double sine, double cosine) {
      return powers(strength * sphere_amplitude(x * std::hypot(polar * cosine, equatorial * sine)));
    });
  });
}

struct Shell {
  double equatorial, polar;
};

Shell outer_shell(Parameters p) { return {p[0] + p[2], p[0] * p[1] + p[2] * p[3]}; }

Moments core_shell_ellipsoid(Parameters p, const Eigen::ArrayXd& q) {
  const Shell core = {p[0], p[0] * p[1]}, shell = outer_shell(p);
  const double inner = (p[4] - p[5]) * spheroid_volume(core.polar, core.equatorial);
  const double outer = (p[5] - p[6]) * spheroid_volume(shell.polar, shell.equatorial);
  return averaged_moments(q, [=](double x) {
    const double phase = std::numbers::pi * x * std::max(shell.polar, shell.equatorial);
    return polar_average<Eigen::Array2d>(phase, [=](double sine, double cosine) {
      const auto part = [=](Shell s) {
        return sphere_amplitude(x * std::hypot(s.polar * cosine, s.equatorial * sine));
      };
      return powers(inner * part(core) + outer * part(shell));
    });
  });
}

std::array<double, 3> sorted(Parameters radii) {
  std::array<double, 3> out = {radii[0], radii[1], radii[2]};
  std::sort(out.begin(), out.end());
  return out;
}

Moments triaxial_ellipsoid(Parameters p, const Eigen::ArrayXd& q) {
  const auto [a, b, c] = sorted(p.subspan(2));
  const double strength = (p[0] - p[1]) * 4.0 / 3.0 * std::numbers::pi * a * b * c;
  return averaged_moments(q, [=, a = a, b = b, c = c](double x) {
    // The longest half axis is the polar one: the azimuth then has the least to turn through.
    const double phase = std::numbers::pi * x * c;
    const double azimuth = std::numbers::pi * x * std::sqrt((b - a) * (b + a));
    return octant_average<Eigen::Array2d>(
        phase, azimuth, [=](double sine, double cosine, double sine_phi, double cosine_phi) {
          const double r = std::sqrt(
              square(sine) * (square(a * cosine_phi) + square(b * sine_phi)) + square(c * cosine));
          return powers(strength * sphere_amplitude(x * r));
        });
  });
}

// Mode 1: the spheroid that has the two more similar half axes averaged.
double triaxial_radius(Parameters p, int mode) {
  const auto [a, b, c] = sorted(p.subspan(2));
  switch (mode) {
    case 1:
      return b - a > c - b ? curvature_radius(a, std::sqrt(b * c))
                           : curvature_radius(c, std::sqrt(a * b));
    case 2:
      return std::cbrt(a * b * c);
    case 3:
      return a;
    default:
      return c;
  }
}

}  // namespace

std::vector<ModelDefinition> ellipsoid_models() {
  return {particle(
              "ellipsoid",
              {sld("sld", 4), sld("sld_solvent", 1), size("radius_polar", 20),
               size("radius_equatorial", 400)},
              ellipsoid, [](Parameters p) { return spheroid_volume(p[2], p[3]); },
              {"average curvature", "equivalent volume sphere", "min radius", "max radius"},
              [](Parameters p, int mode) { return spheroid_radius(p[2], p[3], mode); }),
          particle(
              "core_shell_ellipsoid",
              {size("radius_equat_core", 20), positive("x_core", "", 3),
               thickness("thick_shell", 30), between("x_polar_shell", "", 1, 0), sld("sld_core", 2),
               sld("sld_shell", 1), sld("sld_solvent", 6.3)},
              core_shell_ellipsoid,
              [](Parameters p) {
                const Shell shell = outer_shell(p);
                return spheroid_volume(shell.polar, shell.equatorial);
              },
              {"average outer curvature", "equivalent volume sphere", "min outer radius",
               "max outer radius"},
              [](Parameters p, int mode) {
                const Shell shell = outer_shell(p);
                return spheroid_radius(shell.polar, shell.equatorial, mode);
              }),
          particle(
              "triaxial_ellipsoid",
              {sld("sld", 4), sld("sld_solvent", 1), size("radius_equat_minor", 20),
               size("radius_equat_major", 400), size("radius_polar", 10)},
              triaxial_ellipsoid,
              [](Parameters p) { return 4.0 / 3.0 * std::numbers::pi * p[2] * p[3] * p[4]; },
              {"equivalent biaxial ellipsoid average curvature", "equivalent volume sphere",
               "min radius", "max radius"},
              triaxial_radius)};
}

}  // namespace foray::scattering
