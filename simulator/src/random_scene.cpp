#include "foray/simulator/random_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "draw.h"
#include "foray/common/check.h"
#include "units.h"

namespace foray::simulator {

namespace {

int whole(Rng& rng, int lower, int upper) {  // both ends included
  return std::min(upper, static_cast<int>(uniform(rng, lower, upper + 1)));
}

void check(const RandomSceneOptions& options) {
  require_in_range("random_scene: wide_angle", options.wide_angle, 0, 1);
  require_in_range("random_scene: grazing", options.grazing, 0, 1);
}

// What a scene must know of a beamline: q that it reaches, q per pixel, counts in 1 s of 1/cm.
struct View {
  double q_low, q_high, q_pixel, counts, wavelength;
  bool wide;
};

View view_of(const Beamline& beamline) {
  const scattering::Geometry& geometry = beamline.geometry;
  View view{};
  view.wavelength = geometry.wavelength * 1e10;
  const auto slow = static_cast<double>(beamline.slow), fast = static_cast<double>(beamline.fast);
  for (const double i : {0.0, 0.5, 1.0}) {
    for (const double j : {0.0, 0.5, 1.0}) {
      const Eigen::Vector3d t = scattering::position(geometry, i * slow, j * fast);
      view.q_high = std::max(view.q_high, scattering::q_of(geometry, t));
    }
  }
  view.q_pixel = 2 * kPi / view.wavelength * geometry.pixel1 / geometry.dist;
  view.q_low = std::min(12 * view.q_pixel, 0.2 * view.q_high);
  view.counts = std::max(beamline.flux, 1.0) * beamline.transmission * beamline.thickness_cm *
                beamline.efficiency * geometry.pixel1 * geometry.pixel2 /
                (geometry.dist * geometry.dist);
  view.wide = view.q_high > 1;
  return view;
}

// The first ring of a lattice, by the height of its crest [1/cm].
struct Crest {
  double q, height, fwhm, eta;
};

void add_lattice(Rng& rng, Lattice lattice, const Crest& first, const View& view, Scene& scene) {
  static constexpr std::array<double, 6> kLamellar = {1, 2, 3, 4, 5, 6};
  static constexpr std::array<double, 6> kHexagonal = {1, 1.7320508, 2, 2.6457513, 3, 3.4641016};
  const double decay = log_uniform(rng, 0.1, 1.2);
  const double director = uniform(rng, 0, kPi);
  const int symmetry = first.eta > 0 && chance(rng, 0.3) ? 2 * whole(rng, 2, 3) : 2;
  const double lorentz = uniform(rng, 0, 0.8);
  const double broadening = chance(rng, 0.3) ? uniform(rng, 0, 0.15) : 0;
  for (std::size_t i = 0; i < kLamellar.size(); ++i) {
    const double ratio = lattice == Lattice::kHexagonal ? kHexagonal[i] : kLamellar[i];
    if (first.q * ratio > view.q_high) break;
    const double fall = std::exp(-decay * (ratio * ratio - 1)) * (i ? uniform(rng, 0.2, 1.2) : 1);
    Ring ring;
    ring.q = first.q * ratio;
    ring.fwhm = first.fwhm * (1 + broadening * static_cast<double>(i));
    ring.intensity = first.height * 1.2 * ring.fwhm * std::max(fall, 0.002);
    ring.lorentz = lorentz;
    ring.orientation = first.eta;
    ring.symmetry = symmetry;
    ring.director = director;
    ring.lattice = lattice;
    ring.order = static_cast<int>(i) + 1;
    scene.rings.push_back(ring);
  }
}

double ring_width(Rng& rng, double q, const View& view) {
  return std::max(q * log_uniform(rng, 0.01, 0.3), 1.5 * view.q_pixel);
}

void add_powder(Rng& rng, double height, const View& view, Scene& scene) {
  const int lines = whole(rng, 2, 9);
  const double width = log_uniform(rng, 0.01, 0.08);
  const double eta = chance(rng, 0.3) ? uniform(rng, 0.3, 0.92) : 0;
  const double director = uniform(rng, 0, kPi);
  for (int i = 0; i < lines; ++i) {
    Ring ring;
    ring.q = uniform(rng, 0.12 * view.q_high, 0.95 * view.q_high);
    ring.fwhm = std::max(width * (0.5 + ring.q / view.q_high), 1.5 * view.q_pixel);
    ring.intensity = height * 1.2 * ring.fwhm * log_uniform(rng, 0.05, 1);
    ring.lorentz = uniform(rng, 0.2, 1);
    ring.orientation = eta;
    ring.director = director;
    scene.rings.push_back(ring);
  }
}

void add_halo(Rng& rng, double height, const View& view, Scene& scene) {
  const double q = view.wide ? std::min(uniform(rng, 1.0, 2.2), 0.6 * view.q_high)
                             : uniform(rng, 0.2, 0.6) * view.q_high;
  scene.halos.push_back({q, height, q * uniform(rng, 0.13, 0.32)});
}

void add_background(Rng& rng, double height, const View& view, Scene& scene) {
  scene.background = height * log_uniform(rng, 0.002, 0.6);
  if (!chance(rng, 0.65)) return;
  scene.power_law_exponent = uniform(rng, 1.8, 4.5);
  // Given where it comes out from the beamstop.
  const double at_low_q = height * log_uniform(rng, 0.1, 60);
  scene.power_law_scale = at_low_q * std::pow(view.q_low / 0.01, scene.power_law_exponent);
}

double arc_eta(Rng& rng) { return 1 - log_uniform(rng, 0.04, 0.7); }

void add_order(Rng& rng, double height, const View& view, Scene& scene) {
  const double low = std::max(1.3 * view.q_low, 0.08 * view.q_high);
  const double q = log_uniform(rng, low, std::max(1.01 * low, 0.55 * view.q_high));
  const double kind = uniform(rng, 0, 1);
  const Lattice lattice = kind < 0.45   ? Lattice::kLamellar
                          : kind < 0.88 ? Lattice::kHexagonal
                                        : Lattice::kNone;
  const double eta = chance(rng, 0.33) ? arc_eta(rng) : 0;
  add_lattice(rng, lattice, {q, height, ring_width(rng, q, view), eta}, view, scene);
  if (lattice == Lattice::kNone) scene.rings.resize(1);
}

void fill_transmission(Rng& rng, double height, const View& view, Scene& scene) {
  const double kind = uniform(rng, 0, 1);
  if (view.wide && kind < 0.5) {
    add_powder(rng, height, view, scene);
    if (chance(rng, 0.5)) add_halo(rng, height * log_uniform(rng, 0.1, 1), view, scene);
  } else if (kind < 0.7) {
    add_order(rng, height, view, scene);
    if (chance(rng, 0.15)) add_halo(rng, height * log_uniform(rng, 0.1, 1), view, scene);
  } else if (kind < 0.9) {
    add_halo(rng, height, view, scene);
  }
}

Surface random_surface(Rng& rng, const Beamline& beamline, const View& view) {
  Surface surface;
  // delta in proportion to wavelength^2: from an organic film to a heavy oxide.
  surface.delta = log_uniform(rng, 1.3e-6, 6e-6) * view.wavelength * view.wavelength;
  surface.beta = surface.delta * log_uniform(rng, 1e-3, 5e-2);
  surface.incidence = std::sqrt(2 * surface.delta) * uniform(rng, 0.7, 2.5);
  surface.streak_exponent = uniform(rng, 2, 4);
  surface.streak_fwhm = view.q_pixel * uniform(rng, 1, 5);
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

void add_rods(Rng& rng, double height, const View& view, Scene& scene) {
  static constexpr std::array<double, 4> kStripes = {1, 2, 3, 4};
  static constexpr std::array<double, 4> kDots = {1, 1.7320508, 2, 2.6457513};
  const std::array<double, 4>& ratios = chance(rng, 0.5) ? kStripes : kDots;
  const double q = log_uniform(rng, 0.08 * view.q_high, 0.4 * view.q_high);
  const double fwhm = std::max(q * log_uniform(rng, 0.02, 0.25), 1.5 * view.q_pixel);
  const double decay = uniform(rng, 0.3, 1.5);
  const double tall = log_uniform(rng, 2, 30) / view.q_high;
  const int orders = whole(rng, 1, 4);
  for (int i = 0; i < orders; ++i) {
    const double ratio = ratios[static_cast<std::size_t>(i)];
    scene.rods.push_back(
        {q * ratio, height * std::exp(-decay * (ratio - 1)), fwhm, tall, uniform(rng, 0.08, 0.4)});
  }
}

void fill_grazing(Rng& rng, double height, const Beamline& beamline, const View& view,
                  Scene& scene) {
  scene.surface = random_surface(rng, beamline, view);
  if (chance(rng, 0.7)) scene.surface->streak = height * log_uniform(rng, 0.05, 30);
  const double kind = uniform(rng, 0, 1);
  if (kind < (view.wide ? 0.25 : 0.55)) add_rods(rng, height, view, scene);
  if (kind > (view.wide ? 0.15 : 0.5) && kind < 0.85) {
    const std::size_t first = scene.rings.size();
    if (view.wide && chance(rng, 0.5)) {
      add_powder(rng, height, view, scene);
    } else {
      add_order(rng, height, view, scene);
    }
    // Fibre texture about the surface normal, planes parallel or upright.
    const double eta = chance(rng, 0.7) ? arc_eta(rng) : 0;
    const double director = chance(rng, 0.75) ? kPi / 2 : 0;
    for (std::size_t i = first; i < scene.rings.size(); ++i) {
      scene.rings[i].orientation = eta;
      scene.rings[i].director = director;
      scene.rings[i].symmetry = 2;
    }
  }
  if (chance(rng, view.wide ? 0.5 : 0.25)) {
    add_halo(rng, height * log_uniform(rng, 0.1, 1), view, scene);
  }
}

}  // namespace

Scene random_scene(Rng& rng, const Beamline& beamline, const RandomSceneOptions& options) {
  check(options);
  validate(beamline);
  const View view = view_of(beamline);
  Scene scene;
  scene.background = 0;
  if (chance(rng, 0.03)) return scene;
  const double height = log_uniform(rng, 0.3, 3000) / view.counts;  // [1/cm]
  if (chance(rng, options.grazing)) {
    fill_grazing(rng, height, beamline, view, scene);
  } else {
    fill_transmission(rng, height, view, scene);
  }
  add_background(rng, height, view, scene);
  return scene;
}

}  // namespace foray::simulator
