// Sources: Hosemann and Bagchi (1962), Direct Analysis of Diffraction by Matter; Matsuoka, Tanaka,
// Hashimoto and Ishikawa (1987), doi:10.1103/PhysRevB.36.1754, and (1990),
// doi:10.1103/PhysRevB.41.3854.
#include <sstream>

#include "paracrystal_factor.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

// dnn, d_factor, radius, sld, sld_solvent.
Spacing spacing_of(Parameters p) { return {p[0], p[1]}; }

template <PrimitiveCell (*cell)()>
ModelDefinition paracrystal(std::string name, double ball, double solvent) {
  ModelDefinition row;
  row.name = std::move(name);
  row.parameters = {size("dnn", 220), between("d_factor", "", 0.06, 0.001, 1), size("radius", 40),
                    sld("sld", ball), sld("sld_solvent", solvent)};
  // Spheres in solution times the fraction of the volume that they fill.
  row.scatter = [](Parameters p, const Eigen::ArrayXd& q) {
    static const double kPerCell = 1 / std::abs(cell().axes.determinant());
    const double volume = sphere_volume(p[2]), fraction = kPerCell * volume / cube(p[0]);
    return intensity_moments(q, [=](double x) {
      return fraction * kToInverseCm * square((p[3] - p[4]) * volume * sphere_amplitude(x * p[2]));
    });
  };
  row.lattice = {2,
                 [](Parameters p, const Eigen::ArrayXd& q) {
                   return mean_paracrystal(cell(), spacing_of(p), q);
                 },
                 [](Parameters p, const Eigen::Matrix3Xd& q) {
                   return oriented_paracrystal(cell(), spacing_of(p), q);
                 },
                 // Of the first peak where one phase is 2 pi and the others 0: its half width in
                 // that phase is gamma, d_factor^2 weight / 2 (2 pi)^2.
                 [](Parameters p) { return 2 * M_PI * cell().weight * square(p[1]); }};
  row.volume = [](Parameters p) { return sphere_volume(p[2]); };
  row.problem = [](Parameters p) {
    std::ostringstream text;
    // Beyond the rounding of a mean.
    if (2 * p[2] > p[0] * (1 + 1e-12)) {
      text << "radius: expected spheres that do not overlap, radius <= dnn / 2 = " << p[0] / 2
           << ", got " << p[2];
    }
    return text.str();
  };
  // Z and F know nothing of overlap, and a distribution that was cut off at dnn / 2 would be no
  // smooth function of its mean.
  row.problem_of_means_only = true;
  return row;
}

}  // namespace

std::vector<ModelDefinition> paracrystal_models() {
  return {paracrystal<simple_cubic>("sc_paracrystal", 3, 6.3),
          paracrystal<body_centered_cubic>("bcc_paracrystal", 4, 1),
          paracrystal<face_centered_cubic>("fcc_paracrystal", 4, 1)};
}

}  // namespace foray::scattering
