// Sources: Mittelbach and Porod (1961), Acta Physica Austriaca 14, 185 (parallelepiped); Nayuk and
// Huber (2012), doi:10.1524/zpch.2012.0257 (rectangular prism).
#include <algorithm>
#include <array>
#include <map>

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

// pi in two parts, the first of 22 bits, so that its multiples below 2^31 are exact.
constexpr double kPiHigh = 0x1.921fb40000000p+1;
constexpr double kPiLow = 1.5099579909783765e-07;

// sin(x) / x of x > 0, below 1e7, to 1e-15: x less the nearest multiple of pi, then the series.
Eigen::ArrayXd sincs(const Eigen::ArrayXd& x) {
  const Eigen::ArrayXd turns = (x * (1 / pi) + 0.5).floor();
  const Eigen::ArrayXd rest = (x - turns * kPiHigh) - turns * kPiLow;
  const Eigen::ArrayXd s = rest.square();
  // The first term left out is (pi / 2)^23 / 23!, 2e-18.
  Eigen::ArrayXd sum = Eigen::ArrayXd::Constant(x.size(), 1);
  for (int n = 20; n >= 2; n -= 2) sum = 1 - s * sum / (n * (n + 1.0));
  const Eigen::ArrayXd sign = 1 - 2 * (turns - 2 * (0.5 * turns).floor());
  return sign * rest * sum / x;
}

// Directions of an azimuthal average.
struct Azimuth {
  Eigen::ArrayXd sine, cosine, weight;
};

// Azimuths by their number of panels. All of many panels would take memory as its square.
constexpr int kMostKnownPanels = 256;

Azimuth azimuth_for(double phase) {
  const Rule rule = phase_rule(0, M_PI_2, phase);
  return {rule.node.sin(), rule.node.cos(), M_2_PI * rule.weight};
}

// The longest edge along the polar axis: the azimuth is averaged for each polar angle anew, all its
// directions at once.
Moments parallelepiped(double contrast, Edges edges, const Eigen::ArrayXd& q) {
  std::sort(edges.begin(), edges.end());
  const double volume = contrast * edges[0] * edges[1] * edges[2];
  std::map<int, Azimuth> known;
  Azimuth scratch;
  const auto azimuth_of = [&](double phase) -> const Azimuth& {
    const int panels = phase_panels(phase);
    if (panels > kMostKnownPanels) return scratch = azimuth_for(phase);
    Azimuth& azimuth = known[panels];
    if (azimuth.weight.size() == 0) azimuth = azimuth_for(phase);
    return azimuth;
  };
  return averaged_moments(q, [&](double x) {
    const double phase = 0.5 * pi * x * (edges[0] + edges[1]);
    return polar_average<Eigen::Array2d>(
        phase + 0.5 * pi * x * edges[2], [&](double sine, double cosine) {
          const Azimuth& azimuth = azimuth_of(phase * sine);
          const double across = 0.5 * x * sine;
          const Eigen::ArrayXd face =
              sincs(across * edges[0] * azimuth.sine) * sincs(across * edges[1] * azimuth.cosine);
          const double along = volume * sinc(0.5 * x * edges[2] * cosine);
          return Eigen::Array2d(along * (azimuth.weight * face).sum(),
                                along * along * (azimuth.weight * face.square()).sum());
        });
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
