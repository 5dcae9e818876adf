#include "random_parts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "units.h"

namespace foray::simulator {

namespace {

// Squares of the q of a lattice's orders, relative to each other.
struct Family {
  Lattice lattice;
  std::vector<int> squares;
  double share;  // of random lattices
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {Lattice::kLamellar, {1, 4, 9, 16, 25, 36, 49, 64, 81, 100}, 0.26},
      {Lattice::kHexagonal, {1, 3, 4, 7, 9, 12, 13}, 0.25},
      {Lattice::kBodyCentered, {2, 4, 6, 8, 10, 12, 14, 16}, 0.18},
      {Lattice::kFaceCentered, {3, 4, 8, 11, 12, 16, 19, 20}, 0.17},
      {Lattice::kOther, {6, 8, 14, 16, 20, 22, 24, 26}, 0.04},  // gyroid
      {Lattice::kOther, {1, 2, 3, 4, 5, 6, 8, 9}, 0.01},        // simple cubic
      {Lattice::kNone, {1}, 0.09}};
  return all;
}

// What all rings of one structure have in common along the azimuth.
struct Texture {
  double eta = 0, director = 0;
  int symmetry = 2;
  int grains = 0;
  double grain_fwhm = 0.05;
};

int random_symmetry(Rng& rng) { return chance(rng, 0.42) ? 2 : 2 * whole(rng, 2, 3); }

Texture random_texture(Rng& rng, const View& view) {
  Texture texture;
  texture.director = uniform(rng, 0, kPi);
  if (chance(rng, 0.3)) {  // along an axis of the detector
    texture.director = uniform(rng, -0.1, 0.1);
    texture.director += 0.5 * kPi * whole(rng, 0, 1);
  }
  const double kind = uniform(rng, 0, 1);
  if (kind < 0.32) {
    texture.eta = arc_eta(rng);
    texture.symmetry = random_symmetry(rng);
  } else if (kind < 0.57) {
    texture.grains = static_cast<int>(log_uniform(rng, 10, 1500));
    texture.grain_fwhm =
        std::max(log_uniform(rng, 0.008, 0.15), 3 * view.q_pixel / (0.5 * view.q_high));
  }
  return texture;
}

void set_texture(Rng& rng, const Texture& texture, Ring& ring) {
  ring.orientation = texture.eta;
  ring.symmetry = texture.symmetry;
  ring.director = texture.director;
  ring.grains = texture.grains;
  ring.grain_fwhm = texture.grain_fwhm;
  ring.grain_seed = rng();
}

double ring_width(Rng& rng, double q, const View& view) {
  return std::max(q * log_uniform(rng, 0.005, 0.3), 1.5 * view.q_pixel);
}

}  // namespace

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
  view.resolution = beamline.resolution_fwhm;
  view.q_low = std::min(12 * view.q_pixel, 0.2 * view.q_high);
  view.counts = std::max(beamline.flux, 1.0) * beamline.transmission * beamline.thickness_cm *
                beamline.efficiency * geometry.pixel1 * geometry.pixel2 /
                (geometry.dist * geometry.dist);
  view.wide = view.q_high > 1;
  return view;
}

int whole(Rng& rng, int lower, int upper) {
  return std::min(upper, static_cast<int>(uniform(rng, lower, upper + 1)));
}

double arc_eta(Rng& rng) { return 1 - log_uniform(rng, 0.04, 0.8); }

void add_model(ModelCurve curve, double height, double q, Scene& scene) {
  const scattering::Model model(curve.model);
  curve.values["background"] = 0;
  const double there =
      model.intensity(Eigen::VectorXd::Constant(1, q), curve.values, curve.distributions)[0];
  curve.scale = there > 0 ? height / there : 0;
  scene.curves.push_back(std::move(curve));
}

