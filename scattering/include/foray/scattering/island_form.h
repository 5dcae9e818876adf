#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "foray/scattering/grazing.h"

namespace foray::scattering {

/// Islands of one shape on a stack, turned about the normal in all directions, as a table for many
/// pixels: for shapes whose walls are not upright or that are not round, where grazing_intensity
/// would go through every turn at every pixel.
///
/// The four-term form factor is a part that is smooth in k_z of the outgoing wave and, times the
/// reflected amplitude, the same at -k_z, so that what happens at the critical angle is in that
/// amplitude alone. Their moments are cubic between 24 steps a fringe: good to 1e-3 of a fringe's
/// crest. Const methods may be called concurrently.
class IslandForm {
 public:
  /// @param sample  islands in the first layer, of one shape; its structure is not looked at.
  /// @param spread  relative standard deviation, normal to three of them, of a sphere's radius, of
  ///        other shapes' sizes along the surface; in [0, 0.3].
  /// @param wavelength  [angstrom].  @param alpha_i  of the beam [radian].
  /// @param q_max  the largest q along the surface that is asked for [1/angstrom], > 0.
  /// @param kz_max  the largest k_z of an outgoing wave that is asked for [1/angstrom], > 0.
  /// @throws std::invalid_argument for those, as grazing_intensity, and for more than a million
  ///         places in the table or minutes of work, the shape being too large for the detector.
  IslandForm(const GrazingSample& sample, double spread, double wavelength, double alpha_i,
             double q_max, double kz_max);

  /// Shares of the beam's photons [1/sr] of islands that do not interfere, and of those that all
  /// are the mean one: with a structure factor S it is square + mean (S - 1).
  struct Moments {
    double square = 0, mean = 0;
  };

  /// @param q  along the surface [1/angstrom], from 0 to q_max.
  /// @param kz  of the outgoing wave in the first layer [1/angstrom], from 0 to kz_max.
  /// @param reflected  its amplitude there, as LayerField has it.
  [[nodiscard]] Moments at(double q, double kz, const std::complex<double>& reflected) const;

 private:
  // <|G-|^2>, <|G+|^2>, <G+ G-*>, then the same of the means <G->, <G+>.
  using Entry = Eigen::Array<float, 8, 1>;

  double q_steps_ = 0, kz_steps_ = 0;  // a unit of q and of kz
  Eigen::Index rows_ = 0;              // places in kz, the first a step below 0
  Eigen::Index columns_ = 0;           // places in q, likewise
  std::vector<Entry> table_;
};

}  // namespace foray::scattering
