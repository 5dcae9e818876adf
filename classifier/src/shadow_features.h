#pragma once

#include <vector>

#include "binning.h"

namespace foray::classifier {

// What casts a shadow about the beam and is in no mask: 3 numbers of each of kMaskRadii circles.
// Share of the directions that are dark beside the others of the circle; longest run of directions
// that are dark or masked; ln of the circle's median over the most that a circle outside of it has:
// a beamstop makes it negative where a pattern alone rises. `scale` turns values into counts.
std::vector<float> shadow_features(const BinningTable& table, const scattering::Image& counts,
                                   double scale);

}  // namespace foray::classifier
