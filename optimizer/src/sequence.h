#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/common/random.h"

namespace foray::optimizer {

/// A Sobol sequence in [0, 1)^d with a random digital shift: each point is uniform, and together
/// they fill the cube evenly.
///
/// Source: Joe & Kuo (2008), doi:10.1137/070709359, directions as in Boost.Random; shift after
/// Owen (1998), doi:10.1145/272991.273010.
class ShiftedSobol {
 public:
  /// @param dimension  1 to 3667.  @param rng  drawn from for the shift, once a dimension.
  ShiftedSobol(Eigen::Index dimension, Rng& rng);
  ~ShiftedSobol();
  ShiftedSobol(const ShiftedSobol&) = delete;
  ShiftedSobol& operator=(const ShiftedSobol&) = delete;
  ShiftedSobol(ShiftedSobol&&) = delete;
  ShiftedSobol& operator=(ShiftedSobol&&) = delete;

  /// The next point.
  Eigen::VectorXd next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::optimizer
