#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::simulator {

/// One Debye-Scherrer ring or arc on the detector.
struct Ring {
  double q = 0.05;         ///< centre [1/angstrom], > 0.
  double intensity = 1;    ///< integrated over q, azimuthal mean [1/cm 1/angstrom].
  double fwhm = 0.005;     ///< intrinsic full width at half maximum [1/angstrom], > 0.
  double lorentz = 0.5;    ///< pseudo-Voigt mixing, 0 Gaussian to 1 Lorentzian.
  double orientation = 0;  ///< eta of the azimuthal law, 0 isotropic to below 1 sharp.
  int symmetry = 2;        ///< n of the azimuthal law, even, >= 2.
  double director = 0;     ///< azimuth chi of a maximum [rad].
};

/// Broad correlation halo of a liquid or a disordered melt.
struct Halo {
  double q = 0.05;         ///< centre [1/angstrom].
  double intensity = 0.1;  ///< at the centre [1/cm].
  double width = 0.02;     ///< Gaussian standard deviation [1/angstrom].
};

/// What scatters: everything in absolute units, before any instrument.
struct Scene {
  std::vector<Ring> rings;
  std::vector<Halo> halos;
  double power_law_scale = 0;     ///< I = scale (q / 0.01)^-exponent [1/cm].
  double power_law_exponent = 4;  ///< > 0.
  double background = 0.01;       ///< flat [1/cm].
};

/// The beam and detector that look at a scene.
struct Beamline {
  scattering::Geometry geometry;
  Eigen::Index slow = 619, fast = 487;  ///< detector shape in pixels (Pilatus 300k).
  scattering::Mask mask;                ///< module gaps, beamstop; shape slow x fast.
  double flux = 1e11;                   ///< photons per second on the sample.
  double thickness_cm = 0.1;            ///< of the sample.
  double transmission = 0.9;            ///< of the sample.
  double efficiency = 0.95;             ///< of the sensor.
  double polarization = 0.95;           ///< factor of the polarization correction.
  double resolution_fwhm = 5e-4;        ///< FWHM of the instrument in q [1/angstrom].
  double saturation = 1048575;          ///< counts at which a pixel saturates.
  double parasitic = 0;                 ///< air and window scattering [1/cm at 0.01 1/angstrom].
};

/// A frame with what is true of it.
struct SimulatedFrame {
  scattering::Frame frame;
  scattering::Image expected;  ///< noise-free expected counts.
};

/// The beamline that the demo uses: a Pilatus-like detector with module gaps and a beamstop with
/// its arm.
Beamline demo_beamline();

/// Measures a scene: expected counts from absolute intensity, geometry, solid angle, polarization,
/// flux and exposure, then Poisson noise from the stream (seed, index); any number of threads gives
/// the same frame.
/// @throws std::invalid_argument on an invalid scene, beamline or exposure, naming the field.
SimulatedFrame simulate(const Scene& scene, const Beamline& beamline, double exposure_s,
                        std::uint64_t seed, std::uint64_t index);

}  // namespace foray::simulator
