#include "foray/simulator/beamline_spec.h"

#include <cmath>
#include <numbers>

#include "foray/common/check.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kKevAngstrom = 12.398419843320026;  // h c
// Full width at half maximum of the Gaussian with the variance of a square pixel: 2.3548 / sqrt 12.
constexpr double kPixelWidth = 0.6797;

// Where the beam shall meet a tilted detector: its point of normal incidence follows.
void aim(const Eigen::Vector2d& center, scattering::Geometry& geometry) {
  geometry.poni1 = center[0] * geometry.pixel1;
  geometry.poni2 = center[1] * geometry.pixel2;
  const Eigen::Vector2d off = scattering::beam_center(geometry) - center;
  geometry.poni1 -= off[0] * geometry.pixel1;
  geometry.poni2 -= off[1] * geometry.pixel2;
}

void check(const BeamlineSpec& spec) {
  require_in_range("beamline: binning", spec.binning, 1, 16);
  require_in_range("beamline: energy_kev", spec.energy_kev, 0.1, 1000);
  require_in_range("beamline: distance_m", spec.distance_m, 1e-4, 1000);
  for (const double tilt : spec.tilt_deg) require_in_range("beamline: tilt_deg", tilt, -360, 360);
  require_in_range("beamline: beam_mm", spec.beam_mm, 0, 1000);
  require_in_range("beamline: divergence_mrad", spec.divergence_mrad, 0, 1000);
  require_in_range("beamline: thickness_mm", spec.thickness_mm, kTiny, 1e6);
  require_in_range("beamline: saturation", spec.saturation, 0, 1e15);
  if (spec.beam_center) {
    for (const double at : *spec.beam_center) {
      require_in_range("beamline: beam_center", at, -1e5, 1e5);
    }
  }
}

}  // namespace

Beamline make_beamline(const BeamlineSpec& spec) {
  check(spec);
  const Detector detector = binned(make_detector(spec.detector), spec.binning);
  Beamline beamline;
  beamline.slow = detector.slow;
  beamline.fast = detector.fast;
  beamline.saturation = spec.saturation > 0 ? spec.saturation : detector.saturation;
  scattering::Geometry& geometry = beamline.geometry;
  geometry.dist = spec.distance_m;
  geometry.wavelength = kKevAngstrom / spec.energy_kev * 1e-10;
  geometry.pixel1 = geometry.pixel2 = detector.pixel;
  geometry.rot1 = spec.tilt_deg[0] * kDegree;
  geometry.rot2 = spec.tilt_deg[1] * kDegree;
  geometry.rot3 = spec.tilt_deg[2] * kDegree;
  const Eigen::Vector2d middle(0.5 * static_cast<double>(detector.slow),
                               0.5 * static_cast<double>(detector.fast));
  aim(spec.beam_center ? Eigen::Vector2d((*spec.beam_center)[0], (*spec.beam_center)[1]) : middle,
      geometry);
  beamline.mask = gap_mask(detector);
  beamline.beamstop = spec.beamstop.kind;
  add_beamstop(spec.beamstop, geometry, beamline.mask);
  beamline.flux = spec.flux;
  beamline.thickness_cm = 0.1 * spec.thickness_mm;
  beamline.transmission = spec.transmission;
  beamline.efficiency = spec.efficiency;
  beamline.polarization = spec.polarization;
  beamline.beamstop_transmission = spec.beamstop_transmission;
  const double angle =
      std::hypot(std::hypot(1e-3 * spec.beam_mm, kPixelWidth * detector.pixel) / spec.distance_m,
                 1e-3 * spec.divergence_mrad);
  beamline.resolution_fwhm = 2 * std::numbers::pi / (geometry.wavelength * 1e10) * angle;
  beamline.bandwidth = spec.bandwidth;
  beamline.parasitic = spec.parasitic;
  beamline.streak_slow = spec.streak_slow;
  beamline.streak_fast = spec.streak_fast;
  beamline.air = spec.air;
  beamline.window = spec.window;
  beamline.flat_spread = spec.flat_spread;
  beamline.line_spread = spec.line_spread;
  beamline.point_spread = spec.point_spread;
  beamline.dark_rate = spec.dark_rate;
  beamline.zinger_rate = spec.zinger_rate;
  beamline.zinger_counts = spec.zinger_counts;
  beamline.hot_share = spec.hot_share;
  beamline.hot_rate = spec.hot_rate;
  beamline.dead_share = spec.dead_share;
  beamline.detector_seed = spec.detector_seed;
  validate(beamline);
  return beamline;
}

}  // namespace foray::simulator
