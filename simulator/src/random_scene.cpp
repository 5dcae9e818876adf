#include "foray/simulator/random_scene.h"

#include <cmath>

#include "foray/common/check.h"
#include "random_parts.h"

namespace foray::simulator {

namespace {

void check(const RandomSceneOptions& options) {
  require_in_range("random_scene: wide_angle", options.wide_angle, 0, 1);
  require_in_range("random_scene: grazing", options.grazing, 0, 1);
}

using Part = void (*)(Rng&, double, const View&, Scene&);

// What a sample in transmission may be, and how often at small and wide angles.
struct Share {
  Part part;
  double small, wide;
};
constexpr Share kShares[] = {{add_order, 0.26, 0.2},       {add_halo, 0.125, 0.19},
                             {add_particles, 0.125, 0.06}, {add_crystal, 0.105, 0.13},
                             {add_directed, 0.07, 0.05},   {add_cylinders, 0.03, 0.0},
                             {add_powder, 0.045, 0.265},   {add_diffuse, 0.03, 0.04},
                             {add_fibre, 0.19, 0.05},      {add_undulating, 0.02, 0.015}};

void add_part(Rng& rng, double height, const View& view, Scene& scene) {
  double pick = uniform(rng, 0, 1);
  for (const Share& share : kShares) {
    pick -= view.wide ? share.wide : share.small;
    if (pick < 0) return share.part(rng, height, view, scene);
  }
}

void add_background(Rng& rng, double height, const View& view, Scene& scene) {
  scene.background = height * log_uniform(rng, 0.002, 0.6);
  if (chance(rng, 0.06)) scene.background = height * log_uniform(rng, 1, 30);
  if (chance(rng, 0.12)) add_diffuse(rng, height * log_uniform(rng, 0.03, 1), view, scene);
  if (chance(rng, 0.13)) add_directed(rng, height * log_uniform(rng, 0.03, 1), view, scene);
  if (chance(rng, 0.16)) add_high_q(rng, height, view, scene);
  if (!chance(rng, scene.one_sided > 0 ? 0.2 : 0.5)) return;
  scene.power_law_exponent = uniform(rng, 1.8, 4.5);
  // Given where it comes out from the beamstop.
  const double at_low_q = height * log_uniform(rng, 0.1, 60);
  scene.power_law_scale = at_low_q * std::pow(view.q_low / 0.01, scene.power_law_exponent);
}

}  // namespace

Scene random_scene(Rng& rng, const Beamline& beamline, const RandomSceneOptions& options) {
  check(options);
  validate(beamline);
  const View view = view_of(beamline);
  Scene scene;
  scene.background = 0;
  if (chance(rng, 0.03)) {
    scene.beam = chance(rng, 0.3) ? 0 : 1;
    return scene;
  }
  // Counts a pixel at the crest of the main part, some of them weak or strong everywhere.
  const double kind = uniform(rng, 0, 1);
  const double counts = kind < 0.06   ? log_uniform(rng, 0.02, 0.5)
                        : kind < 0.12 ? log_uniform(rng, 3e3, 3e5)
                                      : log_uniform(rng, 0.3, 3000);
  const double height = counts / view.counts;  // [1/cm]
  if (chance(rng, options.grazing)) {
    fill_grazing(rng, height, beamline, view, scene);
  } else {
    add_part(rng, height, view, scene);
    if (chance(rng, 0.25)) add_part(rng, height * log_uniform(rng, 0.05, 1), view, scene);
  }
  add_background(rng, height, view, scene);
  if (!scene.spots.empty()) scene.one_sided = 0;
  return scene;
}

}  // namespace foray::simulator
