// Source: Kieffer and Karkoulis (2013), J. Phys.: Conf. Ser. 425, 202012,
// doi:10.1088/1742-6596/425/20/202012, for the order and the senses of the three rotations.
#include "foray/scattering/geometry.h"

#include <Eigen/Geometry>
#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "checks.h"
#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr double kAngstromPerMetre = 1e10;

void require_finite_field(const char* field, double value) {
  if (std::isfinite(value)) return;
  std::ostringstream text;
  text << "geometry: " << field << ": expected a finite value, got " << value;
  throw std::invalid_argument(text.str());
}

// sin(theta) without cancellation near the beam: with L = |t|, r = L sin(2 theta) and
// cos^2(theta) = (L + t3) / (2 L), sin(theta) = r / sqrt(2 L (L + t3)). Behind the sample that
// quotient loses digits in its turn, and sin^2(theta) = (L - t3) / (2 L) does not.
double sin_theta(const Eigen::Vector3d& t) {
  const double length = t.norm();
  if (t[2] < 0) return std::sqrt(0.5 * (1.0 - t[2] / length));
  return std::hypot(t[0], t[1]) / std::sqrt(2.0 * length * (length + t[2]));
}

// Calls value(t) for every pixel centre.
template <typename Function>
Image map_pixels(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast, Function value) {
  validate(geometry);
  require_pixels("geometry: shape", slow, fast);
  const Eigen::Matrix3d rotation = rotation_matrix(geometry);
  Image image(slow, fast);
  for (Eigen::Index i = 0; i < slow; ++i) {
    const double d1 = (static_cast<double>(i) + 0.5) * geometry.pixel1 - geometry.poni1;
    for (Eigen::Index j = 0; j < fast; ++j) {
      const double d2 = (static_cast<double>(j) + 0.5) * geometry.pixel2 - geometry.poni2;
      image(i, j) = value(Eigen::Vector3d(rotation * Eigen::Vector3d(d1, d2, geometry.dist)));
    }
  }
  return image;
}

}  // namespace

void validate(const Geometry& geometry) {
  require_positive("geometry: dist [m]", geometry.dist);
  require_finite_field("poni1 [m]", geometry.poni1);
  require_finite_field("poni2 [m]", geometry.poni2);
  require_finite_field("rot1 [rad]", geometry.rot1);
  require_finite_field("rot2 [rad]", geometry.rot2);
  require_finite_field("rot3 [rad]", geometry.rot3);
  require_positive("geometry: wavelength [m]", geometry.wavelength);
  require_positive("geometry: pixel1 [m]", geometry.pixel1);
  require_positive("geometry: pixel2 [m]", geometry.pixel2);
}

Eigen::Matrix3d rotation_matrix(const Geometry& geometry) {
  const double c1 = std::cos(geometry.rot1), s1 = std::sin(geometry.rot1);
  const double c2 = std::cos(geometry.rot2), s2 = std::sin(geometry.rot2);
  const double c3 = std::cos(geometry.rot3), s3 = std::sin(geometry.rot3);
  Eigen::Matrix3d r1, r2, r3;
  r1 << 1, 0, 0, 0, c1, s1, 0, -s1, c1;
  r2 << c2, 0, -s2, 0, 1, 0, s2, 0, c2;
  r3 << c3, -s3, 0, s3, c3, 0, 0, 0, 1;
  return r3 * r2 * r1;
}

Eigen::Vector3d position(const Geometry& geometry, double slow, double fast) {
  return rotation_matrix(geometry) * Eigen::Vector3d(slow * geometry.pixel1 - geometry.poni1,
                                                     fast * geometry.pixel2 - geometry.poni2,
                                                     geometry.dist);
}

double two_theta(const Eigen::Vector3d& t) { return std::atan2(std::hypot(t[0], t[1]), t[2]); }

double chi(const Eigen::Vector3d& t) { return std::atan2(t[0], t[1]); }

double q_of(const Geometry& geometry, const Eigen::Vector3d& t) {
  return 4.0 * std::numbers::pi / (geometry.wavelength * kAngstromPerMetre) * sin_theta(t);
}

double polarization_factor(const Eigen::Vector3d& t, double factor) {
  const double r2 = t[0] * t[0] + t[1] * t[1];
  const double length2 = r2 + t[2] * t[2];
  const double cos2 = t[2] * t[2] / length2;
  // cos(2 chi) (1 - cos^2 2 theta) = (t2^2 - t1^2) / |t|^2, because chi = atan2(t1, t2).
  return 0.5 * (1.0 + cos2 - factor * (t[1] * t[1] - t[0] * t[0]) / length2);
}

Image q_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast) {
  return map_pixels(geometry, slow, fast,
                    [&](const Eigen::Vector3d& t) { return q_of(geometry, t); });
}

Image chi_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast) {
  return map_pixels(geometry, slow, fast, [](const Eigen::Vector3d& t) { return chi(t); });
}

Image two_theta_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast) {
  return map_pixels(geometry, slow, fast, [](const Eigen::Vector3d& t) { return two_theta(t); });
}

Image solid_angle_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast) {
  return map_pixels(geometry, slow, fast, [&](const Eigen::Vector3d& t) {
    const double cosine = geometry.dist / t.norm();
    return cosine * cosine * cosine;
  });
}

Image polarization_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast,
                       double factor) {
  require_in_range("polarization_map: factor", factor, -1.0, 1.0);
  return map_pixels(geometry, slow, fast,
                    [&](const Eigen::Vector3d& t) { return polarization_factor(t, factor); });
}

Eigen::Vector2d beam_center(const Geometry& geometry) {
  validate(geometry);
  // The beam's direction in the detector's frame: the last row of the rotation.
  const Eigen::Vector3d beam = rotation_matrix(geometry).row(2).transpose();
  require(beam[2] > 0,
          "beam_center: expected a detector that the beam can hit, got one turned by "
          "90 degrees or more against it");
  const double scale = geometry.dist / beam[2];
  return {(geometry.poni1 + scale * beam[0]) / geometry.pixel1,
          (geometry.poni2 + scale * beam[1]) / geometry.pixel2};
}

}  // namespace foray::scattering
