#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foray/common/random.h"
#include "foray/scattering/measurement.h"

namespace foray::bench {

// Kinds of frames that no classifier was trained on. The first ones are drawn on instruments like
// those of training, the others are made of simulated frames.
std::vector<std::string> drawn_kinds();
std::vector<std::string> spoilt_kinds();

// clouds: smooth random fields. texture, atoms, grain: patterns of the 17 plane groups.
scattering::Frame draw_unseen(const std::string& kind, std::uint64_t seed, std::uint64_t index);

// shuffled: blocks of an eighth of the sides in another order. torn: every row pushed along itself.
// inverted: bright where it was dark. saturated: rectangles at the highest count over half of it.
// wrong_centre: said to be centred elsewhere, by a third of the detector's sides.
scattering::Frame spoil(const std::string& kind, scattering::Frame frame, Rng& rng);

}  // namespace foray::bench
