// Sources: Mildner and Hall (1986), doi:10.1088/0022-3727/19/8/015 (mass_fractal, surface_fractal);
// Teixeira (1988), doi:10.1107/S0021889888000263, eq 16 (fractal).
#include <algorithm>

#include "shapes.h"

namespace foray::scattering {
namespace {

// sin(m a) / m, a at m = 0.
double sine_over(double m, double angle) { return angle * sinc(m * angle); }

Moments mass_fractal(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], m = p[1] - 1, cutoff = p[2];
  // gamma(m) sin(m a) as gamma(m + 1) sin(m a) / m, which has no pole at m = 0.
  const double factor = std::tgamma(m + 1) * std::pow(cutoff, m);
  return intensity_moments(q, [=](double x) {
    const double y = x * cutoff;
    return square(sphere_amplitude(x * radius)) * factor * sine_over(m, std::atan(y)) *
           std::pow(1 + square(y), -0.5 * m) / x;
  });
}

// The formula is that of high q; where it turns negative, at q cutoff_length of 1 to 2, the field
// has it zero.
Moments surface_fractal(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], m = 5 - p[1], cutoff = p[2];
  const double factor = std::tgamma(m) * std::pow(cutoff, m);
  return intensity_moments(q, [=](double x) {
    const double y = x * cutoff;
    const double value = square(sphere_amplitude(x * radius)) * factor *
                         -std::sin(m * std::atan(y)) * std::pow(1 + square(y), -0.5 * m) / x;
    return std::max(value, 0.0);
  });
}

Moments fractal(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[1], dimension = p[2], length = p[3];
  const double block = square(sphere_volume(radius) * (p[4] - p[5]));
  const double factor = kToInverseCm * p[0] * block;
  const double m = dimension - 1, gamma = std::tgamma(dimension + 1);
  return intensity_moments(q, [=](double x) {
    const double y = x * length;
    const double order = gamma * sine_over(m, std::atan(y)) * std::pow(x * radius, -dimension) *
                         std::pow(1 + 1 / square(y), -0.5 * m);
    return factor * (1 + order) * square(sphere_amplitude(x * radius));
  });
}

}  // namespace

std::vector<ModelDefinition> fractal_models() {
  std::vector<ModelDefinition> rows(3);
  rows[0].name = "mass_fractal";
  rows[0].parameters = {size("radius", 10), between("fractal_dim_mass", "", 1.9, 1, 6),
                        size("cutoff_length", 100)};
  rows[0].scatter = mass_fractal;
  rows[1].name = "surface_fractal";
  rows[1].parameters = {size("radius", 10), between("fractal_dim_surf", "", 2, 1, 3),
                        size("cutoff_length", 500)};
  rows[1].scatter = surface_fractal;
  rows[2].name = "fractal";
  rows[2].parameters = {between("volfraction", "", 0.05, 0, 1),
                        size("radius", 5),
                        between("fractal_dim", "", 2, 0, 6),
                        size("cor_length", 100),
                        sld("sld_block", 2),
                        sld("sld_solvent", 6.4)};
  rows[2].scatter = fractal;
  rows[2].volume = [](Parameters p) { return sphere_volume(p[1]); };
  return rows;
}

}  // namespace foray::scattering
