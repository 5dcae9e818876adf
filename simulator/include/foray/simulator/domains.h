#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foray/scattering/image.h"

namespace foray::simulator {

/// How the domains of a ferroelectric lie, as piezoresponse force microscopy shows them.
enum class DomainKind {
  kStripes,    ///< up and down in turns, slightly bent.
  kLabyrinth,  ///< the same without a direction.
  kBubbles,    ///< round domains, crowded as in a hexagonal lattice with disorder and vacancies.
  kNeedles,    ///< long wedges along one axis, from either side.
  kAcDomains,  ///< patches of thin bands, along one of two directions at right angles.
  kVortices    ///< six domains in turns about each core, as in hexagonal manganites.
};

/// "stripes", "labyrinth", "bubbles", "needles", "ac_domains", "vortices".
std::string_view name_of(DomainKind kind);

/// How an image of domains is drawn. Ranges are drawn from by their logarithm, noise evenly.
struct DomainOptions {
  int rows = 128;            ///< 16 to 4096.
  int columns = 128;         ///< 16 to 4096.
  double least_period = 10;  ///< from a domain to the next of its sign [pixels], >= 4.
  double most_period = 32;   ///< >= least_period, at most half the shorter side.
  double least_wall = 0.06;  ///< width of a wall, a part of the period, in [0.01, 0.25].
  double most_wall = 0.2;    ///< likewise, >= least_wall.
  double least_noise = 0;    ///< of a pixel, in standard deviations of the clean image, >= 0.
  double most_noise = 0.5;   ///< >= least_noise.
};

/// An image of domains with what is true of it.
struct DomainImage {
  scattering::Image image;  ///< mean 0 and standard deviation 1 before noise.
  DomainKind kind = DomainKind::kStripes;
  double period = 0;  ///< mean distance of stripes, labyrinth walls of one sign, bubbles, needles
                      ///< across, bands or vortex cores [pixels].
  /// From the columns' axis towards the rows': where stripes and needles run (modulo pi), bands
  /// (pi / 2) or a row of bubbles (pi / 3) [rad]; labyrinths and vortices have none.
  std::optional<double> orientation;
  double wall_width = 0;  ///< w of the profile tanh(2 d / w) at a distance d [pixels].
  double noise = 0;       ///< as of the options.
};

/// Draws an image of domains of a kind: period, orientation, places, wall width and noise at
/// random, the same for the same seed and index.
///
/// Distances from a wall are exact for bubbles, for needles but outside their tips, and for bands
/// but at the borders of their patches; to first order elsewhere.
///
/// @throws std::invalid_argument naming the option that is out of range, and least_period where
///         it makes more than 1e10 steps of so many pixels.
///
/// Sources: Mermin (1979), doi:10.1103/RevModPhys.51.591, for the phase about vortices; Choi et al.
/// (2010), doi:10.1038/nmat2632, for the six domains about each; Cahn (1965),
/// doi:10.1063/1.1695731, for labyrinths as waves of nearly one length in all directions.
DomainImage draw_domains(DomainKind kind, const DomainOptions& options, std::uint64_t seed,
                         std::uint64_t index);

}  // namespace foray::simulator