void add_order(Rng& rng, double height, const View& view, Scene& scene) {
  double pick = uniform(rng, 0, 1);
  const Family* family = families().data();
  for (const Family& one : families()) {
    family = &one;
    pick -= one.share;
    if (pick < 0) break;
  }
  const bool cubic = family->squares.size() == 8;
  const double low = std::max(1.3 * view.q_low, 0.08 * view.q_high);
  const double first =
      log_uniform(rng, low, std::max(1.01 * low, (cubic ? 0.42 : 0.55) * view.q_high));
  const double fwhm = ring_width(rng, first, view) * (cubic ? 0.5 : 1.0);
  const double decay = chance(rng, 0.15) ? 0.02 : log_uniform(rng, 0.04, 0.9);
  const double lorentz = uniform(rng, 0, 0.8);
  const double broadening = chance(rng, 0.3) ? uniform(rng, 0, 0.15) : 0;
  const Texture texture = random_texture(rng, view);
  for (std::size_t i = 0; i < family->squares.size(); ++i) {
    const double ratio = std::sqrt(static_cast<double>(family->squares[i]) /
                                   static_cast<double>(family->squares.front()));
    if (first * ratio > view.q_high) break;
    const double fall = std::exp(-decay * (ratio * ratio - 1)) * (i ? uniform(rng, 0.2, 1.2) : 1);
    Ring ring;
    ring.q = first * ratio;
    ring.fwhm = std::max(fwhm, 1.2 * view.q_pixel) * (1 + broadening * static_cast<double>(i));
    ring.intensity = height * 1.2 * ring.fwhm * std::max(fall, 0.002);
    ring.lorentz = lorentz;
    ring.lattice = family->lattice;
    ring.order = static_cast<int>(i) + 1;
    set_texture(rng, texture, ring);
    scene.rings.push_back(ring);
  }
}

void add_powder(Rng& rng, double height, const View& view, Scene& scene) {
  const int lines = chance(rng, 0.3) ? whole(rng, 10, 20) : whole(rng, 2, 9);
  const bool narrow = view.wide && chance(rng, 0.45);  // as far as the detector tells it
  const double width =
      (narrow ? log_uniform(rng, 5e-4, 0.004) : log_uniform(rng, 0.003, 0.03)) * view.q_high;
  const Texture texture = random_texture(rng, view);
  for (int i = 0; i < lines; ++i) {
    Ring ring;
    ring.q = uniform(rng, 0.12 * view.q_high, 0.95 * view.q_high);
    ring.fwhm = std::max(width * (0.5 + ring.q / view.q_high), (narrow ? 0.6 : 1.5) * view.q_pixel);
    ring.intensity = height * 1.2 * ring.fwhm * log_uniform(rng, 0.05, 1);
    ring.lorentz = uniform(rng, 0.2, 1);
    set_texture(rng, texture, ring);
    if (texture.eta > 0 && chance(rng, 0.3)) ring.director += 0.5 * kPi;  // other planes
    scene.rings.push_back(ring);
  }
}

void add_particles(Rng& rng, double height, const View& view, Scene& scene) {
  // From a plateau and little more to many oscillations.
  const double least = chance(rng, 0.3) ? 2 : 8;
  const double size = std::min(log_uniform(rng, least, 60) / view.q_high, 8 / view.q_low);
  const double kind = uniform(rng, 0, 1);
  ModelCurve curve;
  scattering::Polydispersity spread;
  spread.width = chance(rng, 0.65) ? uniform(rng, 0.01, 0.09) : uniform(rng, 0.09, 0.3);
  if (kind < 0.6) {
    curve.values["radius"] = size;
    curve.distributions["radius"] = spread;
  } else if (kind < 0.75) {
    curve.model = "core_shell_sphere";
    const double shell = uniform(rng, 0.05, 0.5);
    curve.values = {{"radius", size * (1 - shell)},
                    {"thickness", size * shell},
                    {"sld_core", uniform(rng, 0, 12)},
                    {"sld_shell", 4},
                    {"sld_solvent", 1}};
    curve.distributions["radius"] = spread;
  } else if (kind < 0.85) {
    curve.model = "sphere@hardsphere";
    curve.values = {{"radius", size},
                    {"volfraction", uniform(rng, 0.05, 0.45)},
                    {"radius_effective_mode", 0},  // as it is given
                    {"radius_effective", size * uniform(rng, 1, 1.4)}};
    curve.distributions["radius"] = spread;
  } else if (kind < 0.93) {
    curve.model = "ellipsoid";
    curve.values = {{"radius_polar", size * log_uniform(rng, 0.4, 3)}, {"radius_equatorial", size}};
  } else {
    curve.model = "cylinder";
    curve.values = {{"radius", 0.5 * size}, {"length", size * log_uniform(rng, 0.3, 8)}};
  }
  // A form factor falls by orders of magnitude before it oscillates.
  const double q = std::max(view.q_low, 0.5 / size);
  add_model(std::move(curve), height * log_uniform(rng, 2, 5000), q, scene);
}

