// Sources: Pedersen (1997), doi:10.1016/S0001-8686(97)00312-6, eqs 34 and 35; Livsey (1987),
// doi:10.1039/F29878301445 (core-shell); Kratky and Porod (1949),
// doi:10.1016/0095-8522(49)90032-X (stacked disks).
#include <algorithm>

#include "quadrature.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;

double cylinder_volume(double radius, double length) { return pi * square(radius) * length; }

// Amplitude of a cylinder with its axis at an angle of that sine and cosine to q.
double rod(double q, double sine, double cosine, double radius, double length) {
  return cylinder_volume(radius, length) * disk_amplitude(q * radius * sine) *
         sinc(0.5 * q * length * cosine);
}

// F^2 of a cylinder turns through this much between the axis and the equator.
double rod_phase(double q, double radius, double length) {
  return pi * q * (radius + 0.5 * length);
}

Moments cylinder(Parameters p, const Eigen::ArrayXd& q) {
  const double contrast = p[0] - p[1], radius = p[2], length = p[3];
  return averaged_moments(q, [=](double x) {
    return polar_average<Eigen::Array2d>(
        rod_phase(x, radius, length), [=](double sine, double cosine) {
          return powers(contrast * rod(x, sine, cosine, radius, length));
        });
  });
}

Moments hollow_cylinder(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], outer = p[0] + p[1], length = p[2], contrast = p[3] - p[4];
  return averaged_moments(q, [=](double x) {
    return polar_average<Eigen::Array2d>(
        rod_phase(x, outer, length), [=](double sine, double cosine) {
          return powers(contrast * (rod(x, sine, cosine, outer, length) -
                                    rod(x, sine, cosine, radius, length)));
        });
  });
}

Moments core_shell_cylinder(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[3], outer = p[3] + p[4], length = p[5], long_length = p[5] + 2 * p[4];
  const double core = p[0] - p[1], shell = p[1] - p[2];
  return averaged_moments(q, [=](double x) {
    return polar_average<Eigen::Array2d>(
        rod_phase(x, outer, long_length), [=](double sine, double cosine) {
          return powers(core * rod(x, sine, cosine, radius, length) +
                        shell * rod(x, sine, cosine, outer, long_length));
        });
  });
}

Moments elliptical_cylinder(Parameters p, const Eigen::ArrayXd& q) {
  const double minor = p[0], major = p[0] * p[1], length = p[2];
  const double strength = (p[3] - p[4]) * pi * minor * major * length;
  return averaged_moments(q, [=](double x) {
    const double azimuth = pi * x * std::sqrt((major - minor) * (major + minor));
    return octant_average<Eigen::Array2d>(
        rod_phase(x, major, length), azimuth,
        [=](double sine, double cosine, double sine_phi, double cosine_phi) {
          const double across = std::hypot(minor * cosine_phi, major * sine_phi);
          return powers(strength * disk_amplitude(x * across * sine) *
                        sinc(0.5 * x * length * cosine));
        });
  });
}

// Core and layers of a stack of n disks a distance d = thick_core + 2 thick_layer apart, each
// neighbour displaced by a Gaussian of standard deviation sigma_d. Cross terms between layers of
// different disks carry the same phase.
Moments stacked_disks(Parameters p, const Eigen::ArrayXd& q) {
  const double core = p[0], whole = p[0] + 2 * p[1], radius = p[2], sigma = p[4];
  const auto disks = static_cast<int>(std::lround(p[3]));
  const double inner = p[5] - p[6], outer = p[6] - p[7];
  Moments out = averaged_moments(q, [=](double x) {
    return polar_average<Eigen::Array2d>(
        rod_phase(x, radius, whole * disks), [=](double sine, double cosine) {
          const double one = inner * rod(x, sine, cosine, radius, core) +
                             outer * rod(x, sine, cosine, radius, whole);
          const double along = x * cosine;
          const double damping = std::exp(-0.5 * square(along * sigma));
          double order = 0, damped = 1;
          for (int k = 1; k < disks; ++k) {
            damped *= damping;
            order += (disks - k) * std::cos(k * along * whole) * damped;
          }
          return Eigen::Array2d(0, square(one) * (disks + 2 * order));
        });
  });
  out.amplitude.resize(0);
  return out;
}

