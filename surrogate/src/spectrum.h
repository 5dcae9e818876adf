#pragma once

#include <Eigen/Core>

#include "correlation.h"
#include "foray/common/random.h"

namespace foray::surrogate::detail {

/// `count` frequencies (count x axes) from the spectral density of a correlation, in radian over
/// the unit of the scaled distance.
Eigen::MatrixXd spectral_sample(const Correlation& correlation, Eigen::Index count, Rng& rng);

}  // namespace foray::surrogate::detail
