#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/scattering/multilayer.h"

namespace foray::scattering {

/// Whether interfaces follow each other.
enum class VerticalCorrelation {
  kNone,      ///< each is rough by itself.
  kComplete,  ///< all have one profile, each as high as its own roughness.
};

/// A stack whose interfaces scatter because they are rough: heights are self-affine over distances
/// below `length`, the K-correlation model, and their root mean square is Layer::roughness.
struct RoughStack {
  Multilayer stack = {};
  double length = 300;  ///< over which heights are correlated along the surface [angstrom], > 0.
  double hurst = 0.5;   ///< jagged to smooth, in [0.1, 1].
  VerticalCorrelation vertical = VerticalCorrelation::kNone;
};

/// @throws std::invalid_argument naming what is out of range.
void validate(const RoughStack& rough);

/// The power spectrum of heights along the surface, their correlation's two-dimensional Fourier
/// transform [angstrom^4]: 4 pi hurst roughness^2 length^2 / (1 + q^2 length^2)^(1 + hurst). The
/// correlation is roughness^2 2^(1 - hurst) / Gamma(hurst) x^hurst K_hurst(x), x = r / length.
///
/// @param roughness  [angstrom], >= 0.  @param q  along the surface [1/angstrom].
/// Source: Palasantzas (1993), doi:10.1103/PhysRevB.48.14472, with his a = 1 / (2 hurst); de Boer
/// (1996), doi:10.1103/PhysRevB.53.6048.
[[nodiscard]] double roughness_spectrum(double roughness, double length, double hurst, double q);

/// Diffuse scattering of rough interfaces in the distorted-wave Born approximation, as a sum over
/// orders in the correlation of heights, each of a function of the exit angle times one of q along
/// the surface: the share of the beam's photons that is scattered into a unit of solid angle [1/sr]
/// is waves(alpha_f).dot(spectra(q)), where the whole beam falls on the sample.
///
/// The waves are those of the stack with sharp interfaces, and those below an interface act on it.
/// For one surface that is Sinha, Sirota, Garoff, Stanley (1988), doi:10.1103/PhysRevB.38.2297, eq.
/// 4.41, whose integral over exp(|q_z|^2 C) - 1 is summed as its exponential series; for several
/// Holy & Baumbach (1994), doi:10.1103/PhysRevB.49.10668, and in first order de Boer (1996),
/// doi:10.1103/PhysRevB.53.6048. Good where waves penetrate far beside the roughness, as X-rays do,
/// and heights vary slowly beside the wavelength. Const methods may be called concurrently.
class RoughnessScattering {
 public:
  /// @param wavelength  [angstrom], > 0.
  /// @param alpha_i  glancing angle of the beam in the first layer [radian], in (0, pi/2].
  /// @param alpha_max  no exit angle is beyond it [radian], in (0, pi/2].
  /// @throws std::invalid_argument for those, as validate, and for a roughness of more than about
  ///         seven waves of 1 / q_z, whose series is too long.
  RoughnessScattering(const RoughStack& rough, double wavelength, double alpha_i, double alpha_max);
  ~RoughnessScattering();
  RoughnessScattering(RoughnessScattering&&) noexcept;
  RoughnessScattering& operator=(RoughnessScattering&&) noexcept;
  RoughnessScattering(const RoughnessScattering&) = delete;
  RoughnessScattering& operator=(const RoughnessScattering&) = delete;

  /// Of the series, which is good to 1e-9.
  [[nodiscard]] int orders() const;

  /// What the waves bring to each order [1/angstrom^2].
  /// @param alpha_f  [radian], in (0, alpha_max].
  [[nodiscard]] Eigen::VectorXd waves(double alpha_f) const;

  /// The Fourier transforms of the powers of the correlation of heights over its value at 0
  /// [angstrom^2]: closed for the first, interpolated to 1e-6 for the others.
  /// @param q  along the surface [1/angstrom], >= 0.
  [[nodiscard]] Eigen::VectorXd spectra(double q) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// waves(alpha_f).dot(spectra(q)) at each pixel [1/sr]; 0 below the horizon.
///
/// @param alpha_f  rows [radian], below pi/2.  @param phi_f  columns, 0 along the beam [radian].
/// @return alpha_f.size() x phi_f.size().
/// @throws std::invalid_argument as above.
[[nodiscard]] Eigen::MatrixXd roughness_intensity(const RoughStack& rough, double wavelength,
                                                  double alpha_i,
                                                  const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                                                  const Eigen::Ref<const Eigen::VectorXd>& phi_f);

}  // namespace foray::scattering
