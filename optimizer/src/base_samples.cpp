#include "base_samples.h"

#include <boost/math/special_functions/erf.hpp>
#include <numbers>

#include "sequence.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd normal_samples(Index dimension, Index count, Rng& rng) {
  MatrixXd samples(dimension, count);
  if (dimension == 0) return samples;
  ShiftedSobol sequence(dimension, rng);
  for (Index s = 0; s < count; ++s) {
    samples.col(s) = sequence.next();
    // The sequence has 53 bits: half of the last one keeps 0 and 1 away.
    for (double& u : samples.col(s))
      u = -std::numbers::sqrt2 * boost::math::erfc_inv(2 * (u + 0x1.0p-54));
  }
  return samples;
}

}  // namespace foray::optimizer
