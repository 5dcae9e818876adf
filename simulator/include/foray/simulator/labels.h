#pragma once

#include <string>
#include <vector>

namespace foray::simulator {

/// Every label path that a simulated frame may carry, parents before their children: four
/// geometries ("transmission_small_angle", "transmission_wide_angle", "grazing_small_angle",
/// "grazing_wide_angle"), of which a frame that shows anything has exactly one, and below each the
/// features that may be seen in it. Wide angles are those of a detector whose good pixels reach
/// beyond 1.3 1/angstrom. A frame in which the sample cannot be told from dark counts (at grazing
/// incidence: from dark counts and parasitic scattering) has no label.
///
/// - "ring", and below it at most one of "lamellar", "hexagonal" and "oriented"; "oriented" means
///   visible arcs, whatever the lattice; a lattice is named when at least two of its orders are
///   visible, and where two are, the one with more counts;
/// - "arc" (visible preferred orientation), "halo", "higher_orders" (an order of a lattice beyond
///   the first) and "diffuse_low_q" (a power law, of the sample or of slits and air);
/// - cylinders of one direction and rough surfaces are "diffuse_low_q";
/// - of models the crests are halos from a width (at half maximum) of a quarter of their q and
/// rings
///   below, and what falls with q is "diffuse_low_q"; the spots of a crystal that stands still are
///   a ring with preferred orientation: "ring", "ring/oriented" and "arc";
/// - at grazing incidence "rod" (Bragg rods), "yoneda" and "horizon".
std::vector<std::string> label_paths();

/// When a component of a frame is called visible; both must hold. s is the component's expected
/// count in a pixel, n that of everything together; sums go over the pixels not masked. Of an arc,
/// s is what differs from its azimuthal mean over the pixels that see it.
struct VisibilityRule {
  /// sqrt(sum s^2 / n): the signal-to-noise ratio of the best linear detector of the component.
  double signal_to_noise = 12;
  /// sum (s^2 / n) / sum s: the component's share of the counts where it is.
  double share = 0.08;
  /// A frame with fewer counts than this on all good pixels has no label.
  double total_counts = 300;
};

}  // namespace foray::simulator
