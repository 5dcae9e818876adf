#pragma once

#include <cstdint>

#include "foray/common/random.h"
#include "foray/scattering/measurement.h"

namespace foray::app {

/// What a pipeline makes of a frame of counts before it hands it on: the values are no counts then,
/// and may be negative.
struct Correction {
  double scale = 1;       ///< of a photon that was counted, > 0.
  double background = 0;  ///< share of the darkest part's level that is taken away, in [0, 1].
  double exposure = 1;    ///< of the frame that tells it, over that of the frame itself, > 0.
  double falloff = 0;     ///< values farthest from the beam are multiplied with 1 + this, >= 0.
  bool errors = true;     ///< whether the frame says how large the errors are.
};

/// A random one; only where errors are told a background is taken away, for what is negative
/// without an error has no meaning to a program.
Correction draw_correction(Rng& rng);

/// Corrects counts. A pixel without counts has the error of one, as pipelines have it; the limit of
/// the detector is not known any more.
/// @param seed  of the counts of the frame that tells the background.
void correct(const Correction& how, std::uint64_t seed, scattering::Frame& frame);

}  // namespace foray::app
