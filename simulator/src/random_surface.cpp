#include <algorithm>
#include <array>
#include <cmath>

#include "random_parts.h"
#include "units.h"

namespace foray::simulator {

namespace {

Surface random_surface(Rng& rng, double height, const Beamline& beamline, const View& view) {
  Surface surface;
  // delta in proportion to wavelength^2: from an organic film to a heavy oxide.
  surface.delta = log_uniform(rng, 1.3e-6, 6e-6) * view.wavelength * view.wavelength;
  surface.beta = surface.delta * log_uniform(rng, 1e-3, 5e-2);
  surface.incidence = std::sqrt(2 * surface.delta) * uniform(rng, 0.7, 2.5);
  if (chance(rng, 0.6)) surface.streak = height * log_uniform(rng, 0.05, 30);
  surface.streak_exponent = uniform(rng, 2, 4);
  surface.streak_fwhm = view.q_pixel * uniform(rng, 1, 5);
  if (chance(rng, 0.15)) {  // through an absorber
    const double photons = beamline.flux * beamline.efficiency;
    surface.specular =
        std::min(1.0, height * view.counts * log_uniform(rng, 1, 1000) / std::max(photons, 1.0));
  }
  if (chance(rng, 0.25)) surface.below = log_uniform(rng, 0.02, 0.7);
  // The surface faces where the detector has most room, but for some that are mounted otherwise.
  const Eigen::Vector2d center = scattering::beam_center(beamline.geometry);
  const double up = static_cast<double>(beamline.slow) - center[0], down = center[0];
  const double right = static_cast<double>(beamline.fast) - center[1], left = center[1];
  const double most = std::max({up, down, right, left});
  surface.normal = most == up ? kPi / 2 : most == down ? -kPi / 2 : most == right ? 0 : kPi;
  if (up > 0.4 * static_cast<double>(beamline.slow) && chance(rng, 0.7)) surface.normal = kPi / 2;
  surface.normal += uniform(rng, -0.03, 0.03);
  return surface;
}

constexpr std::array<double, 4> kStripes = {1, 2, 3, 4};
constexpr std::array<double, 4> kDots = {1, 1.7320508, 2, 2.6457513};

void set_profile(Rng& rng, const View& view, Rod& rod) {
  const double kind = uniform(rng, 0, 1);
  rod.height = log_uniform(rng, chance(rng, 0.6) ? 8 : 2, 50) / view.q_high;
  rod.height_spread = log_uniform(rng, 0.01, chance(rng, 0.5) ? 0.1 : 0.4);
  if (kind < 0.62) return;
  rod.profile = kind < 0.83 ? RodProfile::kGaussian : RodProfile::kLorentzian;
  rod.q_z = chance(rng, 0.6) ? 0 : uniform(rng, 0, 0.4) * view.q_high;
  rod.q_z_fwhm = view.q_high * uniform(rng, 0.25, 1.2);
}

void add_rods(Rng& rng, double height, const View& view, Scene& scene) {
  const std::array<double, 4>& ratios = chance(rng, 0.5) ? kStripes : kDots;
  const double q = log_uniform(rng, 0.08 * view.q_high, 0.4 * view.q_high);
  Rod rod;
  rod.fwhm = std::max(q * log_uniform(rng, 0.02, 0.3), 1.5 * view.q_pixel);
  rod.lorentz = chance(rng, 0.4) ? 1 : uniform(rng, 0, 1);
  set_profile(rng, view, rod);
  const double decay = uniform(rng, 0.3, 1.5);
  const double strength =
      height * (rod.profile == RodProfile::kFringes ? log_uniform(rng, 1, 30) : 1);
  const int orders = whole(rng, 1, 4);
  for (int i = 0; i < orders; ++i) {
    const double ratio = ratios[static_cast<std::size_t>(i)];
    rod.q = q * ratio;
    rod.intensity = strength * std::exp(-decay * (ratio - 1));
    scene.rods.push_back(rod);
  }
}

// Crystals of a film that share the direction across it and are turned about it: peaks on both
// sides, short rods. What is not upright has its peaks at two heights.
void add_peaks(Rng& rng, double height, const View& view, Scene& scene) {
  const double a = log_uniform(rng, 0.12, 0.4) * view.q_high;
  const double c = log_uniform(rng, 0.12, 0.4) * view.q_high;
  const bool centered = chance(rng, 0.4);
  const double lean = chance(rng, 0.35) ? c * uniform(rng, 0.05, 0.5) : 0;
  Rod rod;
  rod.fwhm = std::max(a * log_uniform(rng, 0.02, 0.12), 1.5 * view.q_pixel);
  rod.lorentz = uniform(rng, 0, 0.7);
  rod.profile = chance(rng, 0.6) ? RodProfile::kGaussian : RodProfile::kLorentzian;
  rod.q_z_fwhm = rod.fwhm * uniform(rng, 0.8, 2.5);
  for (int h = 0; h <= 2; ++h) {
    for (int l = 0; l <= 3; ++l) {
      if ((h == 0 && l == 0) || (centered && (h + l) % 2 == 1)) continue;
      if (std::hypot(h * a, l * c) > 0.9 * view.q_high || chance(rng, 0.2)) continue;
      rod.q = h * a;
      rod.intensity = height * log_uniform(rng, 0.1, 4);
      for (const double side : {1.0, -1.0}) {
        rod.q_z = l * c + side * h * lean;
        if (rod.q_z < 0 || (side < 0 && h * lean == 0)) continue;
        scene.rods.push_back(rod);
      }
    }
  }
}

// Islands that stand alone or beside each other: their form factor shows.
void add_islands(Rng& rng, double height, const Beamline& beamline, const View& view,
                 Scene& scene) {
  Islands islands;
  const double radius = log_uniform(rng, 3, 25) / view.q_high;
  // Half of them so tall that they have fringes.
  const double tall = chance(rng, 0.5) ? radius * log_uniform(rng, 0.4, 2.5)
                                       : log_uniform(rng, 9, 40) / view.q_high;
  islands.shape = scattering::SurfaceCylinder{radius, tall};
  islands.radius_spread = log_uniform(rng, 0.01, chance(rng, 0.3) ? 0.05 : 0.2);
  islands.delta = std::min(1e-3, log_uniform(rng, 2e-6, 2e-5) * view.wavelength * view.wavelength);
  islands.beta = 0.01 * islands.delta;
  if (chance(rng, 0.5)) {
    islands.distance = radius * uniform(rng, 2.5, 8);
    islands.distance_spread = uniform(rng, 0.1, 0.4);
  }
  // A share density |contrast V|^2 / sin(alpha_i) of the beam goes into a solid angle.
  const double contrast = 2 * kPi * islands.delta / (view.wavelength * view.wavelength);
  const double volume = kPi * radius * radius * tall;
  const double share = std::pow(contrast * volume, 2) / std::sin(scene.surface->incidence);
  islands.density = std::min(1.0, height * log_uniform(rng, 3, 3000) * beamline.transmission *
                                      beamline.thickness_cm / share);
  scene.islands = islands;
}

// Fibre texture about the surface normal, planes parallel or upright.
void add_film_rings(Rng& rng, double height, const View& view, Scene& scene) {
  const std::size_t first = scene.rings.size();
  if (view.wide && chance(rng, 0.5)) {
    add_powder(rng, height, view, scene);
  } else {
    add_order(rng, height, view, scene);
  }
  if (scene.rings[first].grains > 0) return;
  const double eta = chance(rng, 0.6) ? arc_eta(rng) : 0;
  const double director = chance(rng, 0.65) ? kPi / 2 : chance(rng, 0.6) ? 0 : uniform(rng, 0, kPi);
  const int symmetry = chance(rng, 0.6) ? 2 : 2 * whole(rng, 2, 3);
  for (std::size_t i = first; i < scene.rings.size(); ++i) {
    scene.rings[i].orientation = eta;
    scene.rings[i].director = director;
    scene.rings[i].symmetry = chance(rng, 0.85) ? symmetry : 2 * whole(rng, 1, 3);
  }
}

}  // namespace

void fill_grazing(Rng& rng, double height, const Beamline& beamline, const View& view,
                  Scene& scene) {
  scene.surface = random_surface(rng, height, beamline, view);
  const double kind = uniform(rng, 0, 1);
  if (kind < (view.wide ? 0.26 : 0.34)) add_rods(rng, height, view, scene);
  if (kind > (view.wide ? 0.18 : 0.26) && kind < 0.68) add_film_rings(rng, height, view, scene);
  if (kind > 0.64 && kind < 0.85) add_peaks(rng, height, view, scene);
  if (!view.wide && kind > 0.79 && kind < 0.985) add_islands(rng, height, beamline, view, scene);
  if (chance(rng, view.wide ? 0.45 : 0.3)) {
    add_halo(rng, height * log_uniform(rng, 0.1, 2), view, scene);
  }
  if (chance(rng, view.wide ? 0.03 : 0.12)) {
    add_particles(rng, height * log_uniform(rng, 0.1, 3), view, scene);
  }
}

}  // namespace foray::simulator
