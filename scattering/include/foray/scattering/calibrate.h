#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "foray/scattering/calibrants.h"
#include "foray/scattering/geometry.h"
#include "foray/scattering/measurement.h"

namespace foray::scattering {

/// Options of calibrate.
struct CalibrationOptions {
  double distance_error = 0.06; /**< how far the start's distance may be off, relative, in
                                     [0, 0.3]. */
  double center_error = 40;     ///< how far its beam centre may be off [pixels], >= 0.
  bool tilt = true;             /**< fit rot1 and rot2 where the rings tell them to a quarter of a
                                     degree; false: they stay the start's. */
  int sectors = 72;             ///< parts of each ring that give a point each, in [8, 720].
};

/// What came of a calibration.
enum class CalibrationStatus {
  kConverged,     ///< geometry and variances are valid.
  kNoRings,       ///< fewer than 8 points of rings: the geometry is the start's.
  kNotConverged,  ///< the least squares did not settle: the geometry is the last one, unproven.
};

/// The status in words.
const char* to_string(CalibrationStatus status);

/// Where a ring was found.
struct RingPoint {
  int ring = 0;         ///< of the standard's spacings, from 0.
  double slow = 0;      ///< [pixels], centres at index + 1/2.
  double fast = 0;      ///< [pixels].
  double sigma = 0;     ///< of the position across the ring [pixels].
  double residual = 0;  ///< measured less calculated radius [pixels].
};

/// A calibrated geometry.
struct Calibration {
  CalibrationStatus status = CalibrationStatus::kNoRings;
  std::string note;           ///< why, for people; whether the tilt was held.
  Geometry geometry;          ///< with the start's rot3, wavelength and pixels.
  bool tilted = false;        ///< rot1 and rot2 were fitted.
  Eigen::MatrixXd covariance; /**< 5 x 5 of dist, poni1, poni2 [m], rot1, rot2 [rad]; zeros where
                                   held. Scaled by chi^2 where that is above its expectation. */
  std::vector<RingPoint> points;  ///< those used, by ring.
  int rings = 0;                  ///< with at least one point.
  double rms_residual = 0;        ///< of the points [pixels].
};

/// Finds where a flat detector stands from the rings of a standard.
///
/// First distance and beam centre are looked for on a grid by how well ridges of the frame lie on
/// the standard's rings; then each ring's position is fitted sector by sector and the geometry by
/// robust least squares on these points, in turn until nothing changes. Deterministic.
///
/// @param frame  counts and mask; its geometry is the start: within `distance_error` and
///               `center_error`, its pixels and wavelength right, its tilt within a few degrees.
/// @throws std::invalid_argument on a malformed frame or option, or when no two rings of the
///         standard fall on the detector.
Calibration calibrate(const Frame& frame, const Calibrant& standard,
                      const CalibrationOptions& options);

/// Where the ring of q [1/angstrom] crosses azimuth chi [rad]: (slow, fast) in pixels.
/// @throws std::invalid_argument where that ray misses the detector's plane.
Eigen::Vector2d ring_position(const Geometry& geometry, double q, double chi);

}  // namespace foray::scattering
