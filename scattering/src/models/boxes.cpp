// Sources: Mittelbach and Porod (1961), Acta Physica Austriaca 14, 185 (parallelepiped); Nayuk and
// Huber (2012), doi:10.1524/zpch.2012.0257 (rectangular prism).
#include <algorithm>
#include <array>

#include "quadrature.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;
using Edges = std::array<double, 3>;

// Averages of a body with three mirror planes over the octant; edges a, b, c lie along sin sin, sin
// cos and cos.
template <class Function>
Moments box_moments(const Edges& edges, const Eigen::ArrayXd& q, const Function& amplitude) {
  return averaged_moments(q, [&](double x) {
    const double azimuth = 0.5 * pi * x * (edges[0] + edges[1]);
    return octant_average<Eigen::Array2d>(
        azimuth + 0.5 * pi * x * edges[2], azimuth,
        [&](double sine, double cosine, double sine_phi, double cosine_phi) {
          return powers(amplitude(x * sine * sine_phi, x * sine * cosine_phi, x * cosine));
        });
  });
}

// Integral of cos(q z) over the edge.
double edge(double q, double length) { return length * sinc(0.5 * q * length); }

// The longest edge along the polar axis: the azimuth is averaged for each polar angle anew.
Moments parallelepiped(double contrast, Edges edges, const Eigen::ArrayXd& q) {
  std::sort(edges.begin(), edges.end());
  return box_moments(edges, q, [&](double a, double b, double c) {
    return contrast * edge(a, edges[0]) * edge(b, edges[1]) * edge(c, edges[2]);
  });
}

// Slabs on the six faces; edges and corners between them are solvent.
Moments core_shell_parallelepiped(Parameters p, const Eigen::ArrayXd& q) {
  const double core = p[0] - p[4];
  const std::array<double, 3> rim = {p[1] - p[4], p[2] - p[4], p[3] - p[4]};
  const Edges inner = {p[5], p[6], p[7]};
  const Edges outer = {p[5] + 2 * p[8], p[6] + 2 * p[9], p[7] + 2 * p[10]};
  return box_moments(outer, q, [&](double a, double b, double c) {
    const double ea = edge(a, inner[0]), eb = edge(b, inner[1]), ec = edge(c, inner[2]);
    return core * ea * eb * ec + rim[0] * (edge(a, outer[0]) - ea) * eb * ec +
           rim[1] * ea * (edge(b, outer[1]) - eb) * ec +
           rim[2] * ea * eb * (edge(c, outer[2]) - ec);
  });
}

// The cylinder whose base stands for the two more similar edges.
double box_excluded_volume_radius(Edges edges) {
  std::sort(edges.begin(), edges.end());
  const auto [a, b, c] = edges;
  return b - a > c - b ? excluded_volume_radius(std::sqrt(b * c / pi), a)
                       : excluded_volume_radius(std::sqrt(a * b / pi), c);
}

// Modes 3 to 5 and 7, 8.
double box_radius(const Edges& edges, int mode) {
  if (mode <= 5) return 0.5 * edges[static_cast<std::size_t>(mode - 3)];
  const double diagonal = std::hypot(edges[0], edges[1]);
  return 0.5 * (mode == 7 ? diagonal : std::hypot(diagonal, edges[2]));
}

double solid_radius(const Edges& edges, int mode) {
  switch (mode) {
    case 1:
      return box_excluded_volume_radius(edges);
    case 2:
      return radius_of_volume(edges[0] * edges[1] * edges[2]);
    case 6:
      return std::sqrt(edges[0] * edges[1] / pi);
    default:
      return box_radius(edges, mode);
  }
}

double shell_volume(Parameters p) {
  return p[5] * p[6] * p[7] + 2 * (p[8] * p[6] * p[7] + p[5] * p[9] * p[7] + p[5] * p[6] * p[10]);
}

double shell_radius(Parameters p, int mode) {
  const Edges outer = {p[5] + 2 * p[8], p[6] + 2 * p[9], p[7] + 2 * p[10]};
  switch (mode) {
    case 1:
      return box_excluded_volume_radius(outer);
    case 2:
      return radius_of_volume(shell_volume(p));
    case 6:
      return std::sqrt((p[5] * p[6] + 2 * p[8] * p[6] + 2 * p[9] * p[5]) / pi);
    default:
      return box_radius(outer, mode);
  }
}

Edges solid(Parameters p) { return {p[2], p[3], p[4]}; }
Edges prism(Parameters p) { return {p[2], p[2] * p[3], p[2] * p[4]}; }

std::vector<std::string> modes(const std::string& outer) {
  return {"equivalent cylinder excluded volume", "equivalent volume sphere",
          "half " + outer + "length_a",          "half " + outer + "length_b",
          "half " + outer + "length_c",          "equivalent circular cross-section",
          "half " + outer + "ab diagonal",       "half " + outer + "diagonal"};
}

}  // namespace

std::vector<ModelDefinition> box_models() {
  return {particle(
              "parallelepiped",
              {sld("sld", 4), sld("sld_solvent", 1), size("length_a", 35), size("length_b", 75),
               size("length_c", 400)},
              [](Parameters p, const Eigen::ArrayXd& q) {
                return parallelepiped(p[0] - p[1], solid(p), q);
              },
              [](Parameters p) { return p[2] * p[3] * p[4]; }, modes(""),
              [](Parameters p, int mode) { return solid_radius(solid(p), mode); }),
          particle("core_shell_parallelepiped",
                   {sld("sld_core", 1), sld("sld_a", 2), sld("sld_b", 4), sld("sld_c", 2),
                    sld("sld_solvent", 6), size("length_a", 35), size("length_b", 75),
                    size("length_c", 400), thickness("thick_rim_a", 10),
                    thickness("thick_rim_b", 10), thickness("thick_rim_c", 10)},
                   core_shell_parallelepiped, shell_volume, modes("outer "), shell_radius),
          particle(
              "rectangular_prism",
              {sld("sld", 6.3), sld("sld_solvent", 1), size("length_a", 35),
               positive("b2a_ratio", "", 1), positive("c2a_ratio", "", 1)},
              [](Parameters p, const Eigen::ArrayXd& q) {
                return parallelepiped(p[0] - p[1], prism(p), q);
              },
              [](Parameters p) { return cube(p[2]) * p[3] * p[4]; }, modes(""),
              [](Parameters p, int mode) { return solid_radius(prism(p), mode); })};
}

}  // namespace foray::scattering
