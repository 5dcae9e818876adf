#pragma once

#include <array>
#include <optional>
#include <string>

#include "foray/simulator/detector.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

/// An instrument as a user describes it; make_beamline() works out the rest.
struct BeamlineSpec {
  std::string detector = "pilatus1m";  ///< a name as in scattering::known_detectors().
  int binning = 1;                     ///< pixels read out as one, 1 to 16.
  double energy_kev = 12.4;            ///< > 0.
  double distance_m = 2;               ///< sample to detector, > 0.
  /// Where the beam meets the detector, in pixels (slow, fast); absent: its middle.
  std::optional<std::array<double, 2>> beam_center;
  std::array<double, 3> tilt_deg = {0, 0, 0};  ///< rot1, rot2, rot3 of the PONI convention.
  double flux = 1e11;                          ///< photons per second, >= 0.
  double thickness_mm = 1;                     ///< of the sample, > 0.
  double transmission = 0.8;                   ///< of the sample, in (0, 1].
  double efficiency = 0.9;                     ///< of the sensor, in (0, 1].
  double polarization = 0.98;
  Beamstop beamstop;
  double beamstop_transmission = 0;
  /// Full widths at half maximum: of the beam on the detector, of its angles and, relative, of the
  /// wavelength.
  double beam_mm = 0.3, divergence_mrad = 0, bandwidth = 1e-4;
  double saturation = 0;  ///< counts; 0: the detector's own.
  double parasitic = 0;   ///< as in Beamline, and so are the following.
  double streak_slow = 0, streak_fast = 0;
  double air = 0, window = 0;
  double dark_rate = 0, zinger_rate = 0, zinger_counts = 3000;
  double hot_share = 0, hot_rate = 1000, dead_share = 0;
  double flat_spread = 0, line_spread = 0, point_spread = 0;
  std::uint64_t detector_seed = 1;
};

/// The beamline of a description: geometry, mask with gaps and beamstop, resolution in q from beam,
/// divergence, pixel (as the Gaussian of its variance) and wavelength.
/// @throws std::invalid_argument naming the field, or the detectors that exist.
Beamline make_beamline(const BeamlineSpec& spec);

}  // namespace foray::simulator