void add_cylinders(Rng& rng, double height, const View& view, Scene& scene) {
  OrientedCylinders cylinders;
  cylinders.radius = std::min(log_uniform(rng, 2, 20) / view.q_high, 8 / view.q_low);
  cylinders.length = std::min(cylinders.radius * log_uniform(rng, 0.5, 20), 200 / view.q_high);
  cylinders.radius_spread = uniform(rng, 0, 0.15);
  cylinders.length_spread = uniform(rng, 0.05, 0.3);
  // Across the beam, turned and jittered about it.
  cylinders.theta = 0.5 * kPi;
  cylinders.phi = uniform(rng, 0, kPi);
  cylinders.phi_spread = uniform(rng, 0.05, 0.5);
  const double area = kPi * cylinders.radius * cylinders.radius;
  const double contrast = cylinders.sld - cylinders.sld_solvent;
  // Small q: scale contrast^2 V.
  cylinders.scale =
      height * log_uniform(rng, 1, 100) / (1e-4 * contrast * contrast * area * cylinders.length);
  cylinders.points = 21;
  scene.cylinders.push_back(cylinders);
}

void add_diffuse(Rng& rng, double height, const View& view, Scene& scene) {
  Diffuse diffuse;
  diffuse.intensity = height * log_uniform(rng, 0.5, 50);
  diffuse.length = diffuse.width = 1 / log_uniform(rng, view.q_low, 0.6 * view.q_high);
  const double kind = uniform(rng, 0, 1);
  diffuse.exponent = kind < 0.3 ? 0 : kind < 0.6 ? 2 : kind < 0.9 ? 4 : uniform(rng, 1.5, 5);
  scene.diffuse.push_back(diffuse);
}

void add_directed(Rng& rng, double height, const View& view, Scene& scene) {
  Diffuse diffuse;
  diffuse.direction = chance(rng, 0.4) ? 0.5 * kPi * whole(rng, 0, 1) : uniform(rng, 0, kPi);
  const double kind = uniform(rng, 0, 1);
  diffuse.exponent = kind < 0.2 ? 0 : kind < 0.5 ? 2 : uniform(rng, 2.5, 4.5);
  // Where it falls to the half, across and along: an ellipse, or a streak.
  const double along = log_uniform(rng, view.q_low, 0.7 * view.q_high);
  const double across =
      std::max(along / (chance(rng, 0.6) ? log_uniform(rng, 1.25, 5) : log_uniform(rng, 5, 60)),
               view.q_pixel);
  diffuse.width = 1 / along;
  diffuse.length = 1 / across;
  // Given on its long axis where it comes out from the beamstop.
  const double u = diffuse.width * view.q_low;
  const double there =
      diffuse.exponent == 0 ? std::exp(-u * u / 3) : std::pow(1 + u * u, -0.5 * diffuse.exponent);
  diffuse.intensity = height * log_uniform(rng, 0.3, 100) / there;
  scene.diffuse.push_back(diffuse);
}

void add_high_q(Rng& rng, double height, const View& view, Scene& scene) {
  scene.high_q = height * log_uniform(rng, 0.1, 3);
  scene.high_q_length = log_uniform(rng, 0.3, 2.5) / view.q_high;
}

}  // namespace foray::simulator
