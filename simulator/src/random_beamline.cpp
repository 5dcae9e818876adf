#include <algorithm>
#include <cmath>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/draws.h"
#include "foray/simulator/detector.h"
#include "foray/simulator/random_scene.h"
#include "random_detector.h"
#include "units.h"

namespace foray::simulator {

namespace {

double random_distance(Rng& rng, bool wide, double reach_m, double wavelength) {
  if (!wide) {
    const double q = log_uniform(rng, 0.03, 0.6);
    return reach_m * 2 * kPi / (wavelength * q);
  }
  const double q = uniform(rng, 1.8, 5.5);
  const double theta = std::asin(std::min(0.6, q * wavelength / (4 * kPi)));
  return reach_m / std::tan(2 * theta);
}

// Where the beam hits, as a share of the detector's side.
double random_center(Rng& rng) {
  const double kind = uniform(rng, 0, 1);
  if (kind < 0.5) return uniform(rng, 0.35, 0.65);
  if (kind < 0.94) return uniform(rng, 0.03, 0.97);
  return chance(rng, 0.5) ? uniform(rng, -0.15, 0.05) : uniform(rng, 0.95, 1.15);
}

// side: the detector's shorter one [pixel].
Beamstop random_beamstop(Rng& rng, double pixel, double side) {
  Beamstop stop;
  const double kind = uniform(rng, 0, 1);
  stop.kind = kind < 0.42   ? Beamstop::Kind::kDisk
              : kind < 0.64 ? Beamstop::Kind::kLine
              : kind < 0.84 ? Beamstop::Kind::kWedge
                            : Beamstop::Kind::kNone;
  stop.size = pixel * std::min(log_uniform(rng, 3, 18), 0.12 * side);
  // Thinner than the disk that it holds.
  stop.arm_width = chance(rng, 0.8) ? std::min(pixel * uniform(rng, 1, 4), 0.6 * stop.size) : 0;
  const double turn = 0.5 * kPi * static_cast<double>(static_cast<int>(uniform(rng, 0, 4)));
  stop.direction = (chance(rng, 0.5) ? -0.5 * kPi : turn) + uniform(rng, -0.1, 0.1);
  stop.opening = uniform(rng, 0.1, 0.35);
  return stop;
}

// A wedge along a long detector would hide most of it: it comes from the other side then.
void place_beamstop(Beamstop stop, const scattering::Geometry& geometry, scattering::Mask& mask) {
  scattering::Mask hidden = mask;
  add_beamstop(stop, geometry, hidden);
  if (2 * (hidden != 0).count() >= hidden.size()) {
    stop.direction += kPi;
    hidden = mask;
    add_beamstop(stop, geometry, hidden);
  }
  mask = std::move(hidden);
}

Obstruction random_obstruction(Rng& rng, const Beamline& beamline) {
  Obstruction object;
  const auto slow = static_cast<double>(beamline.slow), fast = static_cast<double>(beamline.fast);
  const double side = std::max(slow, fast);
  const Eigen::Vector2d center = scattering::beam_center(beamline.geometry);
  const double kind = uniform(rng, 0, 1);
  if (kind < 0.5) {
    // A window lets the beam itself through, more or less in its middle.
    object.size = side * uniform(rng, 0.25, 0.6);
    object.slow = center[0] + 0.4 * object.size * uniform(rng, -1, 1);
    object.fast = center[1] + 0.4 * object.size * uniform(rng, -1, 1);
  } else {
    object.kind = kind < 0.75 ? Obstruction::Kind::kDisk : Obstruction::Kind::kBar;
    object.slow = slow * uniform(rng, 0, 1);
    object.fast = fast * uniform(rng, 0, 1);
    object.size = side * (object.kind == Obstruction::Kind::kDisk ? log_uniform(rng, 0.06, 0.35)
                                                                  : log_uniform(rng, 0.015, 0.15));
    object.direction = uniform(rng, 0, kPi);
  }
  if (chance(rng, 0.3)) object.transmission = log_uniform(rng, 1e-3, 0.5);
  return object;
}

// What the geometry is said to be: off by a share of the detector's longer side.
scattering::Geometry random_stated(Rng& rng, const Beamline& beamline, double off) {
  scattering::Geometry stated = beamline.geometry;
  const double side = static_cast<double>(std::max(beamline.slow, beamline.fast));
  const double angle = uniform(rng, 0, 2 * kPi);
  stated.poni1 += off * side * stated.pixel1 * std::sin(angle);
  stated.poni2 += off * side * stated.pixel2 * std::cos(angle);
  return stated;
}

// What is scattered before and after the sample; counts: of 1/cm, in a pixel and second.
void add_instrument(Rng& rng, double q_pixel, double counts, bool wide, Beamline& beamline) {
  // Given in counts a second where it comes out from the beamstop.
  const double from_beam = 12 * q_pixel / kReferenceQ;
  if (chance(rng, 0.5)) {
    beamline.parasitic = log_uniform(rng, 0.05, 50) / counts * std::pow(from_beam, 3);
  }
  if (chance(rng, 0.17)) {
    const double which = uniform(rng, 0, 1);
    const double scale = log_uniform(rng, 0.5, 300) / counts * from_beam * from_beam;
    if (which < 0.65) beamline.streak_slow = scale;
    if (which > 0.35) beamline.streak_fast = scale * log_uniform(rng, 0.3, 3);
  }
  if (chance(rng, 0.15)) beamline.air = log_uniform(rng, 0.05, 30) / counts;
  if (chance(rng, wide ? 0.12 : 0.03)) beamline.window = log_uniform(rng, 0.3, 100) / counts;
}

// What the sensor makes of it.
void add_faults(Rng& rng, Beamline& beamline) {
  if (chance(rng, 0.3)) beamline.dark_rate = log_uniform(rng, 1e-4, 0.3);
  if (chance(rng, 0.2)) {
    beamline.zinger_rate = log_uniform(rng, 1e-7, 3e-4);
    beamline.zinger_counts = log_uniform(rng, 100, 3e4);
  }
  if (chance(rng, 0.15)) beamline.hot_share = log_uniform(rng, 1e-6, 2e-4);
  if (chance(rng, 0.3)) beamline.dead_share = log_uniform(rng, 1e-6, 1e-3);
  beamline.hot_rate = log_uniform(rng, 10, 1e5);
  if (chance(rng, 0.2)) beamline.flat_spread = log_uniform(rng, 0.003, 0.05);
  if (chance(rng, 0.08)) beamline.line_spread = log_uniform(rng, 0.003, 0.06);
  if (chance(rng, 0.2)) beamline.point_spread = uniform(rng, 0.3, 1.5);
  if (chance(rng, 0.15)) beamline.saturation = log_uniform(rng, 50, 2e4);
  beamline.detector_seed = rng();
}

}  // namespace

Beamline random_beamline(Rng& rng, const RandomSceneOptions& options) {
  require_in_range("random_beamline: wide_angle", options.wide_angle, 0, 1);
  require_in_range("random_beamline: max_pixels", options.max_pixels, 1024, 1e8);
  const bool wide = chance(rng, options.wide_angle);
  DrawnDetector drawn = random_detector(rng, wide, options.max_pixels);
  const Detector& detector = drawn.detector;
  Beamline beamline;
  beamline.slow = detector.slow;
  beamline.fast = detector.fast;
  beamline.saturation = detector.saturation;
  scattering::Geometry& geometry = beamline.geometry;
  const double wavelength =  // [angstrom]
      drawn.neutrons ? uniform(rng, 4, 12) : 12.398 / uniform(rng, 8, 18);
  geometry.wavelength = wavelength * 1e-10;
  geometry.pixel1 = geometry.pixel2 = detector.pixel;
  const double height = static_cast<double>(detector.slow) * detector.pixel;
  const double width = static_cast<double>(detector.fast) * detector.pixel;
  geometry.dist = random_distance(rng, wide, 0.6 * std::max(height, width), wavelength);
  geometry.poni1 = height * random_center(rng);
  geometry.poni2 = width * random_center(rng);
  geometry.rot1 = uniform(rng, -0.01, 0.01);
  geometry.rot2 = uniform(rng, -0.01, 0.01);
  // The tilt moves the beam on the detector; put it back.
  const Eigen::Vector2d off = scattering::beam_center(geometry) * detector.pixel -
                              Eigen::Vector2d(geometry.poni1, geometry.poni2);
  geometry.poni1 -= off[0];
  geometry.poni2 -= off[1];
  beamline.mask = std::move(drawn.mask);
  const auto side = static_cast<double>(std::min(detector.slow, detector.fast));
  const Beamstop stop = random_beamstop(rng, detector.pixel, side);
  place_beamstop(stop, geometry, beamline.mask);
  beamline.beamstop = stop.kind;
  beamline.beamstop_masked = chance(rng, 0.75);
  const double q_pixel = 2 * kPi / wavelength * detector.pixel / geometry.dist;
  beamline.flux = log_uniform(rng, 1e9, 1e13);
  beamline.thickness_cm = log_uniform(rng, 1e-4, 0.2);
  beamline.transmission = uniform(rng, 0.3, 1);
  beamline.efficiency = uniform(rng, 0.6, 1);
  beamline.polarization = uniform(rng, 0.85, 0.99);
  beamline.resolution_fwhm = q_pixel * uniform(rng, 1, 3);
  if (chance(rng, 0.1)) beamline.bandwidth = log_uniform(rng, 1e-3, 0.05);
  if (drawn.neutrons) {  // the selector of a velocity, wide slits, no polarization
    beamline.resolution_fwhm = q_pixel * uniform(rng, 2, 6);
    beamline.bandwidth = uniform(rng, 0.05, 0.15);
    beamline.polarization = 0;
  }
  const double counts = beamline.flux * beamline.transmission * beamline.thickness_cm *
                        beamline.efficiency * std::pow(detector.pixel / geometry.dist, 2);
  add_instrument(rng, q_pixel, counts, wide, beamline);
  add_faults(rng, beamline);
  if (chance(rng, 0.2)) beamline.beamstop_transmission = log_uniform(rng, 1e-5, 1e-2);
  if (chance(rng, 0.09)) beamline.obstruction = random_obstruction(rng, beamline);
  const double aim = uniform(rng, 0, 1);  // of most it is known to a hundredth of the frame
  if (aim < 0.11) {
    beamline.stated = random_stated(rng, beamline, uniform(rng, 0.025, 0.15));
  } else if (aim < 0.25) {
    beamline.stated = random_stated(rng, beamline, log_uniform(rng, 5e-4, 0.006));
  }
  return beamline;
}

}  // namespace foray::simulator
