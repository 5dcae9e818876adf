#pragma once

#include <Eigen/Core>

namespace foray::scattering {

/// A cubic lattice by three primitive vectors of the length of nearest neighbours, which make the
/// same angle with [111].
struct PrimitiveCell {
  Eigen::Matrix3d axes;  ///< unit vectors along them, in rows.
  double weight = 1;     ///< of a distortion: the square of that length over the cubic cell's edge.
};

PrimitiveCell simple_cubic();
PrimitiveCell body_centered_cubic();
PrimitiveCell face_centered_cubic();

/// Distances in a paracrystal.
struct Spacing {
  double dnn = 0;       ///< of nearest neighbours [angstrom], > 0.
  double d_factor = 0;  ///< their standard deviation over dnn, >= 0.001.
};

/// The lattice factor Z at vectors q [1/angstrom], columns in the crystal's cubic axes, none of
/// them 0: product over k of (1 - e^2) / (1 - 2 e cos(q a_k) + e^2), e = exp(-gamma).
///
/// Source: Matsuoka, Tanaka, Hashimoto and Ishikawa (1987), doi:10.1103/PhysRevB.36.1754, and
/// (1990), doi:10.1103/PhysRevB.41.3854.
Eigen::ArrayXd oriented_paracrystal(const PrimitiveCell& cell, const Spacing& spacing,
                                    const Eigen::Matrix3Xd& q);

/// Mean of Z over all orientations at each q > 0 [1/angstrom], to 1e-6 relative for d_factor >=
/// 0.001. Some 0.3 ms a q for d_factor 0.06, the more the sharper and the more peaks there are at
/// that q: up to a second for 0.001.
Eigen::ArrayXd mean_paracrystal(const PrimitiveCell& cell, const Spacing& spacing,
                                const Eigen::ArrayXd& q);

}  // namespace foray::scattering