double rod_radius(double radius, double length, int mode) {
  switch (mode) {
    case 1:
      return excluded_volume_radius(radius, length);
    case 2:
      return radius_of_volume(cylinder_volume(radius, length));
    case 3:
      return radius;
    case 4:
      return 0.5 * length;
    case 5:
      return std::min(radius, 0.5 * length);
    case 6:
      return std::max(radius, 0.5 * length);
    default:
      return std::hypot(radius, 0.5 * length);
  }
}

double elliptical_radius(Parameters p, int mode) {
  const double minor = p[0], major = p[0] * p[1], half = 0.5 * p[2];
  const double round = std::sqrt(minor * major);
  switch (mode) {
    case 1:
      return excluded_volume_radius(round, p[2]);
    case 2:
      return radius_of_volume(pi * minor * major * p[2]);
    case 3:
      return 0.5 * (minor + major);
    case 4:
      return minor;
    case 5:
      return major;
    case 6:
      return round;
    case 7:
      return half;
    case 8:
      return std::min(minor, half);
    case 9:
      return std::max(major, half);
    default:
      return std::hypot(major, half);
  }
}

ModelDefinition hollow_row() {
  ModelDefinition row = particle(
      "hollow_cylinder",
      {thickness("radius", 20), size("thickness", 10), size("length", 400), sld("sld", 6.3),
       sld("sld_solvent", 1)},
      hollow_cylinder, [](Parameters p) { return pi * p[2] * p[1] * (2 * p[0] + p[1]); },
      {"excluded volume", "equivalent outer volume sphere", "outer radius", "half length",
       "half outer min dimension", "half outer max dimension", "half outer diagonal"},
      [](Parameters p, int mode) { return rod_radius(p[0] + p[1], p[2], mode); });
  row.outer_volume = [](Parameters p) { return cylinder_volume(p[0] + p[1], p[2]); };
  return row;
}

ModelDefinition stacked_row() {
  ModelDefinition row =
      plain("stacked_disks",
            {size("thick_core", 10), thickness("thick_layer", 10), size("radius", 15),
             between("n_stacking", "", 1, 1), thickness("sigma_d", 0), sld("sld_core", 4),
             sld("sld_layer", 0), sld("sld_solvent", 5)},
            stacked_disks);
  row.volume = [](Parameters p) {
    return cylinder_volume(p[2], p[0] + 2 * p[1]) * std::round(p[3]);
  };
  return row;
}

}  // namespace

std::vector<ModelDefinition> cylinder_models() {
  return {
      particle(
          "cylinder",
          {sld("sld", 4), sld("sld_solvent", 1), size("radius", 20), size("length", 400)}, cylinder,
          [](Parameters p) { return cylinder_volume(p[2], p[3]); },
          {"excluded volume", "equivalent volume sphere", "radius", "half length",
           "half min dimension", "half max dimension", "half diagonal"},
          [](Parameters p, int mode) { return rod_radius(p[2], p[3], mode); }),
      hollow_row(),
      particle(
          "core_shell_cylinder",
          {sld("sld_core", 4), sld("sld_shell", 4), sld("sld_solvent", 1), size("radius", 20),
           thickness("thickness", 20), size("length", 400)},
          core_shell_cylinder,
          [](Parameters p) { return cylinder_volume(p[3] + p[4], p[5] + 2 * p[4]); },
          {"excluded volume", "equivalent volume sphere", "outer radius", "half outer length",
           "half min outer dimension", "half max outer dimension", "half outer diagonal"},
          [](Parameters p, int mode) { return rod_radius(p[3] + p[4], p[5] + 2 * p[4], mode); }),
      particle(
          "elliptical_cylinder",
          {size("radius_minor", 20), between("axis_ratio", "", 1.5, 1),
           between("length", "Ang", 400, 1), sld("sld", 4), sld("sld_solvent", 1)},
          elliptical_cylinder, [](Parameters p) { return pi * square(p[0]) * p[1] * p[2]; },
          {"equivalent cylinder excluded volume", "equivalent volume sphere", "average radius",
           "min radius", "max radius", "equivalent circular cross-section", "half length",
           "half min dimension", "half max dimension", "half diagonal"},
          elliptical_radius),
      stacked_row()};
}

}  // namespace foray::scattering
