#pragma once

#include <functional>

namespace foray::scattering {

/// A two-dimensional lattice on a surface, in domains of a finite size.
struct SurfaceLattice {
  double a = 200, b = 200;            ///< edges of the cell [angstrom], > 0.
  double angle = 1.5707963267948966;  ///< between them [radian], in (0, pi).
  double domain = 1000;  ///< length over which order persists: exp(-r / domain) [angstrom], > 0.
};

/// @throws std::invalid_argument naming what is out of range.
void validate(const SurfaceLattice& lattice);

/// Interference of particles on such a lattice whose domains lie at every angle about the surface's
/// normal, a powder in the plane, for GrazingSample::structure (whose density is then one over the
/// cell's area):
///
///   S(q) = 2 pi L^2 / A sum_G < (1 + L^2 |q - G|^2)^(-3/2) >,
///
/// L the domain, A the cell's area, and the mean over all turns of G, which is the complete
/// elliptic integral 2 / pi E(m) / ((a - b) sqrt(a + b)), a = 1 + L^2 (q^2 + G^2), b = 2 L^2 q G,
/// m = 2 b / (a + b). Reciprocal lattice points far beyond q_max, whose sum converges slowly, are
/// an integral: S tends to 1 for large q, and is good to 1e-3.
///
/// @param q_max  the largest |q| along the surface that is asked for [1/angstrom], > 0.
/// @throws std::invalid_argument as validate, and for more than a million points.
///
/// Source: Renaud, Lazzari, Leroy (2009), doi:10.1016/j.surfrep.2009.07.002, section 3.3, for the
/// sum; Byrd and Friedman (1971), Handbook of Elliptic Integrals, 291.01, for its mean.
[[nodiscard]] std::function<double(double qx, double qy)> turned_lattice(
    const SurfaceLattice& lattice, double q_max);

/// The ideal paracrystal in two dimensions: a particle lies where its neighbours along the edges of
/// the cell say, to `spread`, so that order is lost with the distance; in domains of a finite size.
struct SurfaceParacrystal {
  double a = 200, b = 200;            ///< mean edges of the cell [angstrom], > 0.
  double angle = 1.5707963267948966;  ///< between them [radian], in (0, pi).
  double spread = 20;  ///< standard deviation of a neighbour, along any direction [angstrom], > 0.
  double domain = 1000;  ///< length over which order persists: exp(-r / domain) [angstrom], > 0.
};

/// @throws std::invalid_argument naming what is out of range, and for peaks of less than 2.4e-3
///         of their distance, whose mean would take more than 5000 turns: too small a spread for
///         the domain, or too large a domain for the spread.
void validate(const SurfaceParacrystal& paracrystal);

/// Interference of particles in such paracrystals that lie at every angle about the surface's
/// normal, for GrazingSample::structure (whose density is then one over the cell's area): the mean
/// over all turns of
///
///   S(q) = product over both edges of (1 - p^2) / (1 - 2 p cos(q a) + p^2),
///   p = exp(-a / domain - q^2 spread^2 / 2).
///
/// The mean is a trapezoidal sum that converges exponentially, to 1e-9 of the largest S at that q.
/// @throws std::invalid_argument as validate.
///
/// Source: Hosemann & Bagchi (1962), Direct Analysis of Diffraction by Matter; Renaud, Lazzari,
/// Leroy (2009), doi:10.1016/j.surfrep.2009.07.002, section 3.4.
[[nodiscard]] std::function<double(double qx, double qy)> turned_paracrystal(
    const SurfaceParacrystal& paracrystal);

}  // namespace foray::scattering
