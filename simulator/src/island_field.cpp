#include "island_field.h"

#include <math.h>  // j1 is POSIX's

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/scattering/grazing.h"
#include "foray/simulator/grazing.h"
#include "island_order.h"
#include "units.h"

namespace foray::simulator {

namespace {

using Complex = std::complex<double>;

constexpr Eigen::Index kIslandExitSteps = 8192;  // a step at the critical angle is 1e-5 rad
constexpr double kLeastSteps = 20;               // of a fringe: linear to 6e-3 of its crest
constexpr int kRadii = 15;                       // of a distribution, to three standard deviations
// A cylinder so thin that what its cross-section scatters is its area, at any q that is seen.
constexpr double kThin = 1e-4;  // [angstrom]
constexpr double kThinArea = kPi * kThin * kThin;

// Cylinders as a mixture, its shares adding up to 1.
std::vector<IslandKind> kinds_of(const Islands& islands) {
  if (islands.mixture.empty()) {
    const auto& one = std::get<scattering::SurfaceCylinder>(islands.shape);
    return {IslandKind{1, one.radius, islands.radius_spread, one.height}};
  }
  std::vector<IslandKind> kinds = islands.mixture;
  double sum = 0;
  for (const IslandKind& kind : kinds) sum += kind.share;
  for (IslandKind& kind : kinds) kind.share /= sum;
  return kinds;
}

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

void require_at_most(const std::string& field, double value, double limit, double q_max) {
  if (value <= limit) return;
  std::ostringstream text;
  text << "scene: islands." << field << ": expected " << limit
       << " angstrom at most for a detector that reaches q " << q_max << ", got " << value;
  throw std::invalid_argument(text.str());
}

// Refuses cylinders that the tables are too coarse for.
void check_cylinders(const Islands& islands, double wavelength, double q_max, double step) {
  // Fringes in the exit angle are a wavelength over the height apart; steps grow with its root.
  const double root = std::sqrt(std::min(1.0, q_max * wavelength / (2 * kPi)));
  const double tallest = wavelength * kIslandExitSteps / (2 * root * kLeastSteps);
  const std::vector<IslandKind> kinds = kinds_of(islands);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string which = islands.mixture.empty() ? "" : "mixture[" + std::to_string(i) + "].";
    require_at_most(which + "radius", kinds[i].radius, kPi / (kLeastSteps * step), q_max);
    require_at_most(which + "height", kinds[i].height, tallest, q_max);
  }
}

// q at the steps of the tables across, and at one beyond. S is not defined at 0 itself without
// domains; a thousandth of a step is as good.
std::vector<double> places_across(Eigen::Index steps, double q_max) {
  std::vector<double> q;
  for (Eigen::Index i = 0; i < steps + 2; ++i) {
    q.push_back(q_max * std::max(static_cast<double>(i), 1e-3) / static_cast<double>(steps));
  }
  return q;
}

// <f> and <f^2> of the cross-sections of some kinds by their shares, over q along the surface.
struct Sections {
  std::vector<double> mean, square;
};

Sections sections_of(const std::vector<IslandKind>& kinds, const std::vector<double>& places) {
  std::vector<double> radii, weights;
  for (const IslandKind& kind : kinds) {
    const std::size_t first = weights.size();
    double sum = 0;
    for (int k = 0; k < kRadii; ++k) {
      const double z = 6.0 * k / (kRadii - 1) - 3;
      if (kind.radius_spread == 0 && z != 0) continue;
      radii.push_back(kind.radius * (1 + z * kind.radius_spread));
      weights.push_back(std::exp(-0.5 * z * z));
      sum += weights.back();
    }
    for (std::size_t k = first; k < weights.size(); ++k) weights[k] *= kind.share / sum;
  }
  Sections result;
  for (const double q : places) {
    double square = 0, mean = 0;
    for (std::size_t k = 0; k < radii.size(); ++k) {
      const double x = q * radii[k];
      const double area = kPi * radii[k] * radii[k];
      const double f = x < 1e-4 ? area : area * 2 * ::j1(x) / x;
      square += weights[k] * f * f;
      mean += weights[k] * f;
    }
    result.mean.push_back(mean);
    result.square.push_back(square);
  }
  return result;
}

// Exit angles at the steps of the tables over them.
Eigen::VectorXd exit_angles(double q_max, double wavelength) {
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
  return angles;
}

// What islands of a cross-section of 1 scatter: a share of the beam's photons into a solid angle,
// as the intensity that gives as many, and its root as a wave.
std::vector<double> exit_table(const scattering::GrazingSample& thin, double wavelength,
                               double incidence, const Eigen::VectorXd& angles, double scale) {
  const Eigen::MatrixXd rows =
      scattering::grazing_intensity(thin, wavelength, incidence, angles, Eigen::VectorXd::Zero(1));
  std::vector<double> table;
  for (Eigen::Index i = 0; i < angles.size(); ++i) {
    table.push_back(scale / (kThinArea * kThinArea) * rows(i, 0));
  }
  table.push_back(table.back());
  return table;
}

std::vector<Complex> wave_table(const scattering::GrazingSample& thin, double wavelength,
                                double incidence, const Eigen::VectorXd& angles, double scale) {
  const double root = std::sqrt(scale * thin.density / std::sin(incidence)) / kThinArea;
  std::vector<Complex> table = {0};  // nothing leaves along the surface
  for (Eigen::Index i = 1; i < angles.size(); ++i) {
    table.push_back(root *
                    scattering::grazing_amplitude(thin, wavelength, incidence, angles[i], 0));
  }
  table.push_back(table.back());
  return table;
}

template <typename T>
T linear_at(const std::vector<T>& table, double place) {
  const auto i = std::min(static_cast<std::size_t>(place), table.size() - 2);
  return table[i] + (place - static_cast<double>(i)) * (table[i + 1] - table[i]);
}

scattering::IslandForm form_of(const Scene& scene, double wavelength, double q_max) {
  const double root = exit_root(q_max, wavelength);
  try {
    return {sample_of(scene, scene.islands->shape),
            scene.islands->radius_spread,
            wavelength,
            scene.surface->incidence,
            q_max,
            2 * kPi / wavelength * root * root};
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("scene: islands: ") + error.what());
  }
}

}  // namespace

