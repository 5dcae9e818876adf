#pragma once

#include <string>
#include <vector>

namespace foray::simulator {

/// Every label path that a simulated frame may carry, parents before their children. "Visible" is
/// what VisibilityRule calls so; most other numbers are there as well.
///
/// Four geometries ("transmission_small_angle", "transmission_wide_angle", "grazing_small_angle",
/// "grazing_wide_angle"), of which a frame has at most one. Wide angles are
/// those of a detector whose good pixels reach beyond 1.3 1/angstrom. A frame in which nothing
/// beside dark counts is visible has none, nor has one at grazing incidence in which nothing of the
/// surface is: no horizon (it may be beside the detector), Yoneda band, rod, peak or island. Dark
/// counts are those of hot pixels as well, and all is as the sensor shows it: with its dead pixels,
/// spread and efficiencies.
///
/// Below each geometry what is seen, each by itself:
/// - "ring": a visible ring, also one made of many crystals' spots, or a crest of a model that is
///   narrower (at half maximum) than a quarter of its q (whether it is sharp or broad is told where
///   a thousandth of the models' reach is a twentieth of its width or less). Below it at most one
///   kind: "lamellar", "hexagonal" (two visible orders), "bcc", "fcc" (three), "oriented" (visible
///   arcs, whatever the lattice); of several the one with most counts, and none of a ring that is
///   made of spots. And traits of any visible
///   ring: "isotropic" (neither oriented nor uneven), "textured" (visibly uneven without a
///   direction: grains that overlap; polarization and shadows make none uneven), "spotted" (uneven
///   beyond spotted_variance: grains that can be told), "oriented_in_plane" and
///   "oriented_out_of_plane" (an arc with a maximum within in_plane_angle of the horizontal or the
///   vertical: at grazing incidence of the surface or its normal, in transmission of the detector's
///   fast or slow axis), "sharp" and "broad" (its width on the detector over its q).
/// - "arc": visible preferred orientation of a ring, that is what differs from its azimuthal mean.
/// - "bragg_peak": spots of few_crystals at most, what a paracrystal scatters around its lattice's
///   reflections where that is four times what its particles alone would, or at grazing incidence
///   short rods: crests along q_z shorter than short_rod of their width across.
/// - "halo": a Gaussian halo, of windows as well, or a wide crest of a model; below it "isotropic"
///   and "oriented" (visible direction).
/// - "symmetry_2", "symmetry_4", "symmetry_6": n of the azimuthal law of a visible arc or oriented
///   halo.
/// - "diffuse_low_q": what falls with q: power laws, of the sample or of slits and air, models,
///   Diffuse, cylinders, rough surfaces, islands without neighbours; below it "isotropic" and
///   "oriented" (a visible direction, of the sample; rough surfaces and islands have neither). What
///   lies below a halo of a model that is twice as high is its flank, and falls before it alone.
/// - "diffuse_high_q": what rises with q, as far as it differs from its mean over the detector.
/// - "form_factor": two visible oscillations of a form factor: crests of a model of particles
/// (where
///   the first is one of their structure factor, more than .15 of the largest value: beyond it),
///   fringes along rods, crests of islands over the exit angle or, without neighbours, along the
///   surface. A model of particles is one that knows an effective radius
///   (scattering::Model::radius_modes is not empty): crests of sums and products of models, and of
///   those without one, such as lamellae, are told as rings and halos.
/// - "higher_orders": an order of a lattice beyond the first. "many_rings": many_rings visible
///   rings at least that lie a width apart.
/// - at grazing incidence "rod" (Bragg rods), "specular_rod" (a streak in the plane of incidence),
///   "yoneda" and "horizon" (what the film scatters to exit angles with a sine of up to .1, or four
///   times the critical one, above it and not below is visible, and is horizon_share of the counts
///   there; 200 pixels at least lie on either side).
///
/// And aspects, of every frame:
/// - "instrument/beamstop_circular", "_linear", "_wedge": the kind that shadows pixels of the
///   frame, where these are not masked (Beamline::beamstop_masked) visibly: were there as many
///   counts a pixel as beside it, those lost would be visible; "instrument/beam_off_image": the
///   direct beam misses the detector; "instrument/gaps": rows or columns between modules; what is
///   dead beyond the rim of a round plate, or along the edges, is none.
/// - "problem/saturation": saturated_pixels good ones at least are expected at the limit;
///   "problem/blocked": what an obstruction that is not masked takes away is visible (not counting
///   its rim, where the sensor spreads light into the shadow), on blocked_share of the good pixels
///   at least; "problem/zingers": hits good pixels at least that stand out below the limit by
///   themselves, hot ones included (hits are drawn with a frame's noise, so that only
///   FrameMaker::make knows of them); "problem/parasitic_streaks": visible
///   streaks of slits; "problem/weak": something is visible, but not one good pixel in fifty has
///   weak_counts; "problem/strong": nine good pixels of ten have strong_counts; "problem/empty":
///   beside dark counts, slits, air, windows and flat background nothing is visible (at grazing
///   incidence flat background that shows the surface is not empty); "problem/misaligned":
///   something is visible and the stated beam centre is off by misaligned of
///   the detector's longer side; "problem/high_background": dark counts, air, windows and flat
///   background are background_share of the counts or more.
std::vector<std::string> label_paths();

/// When a component of a frame is called visible; both must hold. s is the component's expected
/// count in a pixel, n that of everything together, as far as they are below the detector's limit;
/// sums go over the pixels not masked. Of an arc, s is what differs from its azimuthal mean over
/// the pixels that see it.
struct VisibilityRule {
  /// sqrt(sum s^2 / n): the signal-to-noise ratio of the best linear detector of the component.
  double signal_to_noise = 12;
  /// sum (s^2 / n) / sum |s|: the component's share of the counts where it is.
  double share = 0.08;
  /// A frame with fewer counts than this on all good pixels has no geometry.
  double total_counts = 300;

  double sharp = 0.025, broad = 0.1;           ///< widths of rings over their q: below, above.
  double spotted_variance = 1;                 ///< of a ring's intensity along it, whose mean is 1.
  double in_plane_angle = 0.2617993877991494;  ///< 15 degrees.
  int few_crystals = 4;
  double short_rod = 4;
  int many_rings = 5;
  int saturated_pixels = 5;
  double blocked_share = 0.01;
  int hits = 3;
  double weak_counts = 3, strong_counts = 100;
  double misaligned = 0.02;
  double background_share = 0.75;
  double horizon_share = 0.3;
};

}  // namespace foray::simulator
