// Sources: Pedersen (1997), doi:10.1016/S0001-8686(97)00312-6, eqs 17 and 18; Stieger, Pedersen,
// Lindner and Richtering (2004), doi:10.1021/la049518x, eq 4 (fuzzy_sphere).
#include "shapes.h"

namespace foray::scattering {
namespace {

double ball(double q, double radius) {
  return sphere_volume(radius) * sphere_amplitude(q * radius);
}

Moments sphere(Parameters p, const Eigen::ArrayXd& q) {
  const double contrast = p[0] - p[1], radius = p[2];
  return round_moments(contrast * sphere_volume(radius) * sphere_amplitudes(q * radius));
}

Moments core_shell_sphere(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], outer = p[0] + p[1];
  const double core = p[2] - p[3], shell = p[3] - p[4];
  return round_moments(core * sphere_volume(radius) * sphere_amplitudes(q * radius) +
                       shell * sphere_volume(outer) * sphere_amplitudes(q * outer));
}

Moments fuzzy_sphere(Parameters p, const Eigen::ArrayXd& q) {
  const double contrast = p[0] - p[1], radius = p[2], fuzziness = p[3];
  return isotropic_moments(q, [=](double x) {
    return contrast * ball(x, radius) * std::exp(-0.5 * square(x * fuzziness));
  });
}

// The volume fraction is part of it, so <F^2> carries it once and <F> its root.
Moments vesicle(Parameters p, const Eigen::ArrayXd& q) {
  const double contrast = (p[0] - p[1]) * std::sqrt(p[2]), radius = p[3], outer = p[3] + p[4];
  return isotropic_moments(q,
                           [=](double x) { return contrast * (ball(x, outer) - ball(x, radius)); });
}

constexpr std::size_t kMostShells = 10;

// sld_core, radius, sld_solvent, n, sld1..10, thickness1..10.
double multi_shell_radius(Parameters p) {
  double radius = p[1];
  const auto shells = static_cast<std::size_t>(std::lround(p[3]));
  for (std::size_t i = 0; i < shells; ++i) radius += p[4 + kMostShells + i];
  return radius;
}

Moments core_multi_shell(Parameters p, const Eigen::ArrayXd& q) {
  const auto shells = static_cast<std::size_t>(std::lround(p[3]));
  return isotropic_moments(q, [=](double x) {
    double radius = p[1], inner = p[0], sum = 0;
    for (std::size_t i = 0; i < shells; ++i) {
      sum += (inner - p[4 + i]) * ball(x, radius);
      inner = p[4 + i];
      radius += p[4 + kMostShells + i];
    }
    return sum + (inner - p[2]) * ball(x, radius);
  });
}

std::vector<ModelParameter> multi_shell_parameters() {
  std::vector<ModelParameter> out = {sld("sld_core", 1), size("radius", 200),
                                     sld("sld_solvent", 6.4),
                                     between("n", "", 1, 0, static_cast<double>(kMostShells))};
  for (std::size_t i = 1; i <= kMostShells; ++i) out.push_back(sld("sld" + std::to_string(i), 1.7));
  for (std::size_t i = 1; i <= kMostShells; ++i) {
    out.push_back(thickness("thickness" + std::to_string(i), 40));
  }
  return out;
}

}  // namespace

std::vector<ModelDefinition> sphere_models() {
  std::vector<ModelDefinition> rows = {
      particle(
          "sphere", {sld("sld", 1), sld("sld_solvent", 6), size("radius", 50)}, sphere,
          [](Parameters p) { return sphere_volume(p[2]); }, {"radius"},
          [](Parameters p, int) { return p[2]; }),
      particle(
          "core_shell_sphere",
          {size("radius", 60), thickness("thickness", 10), sld("sld_core", 1), sld("sld_shell", 2),
           sld("sld_solvent", 3)},
          core_shell_sphere, [](Parameters p) { return sphere_volume(p[0] + p[1]); },
          {"outer radius", "core radius"},
          [](Parameters p, int mode) { return mode == 1 ? p[0] + p[1] : p[0]; }),
      particle(
          "fuzzy_sphere",
          {sld("sld", 1), sld("sld_solvent", 3), size("radius", 60), thickness("fuzziness", 10)},
          fuzzy_sphere, [](Parameters p) { return sphere_volume(p[2]); },
          {"radius", "radius + fuzziness"},
          [](Parameters p, int mode) { return mode == 1 ? p[2] : p[2] + p[3]; }),
      particle(
          "vesicle",
          {sld("sld", 0.5), sld("sld_solvent", 6.36), between("volfraction", "", 0.05, 0, 1),
           thickness("radius", 100), size("thickness", 30)},
          vesicle, [](Parameters p) { return sphere_volume(p[3] + p[4]) - sphere_volume(p[3]); },
          {"outer radius"}, [](Parameters p, int) { return p[3] + p[4]; }),
      particle(
          "core_multi_shell", multi_shell_parameters(), core_multi_shell,
          [](Parameters p) { return sphere_volume(multi_shell_radius(p)); },
          {"outer radius", "core radius"},
          [](Parameters p, int mode) { return mode == 1 ? multi_shell_radius(p) : p[1]; })};
  rows[3].outer_volume = [](Parameters p) { return sphere_volume(p[3] + p[4]); };
  return rows;
}

}  // namespace foray::scattering
