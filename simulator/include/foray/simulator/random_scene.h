#pragma once

#include <string>

#include "foray/common/random.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

/// Which instruments and scenes are drawn.
struct RandomSceneOptions {
  double wide_angle = 0.45;  ///< share of beamlines that reach beyond 1.3 1/angstrom, in [0, 1].
  double grazing = 0.55;     ///< share of scenes at grazing incidence, in [0, 1].
  /// Detectors with more pixels are binned until they have no more, >= 1024. Frames for a network
  /// that sees 256 x 256 need no more than that.
  double max_pixels = 320000;
};

/// A beamline for training: any of the known detectors, 8 to 18 keV, small or wide angles, beam
/// centre in, near or off the frame, any kind of beamstop, tilts, noise and dead pixels. A third
/// have a detector of any shape of 64 to 330 pixels a side, with single lines, a grid or nothing
/// for gaps, some of them round; of those at small angles some see neutrons: 4 to 12 angstrom, a
/// spread of 5 to 15 %, few pixels.
/// @throws std::invalid_argument on an invalid option, naming the field.
Beamline random_beamline(Rng& rng, const RandomSceneOptions& options = {});

/// A scene that suits a beamline: features within its reach, with intensities such that an exposure
/// of 1 s gives from 0.02 to 1e5 counts a pixel at the crest of its main feature, over
/// backgrounds from none to hiding it. About one in thirty is empty.
/// @throws std::invalid_argument on an invalid option or beamline, naming the field.
Scene random_scene(Rng& rng, const Beamline& beamline, const RandomSceneOptions& options = {});

}  // namespace foray::simulator
