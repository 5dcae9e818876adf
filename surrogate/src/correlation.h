#pragma once

#include <Eigen/Core>

#include "foray/surrogate/kernel.h"

namespace foray::surrogate::detail {

/// A correlation as a function of the squared scaled distance. `shape` is nu of kMatern, alpha of
/// kRationalQuadratic and smoothness of kWendland, which needs the number of axes too.
struct Correlation {
  KernelKind kind = KernelKind::kMatern52;
  double shape = 0;
  Eigen::Index axes = 1;

  /// Whether a kind is a function of the scaled distance.
  static bool covers(KernelKind kind);

  /// Replaces squared distances by correlations.
  void to_values(Eigen::Ref<Eigen::ArrayXd> r2) const;

  /// Replaces squared distances by -k'(r) / r, the factor of all derivatives in distances. Where it
  /// is infinite at r = 0 (no derivative, or none of the second order) the product with a
  /// difference of coordinates has no limit or the limit 0; 0 is given there, the mean of the
  /// one-sided derivatives.
  void to_slopes(Eigen::Ref<Eigen::ArrayXd> r2) const;

  /// d correlation / d shape of kRationalQuadratic, from squared distances.
  [[nodiscard]] Eigen::ArrayXd by_shape(const Eigen::Ref<const Eigen::ArrayXd>& r2) const;
};

}  // namespace foray::surrogate::detail
