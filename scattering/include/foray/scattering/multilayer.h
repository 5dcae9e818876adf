#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

namespace foray::scattering {

/// A layer of refractive index 1 - delta + i beta.
struct Layer {
  double delta = 0;
  double beta = 0;       ///< >= 0.
  double thickness = 0;  ///< [angstrom], > 0; the first and the last layer have none.
  double roughness =
      0;  ///< root mean square of its upper interface [angstrom], >= 0; not the first's.
};

/// How the index changes across a rough interface.
enum class RoughnessModel {
  kTanh,        ///< as a hyperbolic tangent: exact for any roughness.
  kNevotCroce,  ///< as an error function: for roughnesses that are small beside the layers.
};

/// Layers from where the beam comes, the first, down to the substrate, the last.
struct Multilayer {
  std::vector<Layer> layers = {Layer{}, Layer{}};  ///< two or more.
  RoughnessModel roughness = RoughnessModel::kTanh;
};

/// @throws std::invalid_argument naming the layer and what is out of range.
void validate(const Multilayer& multilayer);

/// The field in one layer, T exp(-i kz (z - z0)) + R exp(i kz (z - z0)), where z points up and z0
/// is the lower interface of the layer (of the last: its upper one), for a wave of amplitude 1 that
/// falls on the surface.
struct LayerField {
  std::complex<double> kz;           ///< [1/angstrom], Re >= 0 and Im >= 0.
  std::complex<double> transmitted;  ///< T, downwards.
  std::complex<double> reflected;    ///< R, upwards.
};

/// The field in every layer.
///
/// @param wavelength  [angstrom], > 0.
/// @param alpha  glancing angle in the first layer [radian], in (0, pi/2].
/// @throws std::invalid_argument for those, and as validate.
///
/// Source: Parratt (1954), doi:10.1103/PhysRev.95.359, for the ratio of the waves; Bahr, Press,
/// Jebasinski, Mantl (1993), doi:10.1103/PhysRevB.47.4385, for tanh profiles; Nevot & Croce (1980),
/// doi:10.1051/rphysap:01980001503076100, for error functions. Rough interfaces transmit 1 + r.
[[nodiscard]] std::vector<LayerField> layer_fields(const Multilayer& multilayer, double wavelength,
                                                   double alpha);

/// |R|^2 in the first layer at each angle [radian].
[[nodiscard]] Eigen::VectorXd reflectivity(const Multilayer& multilayer, double wavelength,
                                           const Eigen::Ref<const Eigen::VectorXd>& alpha);

/// The angle below which all is reflected, sqrt(2 delta) [radian].
[[nodiscard]] double critical_angle(const Layer& layer);

}  // namespace foray::scattering
