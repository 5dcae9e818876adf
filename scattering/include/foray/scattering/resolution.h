#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <functional>

namespace foray::scattering {

/// An intensity at ascending q [1/angstrom], all > 0.
using IntensityOfQ = std::function<Eigen::VectorXd(const Eigen::Ref<const Eigen::VectorXd>& q)>;

/// What an instrument measures of a smooth intensity, from that intensity at well chosen places.
///
/// The intensity is interpolated by polynomials of degree 15 in panels that are halved until they
/// hold it to 1e-8 of its largest value within the panel; so the points of the curve need not be
/// dense, and nothing is lost between them.
///
/// Immutable; const methods may be called concurrently.
class Resolution {
 public:
  /// @param weights  n x m: what each of the m nodes counts for at each of the n points.
  Resolution(Eigen::VectorXd nodes, const Eigen::SparseMatrix<double, Eigen::RowMajor>& weights);

  /// m places where the intensity is needed [1/angstrom], ascending.
  [[nodiscard]] const Eigen::VectorXd& nodes() const { return nodes_; }

  /// The smeared intensity at the n values of q.
  /// @param at_nodes  the intensity at the m nodes.
  [[nodiscard]] Eigen::VectorXd smear(const Eigen::Ref<const Eigen::VectorXd>& at_nodes) const;

 private:
  Eigen::VectorXd nodes_;
  Eigen::SparseMatrix<double, Eigen::RowMajor> weights_;
};

/// What an instrument with a Gaussian spread of q measures.
///
/// I_s(q) = integral of I(t) exp(-(t - q)^2 / 2 dq^2) dt over q +- 8 dq, normalised; the integral
/// ends at q / 4, below which the wings of a wide resolution would reach a divergence that no beam
/// sees. Panels narrower than half the resolution are not halved.
class PinholeResolution : public Resolution {
 public:
  /// @param q          n values, ascending, > 0 [1/angstrom].
  /// @param dq         n standard deviations >= 0 [1/angstrom]; 0: q is exact.
  /// @param intensity  what the panels are made for; similar ones are smeared as well.
  /// @throws std::invalid_argument on lengths that differ, a q or dq out of range, or an intensity
  ///         that is not finite.
  PinholeResolution(const Eigen::Ref<const Eigen::VectorXd>& q,
                    const Eigen::Ref<const Eigen::VectorXd>& dq, const IntensityOfQ& intensity);
};

/// What an instrument with a slit measures: a Kratky camera, a Bonse-Hart diffractometer.
///
/// I_s(q) = 1/(2 W L) integral over u from -W to W and v from 0 to L of I(sqrt((q + u)^2 + v^2)),
/// with the length L across q and the width W along it, each to one side, as sasmodels defines
/// them; where one is 0 the integral over it is left out. That over u ends where q + u is q / 4, as
/// for PinholeResolution, and is divided by what is left.
class SlitResolution : public Resolution {
 public:
  /// @param q              n values, ascending, > 0 [1/angstrom].
  /// @param length, width  n values >= 0 each [1/angstrom]; both 0: q is exact.
  /// @param intensity      as PinholeResolution.
  /// @throws std::invalid_argument on lengths that differ, a value out of range, or an intensity
  ///         that is not finite.
  SlitResolution(const Eigen::Ref<const Eigen::VectorXd>& q,
                 const Eigen::Ref<const Eigen::VectorXd>& length,
                 const Eigen::Ref<const Eigen::VectorXd>& width, const IntensityOfQ& intensity);
};

/// The smeared intensity in one call. @throws std::invalid_argument as PinholeResolution.
Eigen::VectorXd smeared(const Eigen::Ref<const Eigen::VectorXd>& q,
                        const Eigen::Ref<const Eigen::VectorXd>& dq, const IntensityOfQ& intensity);

}  // namespace foray::scattering
