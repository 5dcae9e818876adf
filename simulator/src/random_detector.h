#pragma once

#include "foray/common/random.h"
#include "foray/scattering/image.h"
#include "foray/simulator/detector.h"

namespace foray::simulator {

// A detector of a random beamline with its mask.
struct DrawnDetector {
  Detector detector;
  scattering::Mask mask;  // gaps, and what is dead beyond a rim or along the edges
  bool neutrons = false;  // few large pixels, a long wavelength, a wide resolution
};

// A known one, binned to so many pixels at most, or in a third of the draws any other.
DrawnDetector random_detector(Rng& rng, bool wide, double max_pixels);

}  // namespace foray::simulator
