#pragma once

#include "foray/simulator/scene.h"

namespace foray::simulator {

// The streaks of slits in directions (up, side) [1/cm]; see Beamline.
Eigen::ArrayXd slit_streaks(const Beamline& beamline, const Eigen::Ref<const Eigen::ArrayXd>& up,
                            const Eigen::Ref<const Eigen::ArrayXd>& side);

// A polyimide window's rings over its strength, at q.
Eigen::ArrayXd window_rings(const Eigen::Ref<const Eigen::ArrayXd>& q);

// What an obstruction lets through to a pixel, by its indices.
double let_through(const Obstruction& object, Eigen::Index slow, Eigen::Index fast);

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
