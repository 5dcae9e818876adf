#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "random_parts.h"
#include "units.h"

namespace foray::simulator {

namespace {

// A halo with a cusp and flanks that fall about as a power: Gaussians on each other, each `kRatio`
// times as wide as that before.
void add_tailed(Halo halo, double power, Scene& scene) {
  constexpr double kRatio = 2.2;
  for (int i = 0; i < 3; ++i) {
    scene.halos.push_back(halo);
    halo.width *= kRatio;
    halo.intensity *= std::pow(kRatio, -power);
  }
}

// Crowded particles, whose structure factor has its crest near q. Many keep others farther off than
// they themselves reach: micelles by their coronas.
void add_liquid(Rng& rng, double height, double q, const View& view, Scene& scene) {
  const double apart = 3.4 / q;  // the radius within which another one's cannot be
  const double radius = apart / uniform(rng, 1, 1.8);
  const bool fuzzy = chance(rng, 0.3);
  ModelCurve curve;
  curve.model = fuzzy ? "fuzzy_sphere@hardsphere" : "sphere@hardsphere";
  curve.values = {{"radius", radius},
                  {"volfraction", uniform(rng, 0.1, 0.45)},
                  {"radius_effective_mode", 0},  // as it is given
                  {"radius_effective", apart}};
  if (fuzzy) curve.values["fuzziness"] = radius * uniform(rng, 0.05, 0.3);
  scattering::Polydispersity spread;
  spread.width = uniform(rng, 0.02, 0.25);
  curve.distributions["radius"] = spread;
  add_model(std::move(curve), height, std::max(q, view.q_low), scene);
}

}  // namespace

void add_halo(Rng& rng, double height, const View& view, Scene& scene) {
  Halo halo;
  halo.q = view.wide ? std::min(uniform(rng, 1.0, 2.2), 0.6 * view.q_high)
                     : log_uniform(rng, 0.1, 0.6) * view.q_high;
  const double kind = uniform(rng, 0, 1);
  if (kind < 0.12) {  // flanks of other shapes
    ModelCurve curve;
    curve.model = "broad_peak";
    curve.values = {{"porod_scale", 0},
                    {"peak_scale", 1},
                    {"peak_pos", halo.q},
                    {"correlation_length", 2 / (halo.q * uniform(rng, 0.28, 0.9))},
                    {"shape_exp", uniform(rng, 1.6, 3)}};
    return add_model(std::move(curve), height, halo.q, scene);
  }
  if (kind < 0.38) return add_liquid(rng, height, halo.q, view, scene);
  if (kind < 0.44) {
    ModelCurve curve;
    curve.model = "teubner_strey";
    curve.values = {{"d", 2 * kPi / halo.q}, {"xi", 2 * kPi / halo.q * uniform(rng, 0.3, 0.9)}};
    return add_model(std::move(curve), height, halo.q, scene);
  }
  const bool tailed = kind < 0.63;
  halo.intensity = height;
  halo.width = halo.q * (tailed ? uniform(rng, 0.105, 0.22)
                                : uniform(rng, 0.13, chance(rng, 0.2) ? 0.7 : 0.32));
  if (chance(rng, 0.5)) {
    halo.orientation = uniform(rng, 0.1, 0.9);
    halo.symmetry = chance(rng, 0.7) ? 2 : 2 * whole(rng, 2, 3);
    halo.director = uniform(rng, 0, kPi);
  }
  if (tailed) {
    add_tailed(halo, uniform(rng, 1.5, 4), scene);
  } else {
    scene.halos.push_back(halo);
  }
}

namespace {

// Long across `direction`, as strong as `there` where it passes q.
Diffuse ray_of(Rng& rng, double along, double ratio, double q, double there, double direction) {
  Diffuse ray;
  ray.exponent = uniform(rng, 2.5, 4.5);
  ray.width = 1 / along;
  ray.length = ratio / along;
  ray.direction = direction;
  const double u = ray.width * q;
  ray.intensity = there * std::pow(1 + u * u, 0.5 * ray.exponent);
  return ray;
}

// Lobes at the beam, in a direction or to both sides of it, which leave what lies at q to be seen.
// Where arcs lie.
double add_lobes(Rng& rng, double height, double q, bool oblique, Scene& scene) {
  const double direction = chance(rng, 0.4) ? 0.5 * kPi * whole(rng, 0, 1) : uniform(rng, 0, kPi);
  const double there = height * log_uniform(rng, 0.005, 2);
  const double ratio = log_uniform(rng, 1.5, 20), along = q * log_uniform(rng, 0.06, 0.7);
  Diffuse lobe = ray_of(rng, along, ratio, q, there, direction);
  lobe.intensity = std::min(lobe.intensity, height * log_uniform(rng, 10, 3000));
  if (chance(rng, oblique ? 0.6 : 0.3)) {
    const double half = uniform(rng, 0.15, 0.9);
    lobe.direction = direction - half;
    scene.diffuse.push_back(lobe);
    lobe.direction = direction + half;
  }
  scene.diffuse.push_back(lobe);
  return chance(rng, oblique ? 0.3 : 0.6) ? direction + 0.5 * kPi : direction;
}

// A faint streak that joins the arcs.
void add_streak(Rng& rng, double height, double q, const std::vector<double>& directors,
                Scene& scene) {
  const double there = height * log_uniform(rng, 0.01, 0.5);
  const double ratio = log_uniform(rng, 4, 60), along = q * log_uniform(rng, 0.3, 3);
  Diffuse streak = ray_of(rng, along, ratio, q, there, 0);
  for (const double director : directors) {
    streak.direction = director + 0.5 * kPi;
    scene.diffuse.push_back(streak);
  }
}

// Directors of a fibre's arcs. Of one oblique to the beam arcs and lobes are on one side, and the
// arcs not opposite to each other but both nearer to it: of two directors one end each is lit.
std::vector<double> add_side(Rng& rng, double director, bool oblique, Scene& scene) {
  if (!oblique) return {director};
  scene.one_sided = uniform(rng, 0.7, 1);
  scene.side = director + (chance(rng, 0.5) ? 0.5 : -0.5) * kPi + uniform(rng, -0.2, 0.2);
  if (chance(rng, 0.25)) return {director};
  const double nearer = uniform(rng, 0.05, 0.6);
  return {scene.side + 0.5 * kPi - nearer, scene.side - 0.5 * kPi + nearer};
}

}  // namespace

void add_fibre(Rng& rng, double height, const View& view, Scene& scene) {
  const bool oblique = chance(rng, 0.65);
  const double low = std::max(1.5 * view.q_low, 0.12 * view.q_high);
  const double q = log_uniform(rng, low, std::max(1.01 * low, 0.7 * view.q_high));
  const double director = add_lobes(rng, height, q, oblique, scene);
  const std::vector<double> directors = add_side(rng, director, oblique, scene);
  if (chance(rng, 0.5)) add_streak(rng, height, q, directors, scene);
  if (chance(rng, 0.4)) {
    Halo halo;
    halo.q = q;
    halo.intensity = height;
    halo.width = q * uniform(rng, 0.12, 0.3);
    halo.orientation = uniform(rng, 0.3, 0.92);
    const double power = uniform(rng, 1.5, 6);
    for (const double one : directors) {
      halo.director = one;
      add_tailed(halo, power, scene);
    }
    return;
  }
  Ring arc;
  arc.orientation = 1 - log_uniform(rng, 0.015, 0.2);
  arc.lorentz = uniform(rng, 0, 1);
  arc.lattice = chance(rng, 0.7) ? Lattice::kLamellar : Lattice::kNone;
  arc.fwhm = std::max(q * log_uniform(rng, 0.01, 0.1), 1.2 * view.q_pixel);
  const int orders = arc.lattice == Lattice::kLamellar ? whole(rng, 1, 4) : 1;
  double strength = height;
  for (arc.order = 1; arc.order <= orders && arc.order * q < view.q_high; ++arc.order) {
    arc.q = arc.order * q;
    arc.intensity = 1.2 * strength * arc.fwhm;
    for (const double one : directors) {
      arc.director = one;
      scene.rings.push_back(arc);
    }
    strength *= log_uniform(rng, 0.05, 0.7);
  }
}

void add_undulating(Rng& rng, double height, const View& view, Scene& scene) {
  const double low = std::max(1.5 * view.q_low, 0.12 * view.q_high);
  Ring ring;
  const double q = log_uniform(rng, low, std::max(1.01 * low, 0.5 * view.q_high));
  const double width = q * log_uniform(rng, 0.008, 0.04), growth = uniform(rng, 1, 2.5);
  ring.lorentz = uniform(rng, 0.6, 1);
  ring.lattice = Lattice::kLamellar;
  if (chance(rng, 0.25)) {
    ring.orientation = arc_eta(rng);
    ring.director = uniform(rng, 0, kPi);
  }
  Halo halo;
  halo.intensity = height * log_uniform(rng, 0.05, 3);
  halo.width = q * uniform(rng, 0.12, chance(rng, 0.4) ? 0.9 : 0.5);
  halo.orientation = chance(rng, 0.5) ? 0.7 * ring.orientation : 0;
  halo.director = ring.director;
  const int orders = whole(rng, 1, 3), halos = whole(rng, 1, 2);
  double strength = height;
  for (ring.order = 1; ring.order <= orders && ring.order * q < view.q_high; ++ring.order) {
    ring.q = ring.order * q;
    ring.fwhm = std::max(width * std::pow(ring.order, growth), 1.2 * view.q_pixel);
    ring.intensity = 1.2 * strength * ring.fwhm;
    scene.rings.push_back(ring);
    strength *= log_uniform(rng, 0.03, 0.5);
  }
  for (int i = 1; i <= halos && i * q < view.q_high; ++i) {
    halo.q = i * q * uniform(rng, 0.95, 1.1);
    add_tailed(halo, uniform(rng, 1.5, 6), scene);
    halo.intensity *= log_uniform(rng, 0.1, 0.6);
  }
}

}  // namespace foray::simulator
