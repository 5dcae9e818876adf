#pragma once

#include <Eigen/Core>
#include <complex>
#include <functional>
#include <vector>

#include "foray/scattering/multilayer.h"
#include "foray/scattering/surface_shapes.h"

namespace foray::scattering {

/// One of the shapes of a mixture.
struct ShapeShare {
  SurfaceShape shape = SurfaceCylinder{};
  double share = 1;  ///< of the particles, by number, >= 0.
};

/// Particles in one layer of a stack, seen at grazing incidence.
struct GrazingSample {
  Multilayer stack = {};
  std::size_t layer = 0;  ///< that they are in; 0 with two layers: islands on a substrate.
  /// Of their lowest points above the lower interface of that layer (in the last layer: above its
  /// upper interface, so negative) [angstrom].
  double height = 0;
  SurfaceShape shape = SurfaceCylinder{};
  /// Not empty: particles of these shapes instead of `shape`, whatever their neighbours are; shares
  /// are relative to their sum, which is > 0.
  std::vector<ShapeShare> mixture = {};
  double delta = 6e-4, beta = 2e-8;  ///< of the particles: their index is 1 - delta + i beta.
  double density = 1e-4;             ///< of particles on the surface [1/angstrom^2], >= 0.
  /// Interference between particles, of q along the surface [1/angstrom]; empty: none, 1.
  std::function<double(double qx, double qy)> structure = {};
};

/// @throws std::invalid_argument naming what is out of range.
void validate(const GrazingSample& sample);

/// Amplitude of one particle [angstrom]: k^2 / (4 pi) times the contrast of n^2 times the four-term
/// form factor of the distorted-wave Born approximation. Waves go in downwards or reflected, and
/// out upwards or reflected, each with the amplitude that the multilayer gives it in the particle's
/// layer: Renaud, Lazzari, Leroy (2009), doi:10.1016/j.surfrep.2009.07.002, section 3.2.
///
/// @param wavelength  [angstrom].
/// @param alpha_i, alpha_f  glancing angles in the first layer, of the beam and of what leaves
///        [radian], in (0, pi/2].
/// @param phi_f  in the plane, 0 along the beam [radian].
/// @throws std::invalid_argument for those, for a mixture, and as validate.
[[nodiscard]] std::complex<double> grazing_amplitude(const GrazingSample& sample, double wavelength,
                                                     double alpha_i, double alpha_f, double phi_f);

/// Share of the beam's photons that is scattered into a unit of solid angle [1/sr], where the whole
/// beam falls on the sample: density |amplitude|^2 S(q) / sin(alpha_i). 0 below the horizon. Of a
/// mixture <|amplitude|^2> + |<amplitude>|^2 (S - 1), the decoupling approximation. Where pixels
/// are many, the cross-sections of cylinders come from a table, to 1e-9 of those at q = 0.
///
/// @param alpha_f  rows [radian].  @param phi_f  columns [radian].
/// @return alpha_f.size() x phi_f.size().
/// @throws std::invalid_argument as above.
[[nodiscard]] Eigen::MatrixXd grazing_intensity(const GrazingSample& sample, double wavelength,
                                                double alpha_i,
                                                const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                                                const Eigen::Ref<const Eigen::VectorXd>& phi_f);

/// Interference of particles whose neighbours lie at random directions, at a distance known to
/// `spread`, in domains of a finite size: a one-dimensional paracrystal of |q| along the surface.
/// Hosemann & Bagchi (1962), Direct Analysis of Diffraction by Matter; Renaud, Lazzari, Leroy
/// (2009), section 3.4: 1 + 2 Re(P / (1 - P)), P = exp(i q distance - distance / damping) exp(-q^2
/// spread^2 / 2).
///
/// @param distance  [angstrom], > 0.  @param spread  [angstrom], > 0.
/// @param damping  size of a domain [angstrom], > 0; infinite: none.
/// @throws std::invalid_argument otherwise.
[[nodiscard]] std::function<double(double qx, double qy)> radial_paracrystal(double distance,
                                                                             double spread,
                                                                             double damping);

}  // namespace foray::scattering
