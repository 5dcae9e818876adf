#pragma once

#include <Eigen/Core>

#include "foray/scattering/image.h"

namespace foray::scattering {

/// Where a flat detector stands, in the PONI convention of pyFAI.
///
/// t = R3 R2 R1 (d1 - poni1, d2 - poni2, dist) with d1 along the slow axis and d2 along the fast
/// one, pixel centres at (i + 1/2) pixel; rot1 and rot2 are left-handed, rot3 right-handed.
/// Source: Kieffer and Karkoulis (2013), doi:10.1088/1742-6596/425/20/202012.
struct Geometry {
  double dist = 1.0;          ///< sample to point of normal incidence [m], > 0.
  double poni1 = 0.0;         ///< point of normal incidence along the slow axis [m].
  double poni2 = 0.0;         ///< point of normal incidence along the fast axis [m].
  double rot1 = 0.0;          ///< [rad]
  double rot2 = 0.0;          ///< [rad]
  double rot3 = 0.0;          ///< [rad]
  double wavelength = 1e-10;  ///< [m], > 0.
  double pixel1 = 172e-6;     ///< pixel size along the slow axis [m], > 0.
  double pixel2 = 172e-6;     ///< pixel size along the fast axis [m], > 0.
};

/// Refuses a geometry that is not finite or has a distance, wavelength or pixel size <= 0.
/// @throws std::invalid_argument naming the field.
void validate(const Geometry& geometry);

/// The rotation R3 R2 R1 that takes the detector's axes (slow, fast, normal) to the laboratory's.
Eigen::Matrix3d rotation_matrix(const Geometry& geometry);

/// Laboratory coordinates of a detector position given in pixels (slow, fast; a pixel's centre is
/// at index + 1/2): (t1, t2, t3) in metres, t3 along the beam.
Eigen::Vector3d position(const Geometry& geometry, double slow, double fast);

/// Scattering angle 2 theta [rad] at a laboratory position.
double two_theta(const Eigen::Vector3d& t);

/// Azimuth chi = atan2(t1, t2) [rad].
double chi(const Eigen::Vector3d& t);

/// |q| = 4 pi / lambda sin(theta) [1/angstrom] at a laboratory position.
double q_of(const Geometry& geometry, const Eigen::Vector3d& t);

/// Polarization correction 1/2 (1 + cos^2 2theta - f cos 2chi (1 - cos^2 2theta)) at a laboratory
/// position; `factor` f is 1 for a beam polarised along the fast axis (a synchrotron's), 0 for an
/// unpolarised one, -1 along the slow axis.
double polarization_factor(const Eigen::Vector3d& t, double factor);

/// |q| [1/angstrom] of every pixel centre.
///
/// This and the other maps: slow x fast values.
/// @throws std::invalid_argument on an invalid geometry or an empty shape.
Image q_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast);

/// Azimuth chi [rad] of every pixel centre.
Image chi_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast);

/// Scattering angle 2 theta [rad] of every pixel centre.
Image two_theta_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast);

/// Solid angle of every pixel relative to one at the point of normal incidence: (dist / |t|)^3.
Image solid_angle_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast);

/// polarization_factor of every pixel centre. @throws std::invalid_argument unless factor is in
/// [-1, 1].
Image polarization_map(const Geometry& geometry, Eigen::Index slow, Eigen::Index fast,
                       double factor);

/// Where the direct beam meets the detector, in pixels (slow, fast); a pixel's centre is at index +
/// 1/2. @throws std::invalid_argument when the detector stands edge-on or faces away.
Eigen::Vector2d beam_center(const Geometry& geometry);

}  // namespace foray::scattering
