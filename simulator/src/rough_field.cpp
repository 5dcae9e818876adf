#include "rough_field.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>

namespace foray::simulator {

namespace {

constexpr Eigen::Index kRoughExitSteps = 8192;  // a step at the critical angle is 1e-5 rad
// Spectra are powers of 1 + q^2 length^2 or nearly so: linear to 1e-4 where it grows to 1e13.
constexpr Eigen::Index kSpectrumSteps = 2048;
constexpr double kLeastFilmSteps = 20;  // of a film's fringe: linear to 6e-3 of its crest

scattering::RoughStack stack_of(const Roughness& rough, const Surface& surface) {
  scattering::RoughStack result;
  auto& layers = result.stack.layers;
  layers = {scattering::Layer{}};
  layers.insert(layers.end(), rough.films.begin(), rough.films.end());
  layers.push_back({surface.delta, surface.beta, 0, rough.roughness});
  result.length = rough.length;
  result.hurst = rough.hurst;
  result.vertical = rough.vertical;
  return result;
}

// Refuses films whose fringes in the exit angle, a wavelength over twice the thickness apart, are
// too narrow for the table, whose steps grow with its root.
void check_films(const Roughness& rough, double wavelength, double root, std::size_t index) {
  double thickness = 0;
  for (const scattering::Layer& film : rough.films) thickness += film.thickness;
  const double limit =
      wavelength * static_cast<double>(kRoughExitSteps) / (4 * root * kLeastFilmSteps);
  if (thickness <= limit) return;
  std::ostringstream text;
  text << "scene: roughness[" << index << "].films: expected a thickness of " << limit
       << " angstrom at most for this detector, got " << thickness;
  throw std::invalid_argument(text.str());
}

scattering::RoughnessScattering rough_scattering_of(const Roughness& rough, const Surface& surface,
                                                    double wavelength, double largest_exit,
                                                    std::size_t index) {
  try {
    return {stack_of(rough, surface), wavelength, surface.incidence, largest_exit};
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("scene: roughness[" + std::to_string(index) + "]: " + error.what());
  }
}

}  // namespace

RoughField::RoughField(const Roughness& rough, const Surface& surface, const Beamline& beamline,
                       double q_max, std::size_t index)
    : length_(rough.length) {
  const double wavelength = beamline.geometry.wavelength * 1e10;
  const double root = exit_root(q_max, wavelength);
  check_films(rough, wavelength, root, index);
  const auto last =
      std::min(kRoughExitSteps,
               static_cast<Eigen::Index>(std::ceil(root * static_cast<double>(kRoughExitSteps))));
  const auto exit_angle = [](Eigen::Index i) {
    const double at = static_cast<double>(i) / static_cast<double>(kRoughExitSteps);
    return std::asin(at * at);
  };
  const scattering::RoughnessScattering scattering =
      rough_scattering_of(rough, surface, wavelength, exit_angle(last), index);
  // A share of the beam's photons into a solid angle, as the intensity that gives as many.
  const double scale = rough.share / (beamline.transmission * beamline.thickness_cm);
  waves_.setZero(scattering.orders(), last + 2);  // nothing leaves along the horizon
  for (Eigen::Index i = 1; i <= last; ++i) {
    waves_.col(i) = scale * scattering.waves(exit_angle(i));
  }
  waves_.col(last + 1) = waves_.col(last);
  const double end = std::log1p(std::pow(q_max * length_, 2));
  steps_ = static_cast<double>(kSpectrumSteps) / end;
  spectra_.resize(scattering.orders(), kSpectrumSteps + 2);
  for (Eigen::Index i = 0; i < spectra_.cols(); ++i) {
    const double square = std::expm1(static_cast<double>(i) / steps_);
    spectra_.col(i) = scattering.spectra(std::sqrt(square) / length_);
  }
}

Eigen::ArrayXd RoughField::intensity(const GrazingPoints& points) const {
  const Eigen::ArrayXd exit =
      (points.sine_exit.max(0.0).sqrt() * static_cast<double>(kRoughExitSteps))
          .min(static_cast<double>(waves_.cols() - 2));
  const Eigen::ArrayXd along = (steps_ * (1 + (points.q_r * length_).square()).log())
                                   .min(static_cast<double>(kSpectrumSteps));
  const Eigen::Index orders = waves_.rows();
  Eigen::ArrayXd values(points.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = 0;
    if (!(points.sine_exit[i] > 0)) continue;
    const auto row = static_cast<Eigen::Index>(exit[i]);
    const auto column = static_cast<Eigen::Index>(along[i]);
    const double t = exit[i] - static_cast<double>(row), u = along[i] - static_cast<double>(column);
    const double* wave = waves_.data() + orders * row;
    const double* spectrum = spectra_.data() + orders * column;
    for (Eigen::Index p = 0; p < orders; ++p) {
      values[i] += (wave[p] + t * (wave[orders + p] - wave[p])) *
                   (spectrum[p] + u * (spectrum[orders + p] - spectrum[p]));
    }
  }
  return values;
}

}  // namespace foray::simulator
