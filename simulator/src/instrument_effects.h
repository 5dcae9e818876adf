#pragma once

#include "foray/simulator/scene.h"

namespace foray::simulator {

// What air, windows and the streaks of slits scatter, added to an image [1/cm].
// q [1/angstrom]; up, side: components of the direction to each pixel along t1 and t2.
void add_instrument_scattering(const Beamline& beamline, const scattering::Image& q,
                               const scattering::Image& up, const scattering::Image& side,
                               scattering::Image& out);

// Multiplies with the efficiencies of the pixels, normal about 1 and never negative; pixel i draws
// from the stream (seed, i) of the detector.
void multiply_flat_field(const Beamline& beamline, scattering::Image& out);

// The image after the sensor has spread each point; what leaves the detector is lost.
scattering::Image spread_points(const scattering::Image& image, double sigma);

}  // namespace foray::simulator
