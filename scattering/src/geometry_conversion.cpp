#include "foray/scattering/geometry_conversion.h"

#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "checks.h"
#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr double kDegree = std::numbers::pi / 180.0;
constexpr double kHcKevMetre = 12.398419843320026e-10;

// The beam's direction in the axes of the detector: the last row of the rotation.
Eigen::Vector3d beam_direction(const Geometry& geometry) {
  return rotation_matrix(geometry).row(2).transpose();
}

}  // namespace

Geometry from_fit2d(const Fit2dGeometry& fit2d, const Geometry& pixels) {
  require_positive("from_fit2d: direct_distance_mm", fit2d.direct_distance_mm);
  require(std::isfinite(fit2d.center_x) && std::isfinite(fit2d.center_y),
          "from_fit2d: center_x and center_y: expected finite values");
  require(
      std::isfinite(fit2d.tilt_deg) && std::abs(fit2d.tilt_deg) < 90,
      "from_fit2d: tilt_deg: expected a value in (-90, 90), got " + std::to_string(fit2d.tilt_deg));
  require(std::isfinite(fit2d.tilt_plane_rotation_deg),
          "from_fit2d: tilt_plane_rotation_deg: expected a finite value");
  const double distance = 1e-3 * fit2d.direct_distance_mm;
  const double tilt = kDegree * fit2d.tilt_deg;
  const double plane = kDegree * fit2d.tilt_plane_rotation_deg;
  // From the point of normal incidence to the beam's spot, in units of the direct distance.
  const double along_slow = std::sin(tilt) * std::sin(plane);
  const double along_fast = std::sin(tilt) * std::cos(plane);
  Geometry geometry;
  geometry.pixel1 = pixels.pixel1;
  geometry.pixel2 = pixels.pixel2;
  geometry.wavelength = pixels.wavelength;
  geometry.dist = distance * std::cos(tilt);
  geometry.poni1 = fit2d.center_y * pixels.pixel1 - distance * along_slow;
  geometry.poni2 = fit2d.center_x * pixels.pixel2 - distance * along_fast;
  // The last row of the rotation is (sin rot2, -cos rot2 sin rot1, cos rot2 cos rot1).
  geometry.rot2 = std::asin(along_slow);
  geometry.rot1 = std::atan2(-along_fast, std::cos(tilt));
  // rot3 such that the whole is a turn by the tilt about an axis in the detector's plane, which is
  // the shortest turn that takes the beam's direction to the third axis.
  const Eigen::Vector3d beam(along_slow, along_fast, std::cos(tilt));
  Eigen::Matrix3d cross;  // of beam x z
  cross << 0, 0, -beam[0], 0, 0, -beam[1], beam[0], beam[1], 0;
  const Eigen::Matrix3d shortest =
      Eigen::Matrix3d::Identity() + cross + cross * cross / (1.0 + beam[2]);
  const Eigen::Matrix3d rest = shortest * rotation_matrix(geometry).transpose();
  geometry.rot3 = std::atan2(rest(1, 0), rest(0, 0));
  validate(geometry);
  return geometry;
}

Fit2dGeometry to_fit2d(const Geometry& geometry) {
  const Eigen::Vector2d center = beam_center(geometry);
  const Eigen::Vector3d beam = beam_direction(geometry);
  const double sine = std::hypot(beam[0], beam[1]);
  Fit2dGeometry fit2d;
  fit2d.direct_distance_mm = 1e3 * geometry.dist / beam[2];
  fit2d.center_x = center[1];
  fit2d.center_y = center[0];
  fit2d.tilt_deg = std::atan2(sine, beam[2]) / kDegree;
  fit2d.tilt_plane_rotation_deg = sine > 0 ? std::atan2(beam[0], beam[1]) / kDegree : 0.0;
  return fit2d;
}

Geometry from_beam_center(const BeamCenterGeometry& given) {
  require_positive("from_beam_center: distance [m]", given.distance);
  require_positive("from_beam_center: x_pixel_size [m]", given.x_pixel_size);
  require_positive("from_beam_center: y_pixel_size [m]", given.y_pixel_size);
  require_positive("from_beam_center: wavelength [m]", given.wavelength);
  require(std::isfinite(given.beam_center_x) && std::isfinite(given.beam_center_y),
          "from_beam_center: beam_center_x and beam_center_y: expected finite values");
  const bool pixels = given.unit == CenterUnit::kPixels;
  Geometry geometry;
  geometry.dist = given.distance;
  geometry.poni1 = given.beam_center_y * (pixels ? given.y_pixel_size : 1.0);
  geometry.poni2 = given.beam_center_x * (pixels ? given.x_pixel_size : 1.0);
  geometry.wavelength = given.wavelength;
  geometry.pixel1 = given.y_pixel_size;
  geometry.pixel2 = given.x_pixel_size;
  return geometry;
}

BeamCenterGeometry to_beam_center(const Geometry& geometry, CenterUnit unit) {
  const Eigen::Vector2d center = beam_center(geometry);
  const Eigen::Vector3d beam = beam_direction(geometry);
  const double tilt = std::hypot(beam[0], beam[1]);
  require(tilt <= 1e-6, "to_beam_center: expected an untilted detector, got a tilt of " +
                            std::to_string(tilt) + " rad");
  BeamCenterGeometry result;
  result.distance = geometry.dist;
  result.unit = unit;
  const bool pixels = unit == CenterUnit::kPixels;
  result.beam_center_x = center[1] * (pixels ? 1.0 : geometry.pixel2);
  result.beam_center_y = center[0] * (pixels ? 1.0 : geometry.pixel1);
  result.x_pixel_size = geometry.pixel2;
  result.y_pixel_size = geometry.pixel1;
  result.wavelength = geometry.wavelength;
  return result;
}

double energy_kev(double wavelength_m) {
  require_positive("energy_kev: wavelength_m", wavelength_m);
  return kHcKevMetre / wavelength_m;
}

double wavelength_m(double energy_kev) {
  require_positive("wavelength_m: energy_kev", energy_kev);
  return kHcKevMetre / energy_kev;
}

}  // namespace foray::scattering
