#pragma once

#include "foray/scattering/integrate.h"

namespace foray::classifier {

// Two-fold orientation of a ring in the detector plane.
struct Orientation {
  bool valid = false;
  double order_parameter = 0;  // <cos 2 (chi - director)>, 0 isotropic to 1
  double order_variance = 0;
  double director = 0;  // azimuth of a maximum [rad], in [0, pi)
  double director_variance = 0;
};

// From intensity along chi: even Fourier terms up to 6 chi by weighted least squares, so that gaps
// and the beamstop's arm do no harm.
//
// background: isotropic intensity under the ring, in the profile's units, subtracted from the mean.
// Invalid when fewer bins than terms hold pixels or nothing is left above the background.
Orientation orientation_of(const scattering::BinnedIntensity& profile, double background);

}  // namespace foray::classifier
