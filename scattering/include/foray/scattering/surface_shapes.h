#pragma once

#include <complex>
#include <variant>

namespace foray::scattering {

// Particles that stand on a plane, their lowest point at z = 0. Lengths in angstrom.

struct SurfaceCylinder {
  double radius = 50;  ///< > 0.
  double height = 50;  ///< > 0.
};
/// Touches the plane.
struct SurfaceSphere {
  double radius = 50;  ///< > 0.
};
/// Sides along x and y.
struct SurfaceBox {
  double length_x = 60;  ///< > 0.
  double length_y = 80;  ///< > 0.
  double height = 50;    ///< > 0.
};
/// A cone with its top cut off.
struct TruncatedCone {
  double radius = 50;      ///< at the bottom, > 0.
  double top_radius = 30;  ///< from 0 to `radius`.
  double height = 50;      ///< > 0.
};
/// A prism or pyramid over a regular polygon, its top cut off or not; a side at y < 0 runs along x.
struct PolygonFrustum {
  int sides = 4;         ///< 3 or more: triangle, square, hexagon.
  double edge = 60;      ///< of a side at the bottom, > 0.
  double top_edge = 60;  ///< from 0 (a pyramid) to `edge` (a prism).
  double height = 50;    ///< > 0.
};

using SurfaceShape =
    std::variant<SurfaceCylinder, SurfaceSphere, SurfaceBox, TruncatedCone, PolygonFrustum>;

/// @throws std::invalid_argument naming the shape and the length that is out of range.
void validate(const SurfaceShape& shape);

/// The integral of exp(i q r) over the particle [angstrom^3], for a real q along the plane and a
/// complex one across it [1/angstrom]: the volume at q = 0.
///
/// Closed forms for cylinder, sphere, box; cones and frustums are Gauss-Legendre sums of closed
/// forms of their cross-sections, good to 1e-10 of the volume for heights of up to a hundred waves.
/// Polygons: Wuttke (2021), doi:10.1107/S1600576721001710, eq. 18.
/// @throws std::invalid_argument as validate.
[[nodiscard]] std::complex<double> amplitude(const SurfaceShape& shape, double qx, double qy,
                                             const std::complex<double>& qz);

/// Whether the walls are upright, so that amplitude is cross_section(qx, qy) upright(qz): two
/// numbers to compute where whole images share rows and columns.
[[nodiscard]] bool has_upright_walls(const SurfaceShape& shape);

/// The integral of exp(i (qx x + qy y)) over the cross-section [angstrom^2].
/// @throws std::invalid_argument for a shape whose walls are not upright.
[[nodiscard]] std::complex<double> cross_section(const SurfaceShape& shape, double qx, double qy);

/// The integral of exp(i qz z) over the height [angstrom].
/// @throws std::invalid_argument for a shape whose walls are not upright.
[[nodiscard]] std::complex<double> upright(const SurfaceShape& shape,
                                           const std::complex<double>& qz);

/// The integral of exp(i (qx x + qy y)) over the cross-section at a height [angstrom^2]; 0 above
/// and below the particle. amplitude() is its integral times exp(i qz z) over z.
[[nodiscard]] std::complex<double> slice(const SurfaceShape& shape, double qx, double qy, double z);

/// [angstrom].
[[nodiscard]] double height_of(const SurfaceShape& shape);

/// The largest distance of a point from the normal through the middle [angstrom].
[[nodiscard]] double reach_of(const SurfaceShape& shape);

/// The least number of equal turns about the normal that come to all of them, the shape being its
/// own mirror image on the yz plane; 0 for a round one.
[[nodiscard]] int symmetry_of(const SurfaceShape& shape);

/// The volume [angstrom^3].
[[nodiscard]] double volume(const SurfaceShape& shape);

}  // namespace foray::scattering
