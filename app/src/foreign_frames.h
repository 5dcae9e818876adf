#pragma once

#include <cstdint>
#include <vector>

#include "foray/common/random.h"
#include "foray/scattering/measurement.h"

namespace foray::app {

/// Frames of one random instrument that are no scattering patterns as they stand, so that the
/// classifier learns what it cannot judge (`problem/foreign`): pictures of something else (domains
/// of a ferroelectric, shapes, strokes, waves, a test card, spirals), and frames that went wrong on
/// their way (two joined along a line, tiles of one, a double exposure, rows displaced in waves,
/// rows in the wrong order, counts that overflowed).
///
/// Source of the idea: Hendrycks, Mazeika, Dietterich (2019), arXiv:1812.04606. What
/// bench/classifier/unseen_kinds.h asks about is of none of these kinds.
/// @param seed  of all draws.
std::vector<scattering::Frame> foreign_frames(std::uint64_t seed, int count);

}  // namespace foray::app
