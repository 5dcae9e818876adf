// Sources: Kaya (2004), doi:10.1107/S0021889804000020 (capped cylinder); Kaya and de Souza (2004),
// doi:10.1107/S0021889804005709 (barbell).
#include <algorithm>

#include "quadrature.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;

// A cylinder between parts of two balls of `ball` radius: their centres lie `height` beyond its
// ends, which is below zero for caps. `depth` is how far a ball's part reaches beyond the end.
struct Dumbbell {
  double radius, length, ball, depth;
};

Dumbbell capped_cylinder(Parameters p) {
  const double height = std::sqrt((p[3] - p[2]) * (p[3] + p[2]));
  // ball - height, without cancelling where the caps are nearly flat.
  return {p[2], p[4], p[3], square(p[2]) / (p[3] + height)};
}

Dumbbell barbell(Parameters p) {
  const double height = std::sqrt((p[2] - p[3]) * (p[2] + p[3]));
  return {p[3], p[4], p[2], p[2] + height};
}

// pi times the integral of u (2 ball - u) over u in [0, depth], u from the tip, for both ends.
double volume(const Dumbbell& d) {
  return pi * square(d.radius) * d.length + 2 * pi * square(d.depth) * (d.ball - d.depth / 3);
}

// The ends are sums over slices: disks of radius sqrt(u (2 ball - u)), in which the disk's
// amplitude is even, so that nothing is singular at the tip.
Moments dumbbell(const Dumbbell& d, double contrast, const Eigen::ArrayXd& q) {
  const double widest = std::max(d.radius, d.depth > d.ball ? d.ball : d.radius);
  const double half = 0.5 * d.length;
  return averaged_moments(q, [=](double x) {
    const Rule slices = phase_rule(0, d.depth, x * (d.depth + widest));
    const Eigen::ArrayXd square_radius = slices.node * (2 * d.ball - slices.node);
    const Eigen::ArrayXd slice_radius = square_radius.sqrt();
    const Eigen::ArrayXd share = 2 * pi * slices.weight * square_radius;
    const Eigen::ArrayXd height = half + d.depth - slices.node;
    const double phase = pi * x * (widest + half + d.depth);
    return polar_average<Eigen::Array2d>(phase, [&](double sine, double cosine) {
      double sum = pi * square(d.radius) * d.length * disk_amplitude(x * d.radius * sine) *
                   sinc(x * half * cosine);
      for (Eigen::Index i = 0; i < height.size(); ++i) {
        sum += share[i] * disk_amplitude(x * sine * slice_radius[i]) *
               std::cos(x * cosine * height[i]);
      }
      return powers(contrast * sum);
    });
  });
}

double dumbbell_radius(const Dumbbell& d, double widest, int mode) {
  switch (mode) {
    case 1:
      return excluded_volume_radius(widest, d.length + 2 * d.depth);
    case 2:
      return radius_of_volume(volume(d));
    case 3:
      return d.radius;
    case 4:
      return 0.5 * d.length;
    default:
      return 0.5 * d.length + d.depth;
  }
}

}  // namespace

std::vector<ModelDefinition> capped_models() {
  const std::vector<std::string> modes = {"equivalent cylinder excluded volume",
                                          "equivalent volume sphere", "radius", "half length",
                                          "half total length"};
  std::vector<ModelDefinition> rows = {
      particle(
          "capped_cylinder",
          {sld("sld", 4), sld("sld_solvent", 1), size("radius", 20), size("radius_cap", 20),
           size("length", 400)},
          [](Parameters p, const Eigen::ArrayXd& q) {
            return dumbbell(capped_cylinder(p), p[0] - p[1], q);
          },
          [](Parameters p) { return volume(capped_cylinder(p)); }, modes,
          [](Parameters p, int mode) { return dumbbell_radius(capped_cylinder(p), p[2], mode); }),
      particle(
          "barbell",
          {sld("sld", 4), sld("sld_solvent", 1), size("radius_bell", 40), size("radius", 20),
           size("length", 400)},
          [](Parameters p, const Eigen::ArrayXd& q) {
            return dumbbell(barbell(p), p[0] - p[1], q);
          },
          [](Parameters p) { return volume(barbell(p)); }, modes,
          [](Parameters p, int mode) { return dumbbell_radius(barbell(p), p[2], mode); })};
  rows[0].problem = [](Parameters p) -> std::string {
    return p[3] >= p[2] ? "" : "expected radius_cap >= radius";
  };
  rows[1].problem = [](Parameters p) -> std::string {
    return p[2] >= p[3] ? "" : "expected radius_bell >= radius";
  };
  return rows;
}

}  // namespace foray::scattering