IslandField::IslandField(const Scene& scene, const Beamline& beamline, double q_max)
    : surface_(*scene.surface),
      scale_(1 / (beamline.transmission * beamline.thickness_cm)),
      k_(2 * kPi / (beamline.geometry.wavelength * 1e10)),
      q_max_(q_max),
      rod_(first_rod(*scene.islands)) {
  const Islands& islands = *scene.islands;
  const double wavelength = beamline.geometry.wavelength * 1e10;
  const Eigen::Index steps = steps_across(islands, q_max);
  steps_per_q_ = static_cast<double>(steps) / q_max;
  const std::vector<double> places = places_across(steps, q_max);
  const bool cylinders = std::holds_alternative<scattering::SurfaceCylinder>(islands.shape);
  if (cylinders) check_cylinders(islands, wavelength, q_max, 1 / steps_per_q_);
  if (const auto structure = structure_of(islands, q_max)) {
    for (const double q : places) neighbours_.push_back(structure(q, 0) - 1);
  }
  if (cylinders) {
    tabulate_cylinders(scene, wavelength, places);
  } else {
    form_.emplace(form_of(scene, wavelength, q_max));
  }
}

void IslandField::tabulate_cylinders(const Scene& scene, double wavelength,
                                     const std::vector<double>& places) {
  std::map<double, std::vector<IslandKind>> by_height;
  for (const IslandKind& kind : kinds_of(*scene.islands)) by_height[kind.height].push_back(kind);
  const Eigen::VectorXd angles = exit_angles(q_max_, wavelength);
  const double incidence = scene.surface->incidence;
  const bool one_height = by_height.size() == 1;
  for (const auto& [height, kinds] : by_height) {
    const scattering::GrazingSample thin =
        sample_of(scene, scattering::SurfaceCylinder{kThin, height});
    Sections sections = sections_of(kinds, places);
    Height one;
    one.exit = exit_table(thin, wavelength, incidence, angles, scale_);
    one.across = std::move(sections.square);
    if (!neighbours_.empty() && one_height) {
      for (std::size_t i = 0; i < neighbours_.size(); ++i) {
        one.across[i] += sections.mean[i] * sections.mean[i] * neighbours_[i];
      }
    } else if (!neighbours_.empty()) {
      one.wave = wave_table(thin, wavelength, incidence, angles, scale_);
      one.mean = std::move(sections.mean);
    }
    heights_.push_back(std::move(one));
  }
  if (one_height) neighbours_.clear();  // they are in the table across
}

double IslandField::cylinders_at(double exit, double along) const {
  double value = 0;
  for (const Height& one : heights_) {
    value += linear_at(one.exit, exit) * linear_at(one.across, along);
  }
  if (neighbours_.empty()) return value;
  Complex sum = 0;
  for (const Height& one : heights_) sum += linear_at(one.mean, along) * linear_at(one.wave, exit);
  // Of interpolated tables the difference may fall short of 0.
  return std::max(0.0, value + std::norm(sum) * linear_at(neighbours_, along));
}

double IslandField::form_at(double sine, double q) const {
  const Complex reflected = fresnel(sine, surface_.delta, surface_.beta).reflected;
  const scattering::IslandForm::Moments moments = form_->at(q, k_ * sine, reflected);
  if (neighbours_.empty()) return scale_ * moments.square;
  const double neighbours = linear_at(neighbours_, q * steps_per_q_);
  return scale_ * std::max(0.0, moments.square + moments.mean * neighbours);
}

Eigen::ArrayXd IslandField::intensity(const GrazingPoints& points) const {
  Eigen::ArrayXd along = points.q_r.abs().min(q_max_), values(points.size());
  const Eigen::ArrayXd& sine = points.sine_exit;
  if (form_) {
    for (Eigen::Index i = 0; i < values.size(); ++i) {
      values[i] = sine[i] > 0 ? form_at(sine[i], along[i]) : 0;
    }
    return values;
  }
  along *= steps_per_q_;
  values = sine.max(0.0).sqrt() * static_cast<double>(kIslandExitSteps);  // places over the exit
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = sine[i] > 0 ? cylinders_at(values[i], along[i]) : 0;
  }
  return values;
}

}  // namespace foray::simulator
