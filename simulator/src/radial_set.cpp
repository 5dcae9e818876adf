#include "radial_set.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/simulator/profiles.h"

namespace foray::simulator {

namespace {

// Linear interpolation of a Lorentzian at steps of a fiftieth of its width is off by at most
// (1/50)^2 of its height, of a Gaussian by 0.7 of that.
constexpr double kStepsPerWidth = 50;
constexpr double kMaxSteps = 131072;

std::size_t radial_size(const Scene& scene, const Resolution& resolution, double range) {
  double narrowest = range;
  for (const Ring& ring : scene.rings) {
    narrowest = std::min(narrowest, observed(ring, resolution).fwhm);
  }
  for (const Halo& halo : scene.halos) narrowest = std::min(narrowest, 2.355 * halo.width);
  const double steps = std::clamp(std::ceil(range * kStepsPerWidth / narrowest), 256.0, kMaxSteps);
  return static_cast<std::size_t>(steps) + 2;
}

std::vector<double> azimuth_table(const Ring& ring) {
  // Full width at half maximum of the law is about 2 (1 - eta) / n.
  const double width = 2 * (1 - ring.orientation) / ring.symmetry;
  const double steps =
      std::clamp(std::ceil(2 * std::numbers::pi * kStepsPerWidth / width), 256.0, kMaxSteps);
  std::vector<double> table(static_cast<std::size_t>(steps) + 2);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double chi = 2 * std::numbers::pi * static_cast<double>(i) / steps;
    table[i] = azimuthal_law(chi - ring.director, ring.orientation, ring.symmetry);
  }
  return table;
}

}  // namespace

PeakWidth observed(const Ring& ring, const Resolution& resolution) {
  return broadened({ring.fwhm, ring.lorentz}, resolution.at(ring.q));
}

RadialSet::RadialSet(const Scene& scene, const Resolution& resolution, double q_min, double q_max) {
  const std::size_t size = radial_size(scene, resolution, q_max - q_min);
  const double step = (q_max - q_min) / static_cast<double>(size - 2);
  isotropic_.assign(size, scene.background);
  groups_.reserve(scene.rings.size());
  for (const Ring& ring : scene.rings) {
    const PeakWidth shape = observed(ring, resolution);
    std::vector<double>& table = table_for(ring, size);
    for (std::size_t i = 0; i < size; ++i) {
      const double q = q_min + step * static_cast<double>(i);
      table[i] += ring.intensity * pseudo_voigt(q - ring.q, shape.fwhm, shape.lorentz);
    }
  }
  for (const Halo& halo : scene.halos) {
    for (std::size_t i = 0; i < size; ++i) {
      const double x = (q_min + step * static_cast<double>(i) - halo.q) / halo.width;
      isotropic_[i] += halo.intensity * std::exp(-0.5 * x * x);
    }
  }
}

std::vector<double>& RadialSet::table_for(const Ring& ring, std::size_t size) {
  if (ring.orientation == 0) return isotropic_;
  for (Group& group : groups_) {
    if (group.orientation == ring.orientation && group.symmetry == ring.symmetry &&
        group.director == ring.director) {
      return group.radial;
    }
  }
  groups_.push_back({ring.orientation, ring.director, ring.symmetry, std::vector<double>(size, 0.0),
                     azimuth_table(ring)});
  return groups_.back().radial;
}

}  // namespace foray::simulator
