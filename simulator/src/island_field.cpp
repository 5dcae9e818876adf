#include "island_field.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <string>

#include "foray/scattering/grazing.h"
#include "foray/simulator/grazing.h"

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

scattering::GrazingSample sample_of(const Scene& scene, const scattering::SurfaceShape& shape) {
  scattering::GrazingSample sample;
  scattering::Layer substrate;
  substrate.delta = scene.surface->delta;
  substrate.beta = scene.surface->beta;
  sample.stack.layers = {scattering::Layer{}, substrate};
  sample.shape = shape;
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

// Refuses cylinders that the tables are too coarse for.
void check_cylinder_tables(const scattering::SurfaceCylinder& cylinder, double wavelength,
                           double q_max) {
  const auto check = [q_max](const char* field, double value, double limit) {
    if (value <= limit) return;
    std::ostringstream text;
    text << "scene: islands." << field << ": expected " << limit
         << " angstrom at most for a detector that reaches q " << q_max << ", got " << value;
    throw std::invalid_argument(text.str());
  };
  const double step = q_max / kCrossSteps;
  check("radius", cylinder.radius, std::numbers::pi / (kLeastSteps * step));
  // Fringes in the exit angle are a wavelength over the height apart; steps grow with its root.
  const double root = std::sqrt(std::min(1.0, q_max * wavelength / (2 * std::numbers::pi)));
  check("height", cylinder.height, wavelength * kIslandExitSteps / (2 * root * kLeastSteps));
}

// S over q along the surface; empty without neighbours.
std::vector<double> structure_table(const Islands& islands, double q_max) {
  if (islands.distance == 0) return {};
  const double step = q_max / kCrossSteps, width = first_width(islands);
  if (width < kLeastPeak * step) {
    std::ostringstream text;
    text << "scene: islands.domain: expected distances and domains with peaks wider than "
         << kLeastPeak * step << " / angstrom, got a first peak of " << width;
    throw std::invalid_argument(text.str());
  }
  const auto structure = structure_of(islands, q_max);
  std::vector<double> table;
  for (Eigen::Index i = 0; i < kCrossSteps + 2; ++i) {
    // S is not defined at 0 itself without domains; a thousandth of a step is as good.
    table.push_back(structure(step * std::max(static_cast<double>(i), 1e-3), 0));
  }
  return table;
}

// <|f|^2> + <f>^2 (S - 1) of the cross-sections f.
std::vector<double> cross_sections(double radius, double spread,
                                   const std::vector<double>& structure, double q_max) {
  std::vector<double> radii, weights;
  double sum = 0;
  for (int k = 0; k < kRadii; ++k) {
    const double z = 6.0 * k / (kRadii - 1) - 3;
    if (spread == 0 && z != 0) continue;
    radii.push_back(radius * (1 + z * spread));
    weights.push_back(std::exp(-0.5 * z * z));
    sum += weights.back();
  }
  std::vector<double> table;
  for (std::size_t i = 0; i < kCrossSteps + 2; ++i) {
    const double q = q_max * std::max(static_cast<double>(i), 1e-3) / kCrossSteps;
    double square = 0, mean = 0;
    for (std::size_t k = 0; k < radii.size(); ++k) {
      const double x = q * radii[k];
      const double area = std::numbers::pi * radii[k] * radii[k];
      const double f = x < 1e-4 ? area : area * 2 * ::j1(x) / x;
      square += weights[k] / sum * f * f;
      mean += weights[k] / sum * f;
    }
    table.push_back(structure.empty() ? square : square + mean * mean * (structure[i] - 1));
  }
  return table;
}

scattering::IslandForm form_of(const Scene& scene, double wavelength, double q_max) {
  const double root = exit_root(q_max, wavelength);
  try {
    return {sample_of(scene, scene.islands->shape),
            scene.islands->radius_spread,
            wavelength,
            scene.surface->incidence,
            q_max,
            2 * std::numbers::pi / wavelength * root * root};
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("scene: islands: ") + error.what());
  }
}

}  // namespace

scattering::SurfaceParacrystal paracrystal_of(const Islands& islands) {
  return {islands.distance, other_edge(islands), islands.angle,
          islands.distance_spread * islands.distance, islands.domain};
}

IslandField::IslandField(const Scene& scene, const Beamline& beamline, double q_max)
    : surface_(*scene.surface),
      scale_(1 / (beamline.transmission * beamline.thickness_cm)),
      k_(2 * std::numbers::pi / (beamline.geometry.wavelength * 1e10)),
      structure_(structure_table(*scene.islands, q_max)),
      q_max_(q_max),
      rod_(scene.islands->distance > 0 ? first_peak(*scene.islands) : 0) {
  const double wavelength = beamline.geometry.wavelength * 1e10;
  if (std::holds_alternative<scattering::SurfaceCylinder>(scene.islands->shape)) {
    tabulate_cylinders(scene, wavelength);
  } else {
    form_.emplace(form_of(scene, wavelength, q_max));
  }
}

void IslandField::tabulate_cylinders(const Scene& scene, double wavelength) {
  const auto& cylinder = std::get<scattering::SurfaceCylinder>(scene.islands->shape);
  check_cylinder_tables(cylinder, wavelength, q_max_);
  across_ = cross_sections(cylinder.radius, scene.islands->radius_spread, structure_, q_max_);
  // No pixel sees an exit angle beyond the largest angle of scattering.
  const auto size =
      std::min(kIslandExitSteps,
               static_cast<Eigen::Index>(std::ceil(exit_root(q_max_, wavelength) *
                                                   static_cast<double>(kIslandExitSteps)))) +
      1;
  Eigen::VectorXd angles(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const double root = static_cast<double>(i) / static_cast<double>(kIslandExitSteps);
    angles[i] = std::asin(root * root);
  }
  const Eigen::MatrixXd rows = scattering::grazing_intensity(
      sample_of(scene, scattering::SurfaceCylinder{kThin, cylinder.height}), wavelength,
      scene.surface->incidence, angles, Eigen::VectorXd::Zero(1));
  const double thin = std::numbers::pi * kThin * kThin;
  for (Eigen::Index i = 0; i < size; ++i) exit_.push_back(scale_ / (thin * thin) * rows(i, 0));
  exit_.push_back(exit_.back());
}

double IslandField::look_up(const std::vector<double>& table, double place) {
  const auto i = std::min(static_cast<std::size_t>(place), table.size() - 2);
  return table[i] + (place - static_cast<double>(i)) * (table[i + 1] - table[i]);
}

double IslandField::form_at(double sine, double q) const {
  const std::complex<double> reflected = fresnel(sine, surface_.delta, surface_.beta).reflected;
  const scattering::IslandForm::Moments moments = form_->at(q, k_ * sine, reflected);
  if (structure_.empty()) return scale_ * moments.square;
  const double order = look_up(structure_, q / q_max_ * static_cast<double>(kCrossSteps));
  return scale_ * std::max(0.0, moments.square + moments.mean * (order - 1));
}

Eigen::ArrayXd IslandField::intensity(const GrazingPoints& points) const {
  const Eigen::ArrayXd along = points.q_r.abs().min(q_max_);
  Eigen::ArrayXd values(points.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const double sine = points.sine_exit[i];
    if (!(sine > 0)) {
      values[i] = 0;
    } else if (form_) {
      values[i] = form_at(sine, along[i]);
    } else {
      values[i] = look_up(exit_, std::sqrt(sine) * static_cast<double>(kIslandExitSteps)) *
                  look_up(across_, along[i] / q_max_ * static_cast<double>(kCrossSteps));
    }
  }
  return values;
}

}  // namespace foray::simulator
