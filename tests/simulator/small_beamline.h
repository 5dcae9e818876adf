#pragma once

#include "foray/simulator/scene.h"

namespace foray::simulator {

/// A beamline whose numbers are easy to compute by hand: 200 x 240 pixels of 200 micrometres at
/// 1 m, 1 angstrom, beam at the centre of pixel (100, 120), no mask, ideal polarization 0.
inline Beamline small_beamline() {
  Beamline beamline;
  beamline.slow = 200;
  beamline.fast = 240;
  beamline.geometry.dist = 1;
  beamline.geometry.pixel1 = beamline.geometry.pixel2 = 200e-6;
  beamline.geometry.poni1 = 100.5 * 200e-6;
  beamline.geometry.poni2 = 120.5 * 200e-6;
  beamline.geometry.wavelength = 1e-10;
  beamline.flux = 1e10;
  beamline.thickness_cm = 0.1;
  beamline.transmission = 0.5;
  beamline.efficiency = 0.8;
  beamline.polarization = 0;
  beamline.resolution_fwhm = 1e-3;
  return beamline;
}

}  // namespace foray::simulator
