#pragma once

#include "foray/common/draws.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// What a scene must know of a beamline: q that it reaches, q per pixel and resolution
// [1/angstrom], counts in 1 s of 1/cm.
struct View {
  double q_low, q_high, q_pixel, resolution, counts, wavelength;
  bool wide;
};

View view_of(const Beamline& beamline);

int whole(Rng& rng, int lower, int upper);  // both ends included

// Parts of random scenes; height: of the main crest [1/cm]. Each adds itself to a scene.
void add_order(Rng& rng, double height, const View& view, Scene& scene);    // a lattice's rings
void add_powder(Rng& rng, double height, const View& view, Scene& scene);   // lines
void add_crystal(Rng& rng, double height, const View& view, Scene& scene);  // spots
void add_halo(Rng& rng, double height, const View& view, Scene& scene);
// Lobes at the beam, and arcs or a halo of two lobes along them or across.
void add_fibre(Rng& rng, double height, const View& view, Scene& scene);
// Membranes that undulate: sharp orders, each on a wide crest.
void add_undulating(Rng& rng, double height, const View& view, Scene& scene);
void add_particles(Rng& rng, double height, const View& view, Scene& scene);
void add_cylinders(Rng& rng, double height, const View& view, Scene& scene);
void add_diffuse(Rng& rng, double height, const View& view, Scene& scene);   // same all round
void add_directed(Rng& rng, double height, const View& view, Scene& scene);  // ellipses, streaks
void add_high_q(Rng& rng, double height, const View& view, Scene& scene);

// A model whose curve is `height` where its plateau or the detector begins.
void add_model(ModelCurve curve, double height, double q, Scene& scene);

// A random degree of orientation, from hardly to sharply oriented.
double arc_eta(Rng& rng);

// Surface, rods, islands and what a film holds.
void fill_grazing(Rng& rng, double height, const Beamline& beamline, const View& view,
                  Scene& scene);

}  // namespace foray::simulator
