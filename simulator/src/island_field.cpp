#include "island_field.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "foray/scattering/grazing.h"

namespace foray::simulator {

namespace {

constexpr Eigen::Index kIslandExitSteps = 8192;  // a step at the critical angle is 1e-5 rad
// Forty steps a fringe of objects of 1000 angstrom to q 0.3: linear to 2e-3 of a crest.
constexpr Eigen::Index kCrossSteps = 4096;
constexpr double kLeastSteps = 20;  // of a fringe: linear to 6e-3 of its crest
constexpr double kLeastPeak = 2;    // steps of a peak's width at half maximum
constexpr int kRadii = 15;          // of a distribution, to three standard deviations
// A cylinder so thin that what its cross-section scatters is its area, at any q that is seen.
constexpr double kThin = 1e-4;  // [angstrom]

scattering::GrazingSample sample_of(const Scene& scene, double radius) {
  scattering::GrazingSample sample;
  scattering::Layer substrate;
  substrate.delta = scene.surface->delta;
  substrate.beta = scene.surface->beta;
  sample.stack.layers = {scattering::Layer{}, substrate};
  sample.shape = scattering::SurfaceCylinder{radius, scene.islands->height};
  sample.delta = scene.islands->delta;
  sample.beta = scene.islands->beta;
  sample.density = scene.islands->density;
  return sample;
}

double other_edge(const Islands& islands) {
  return islands.distance_b > 0 ? islands.distance_b : islands.distance;
}

// |q| of the first peak that neighbours make.
double first_peak(const Islands& islands) {
  constexpr double kTurn = 2 * std::numbers::pi;
  if (islands.order == IslandOrder::kRadial) return kTurn / islands.distance;
  // The shortest of the reciprocal edges and their diagonals.
  const double sine = std::sin(islands.angle);
  const double x = kTurn / (islands.distance * sine), y = kTurn / (other_edge(islands) * sine);
  const double diagonal = std::sqrt(x * x + y * y - 2 * x * y * std::abs(std::cos(islands.angle)));
  return std::min({x, y, diagonal});
}

// How wide it is at half maximum.
double first_width(const Islands& islands) {
  if (islands.order == IslandOrder::kLattice) {
    return 2 * std::sqrt(std::cbrt(4.0) - 1) / islands.domain;  // of (1 + x^2)^(-3/2)
  }
  // Of a paracrystal, whose damping there is p from one particle to the next.
  const double edge = std::max(islands.distance, other_edge(islands));
  const double turn = first_peak(islands) * islands.distance_spread * islands.distance;
  const double p = std::exp(-edge / islands.domain - 0.5 * turn * turn);
  return 2 * (1 - p) / (edge * std::sqrt(p));
}

std::function<double(double, double)> structure_of(const Islands& islands, double q_max) {
  if (islands.order == IslandOrder::kParacrystal) {
    return scattering::turned_paracrystal(paracrystal_of(islands));
  }
  if (islands.order == IslandOrder::kLattice) {
    return scattering::turned_lattice(
        {islands.distance, other_edge(islands), islands.angle, islands.domain}, q_max);
  }
  return scattering::radial_paracrystal(islands.distance,
                                        islands.distance_spread * islands.distance, islands.domain);
}

// Refuses what the tables are too coarse for.
void check_tables(const Islands& islands, double wavelength, double q_max) {
  const auto check = [q_max](const char* field, double value, double limit) {
    if (value <= limit) return;
    std::ostringstream text;
    text << "scene: islands." << field << ": expected " << limit
         << " angstrom at most for a detector that reaches q " << q_max << ", got " << value;
    throw std::invalid_argument(text.str());
  };
  const double step = q_max / kCrossSteps;
  check("radius", islands.radius, std::numbers::pi / (kLeastSteps * step));
  // Fringes in the exit angle are a wavelength over the height apart; steps grow with its root.
  const double root = std::sqrt(std::min(1.0, q_max * wavelength / (2 * std::numbers::pi)));
  check("height", islands.height, wavelength * kIslandExitSteps / (2 * root * kLeastSteps));
  if (islands.distance == 0) return;
  const double width = first_width(islands);
  if (width < kLeastPeak * step) {
    std::ostringstream text;
    text << "scene: islands.domain: expected distances and domains with peaks wider than "
         << kLeastPeak * step << " / angstrom, got a first peak of " << width;
    throw std::invalid_argument(text.str());
  }
}

// <|f|^2> + <f>^2 (S - 1) of the cross-sections f.
std::vector<double> cross_sections(const Islands& islands, double q_max) {
  std::vector<double> radii, weights;
  double sum = 0;
  for (int k = 0; k < kRadii; ++k) {
    const double z = 6.0 * k / (kRadii - 1) - 3;
    if (islands.radius_spread == 0 && z != 0) continue;
    radii.push_back(islands.radius * (1 + z * islands.radius_spread));
    weights.push_back(std::exp(-0.5 * z * z));
    sum += weights.back();
  }
  const bool alone = islands.distance == 0;
  const auto structure = alone ? nullptr : structure_of(islands, q_max);
  std::vector<double> table;
  for (Eigen::Index i = 0; i < kCrossSteps + 2; ++i) {
    // S is not defined at 0 itself without domains; a thousandth of a step is as good.
    const double q = q_max * std::max(static_cast<double>(i), 1e-3) / kCrossSteps;
    double square = 0, mean = 0;
    for (std::size_t k = 0; k < radii.size(); ++k) {
      const double x = q * radii[k];
      const double area = std::numbers::pi * radii[k] * radii[k];
      const double f = x < 1e-4 ? area : area * 2 * ::j1(x) / x;
      square += weights[k] / sum * f * f;
      mean += weights[k] / sum * f;
    }
    table.push_back(alone ? square : square + mean * mean * (structure(q, 0) - 1));
  }
  return table;
}

}  // namespace

scattering::SurfaceParacrystal paracrystal_of(const Islands& islands) {
  return {islands.distance, other_edge(islands), islands.angle,
          islands.distance_spread * islands.distance, islands.domain};
}

IslandField::IslandField(const Scene& scene, const Beamline& beamline, double q_max)
    : across_(cross_sections(*scene.islands, q_max)),
      q_max_(q_max),
      rod_(scene.islands->distance > 0 ? first_peak(*scene.islands) : 0) {
  const double wavelength = beamline.geometry.wavelength * 1e10;
  check_tables(*scene.islands, wavelength, q_max);
  // No pixel sees an exit angle beyond the largest angle of scattering.
  const auto size =
      std::min(kIslandExitSteps,
               static_cast<Eigen::Index>(std::ceil(exit_root(q_max, wavelength) *
                                                   static_cast<double>(kIslandExitSteps)))) +
      1;
  Eigen::VectorXd angles(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const double root = static_cast<double>(i) / static_cast<double>(kIslandExitSteps);
    angles[i] = std::asin(root * root);
  }
  const Eigen::MatrixXd rows =
      scattering::grazing_intensity(sample_of(scene, kThin), wavelength, scene.surface->incidence,
                                    angles, Eigen::VectorXd::Zero(1));
  const double thin = std::numbers::pi * kThin * kThin;
  // A share of the beam's photons into a solid angle, as the intensity that gives as many.
  const double scale = 1 / (thin * thin * beamline.transmission * beamline.thickness_cm);
  for (Eigen::Index i = 0; i < size; ++i) exit_.push_back(scale * rows(i, 0));
  exit_.push_back(exit_.back());
}

double IslandField::look_up(const std::vector<double>& table, double place) {
  const auto i = std::min(static_cast<std::size_t>(place), table.size() - 2);
  return table[i] + (place - static_cast<double>(i)) * (table[i + 1] - table[i]);
}

Eigen::ArrayXd IslandField::intensity(const GrazingPoints& points) const {
  const Eigen::ArrayXd exit =
      points.sine_exit.max(0.0).sqrt() * static_cast<double>(kIslandExitSteps);
  const Eigen::ArrayXd along =
      (points.q_r.abs() / q_max_).min(1.0) * static_cast<double>(kCrossSteps);
  Eigen::ArrayXd values(points.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = points.sine_exit[i] > 0 ? look_up(exit_, exit[i]) * look_up(across_, along[i]) : 0;
  }
  return values;
}

}  // namespace foray::simulator
