#pragma once

#include <Eigen/Core>

#include "foray/common/random.h"

namespace foray::optimizer {

/// Standard normal samples that fill their space evenly (dimension x count): a shifted Sobol
/// sequence through the inverse of the normal distribution. Whatever is averaged over them is a
/// smooth function of what it depends on as long as they stay, and they stay for a decision.
/// Balandat et al. (2020), arXiv:1910.06403, section 4.
/// Only the rows of one call are independent: two calls shift the same sequence.
/// @param dimension  0 to 3667.
[[nodiscard]] Eigen::MatrixXd normal_samples(Eigen::Index dimension, Eigen::Index count, Rng& rng);

}  // namespace foray::optimizer
