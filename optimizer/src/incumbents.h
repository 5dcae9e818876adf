#pragma once

#include <Eigen/Core>

#include "foray/common/random.h"
#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// At most `count` of the points, those whose mean and two deviations promise most.
[[nodiscard]] Eigen::MatrixXd most_promising(const surrogate::Model& model,
                                             const Eigen::MatrixXd& points, Eigen::Index count,
                                             bool maximise);

/// Those of the points that hold the best value in some of 256 joint draws, in the order of their
/// promise: any other is hardly ever what an improvement has to pass. Maximising f and minimising
/// -f find the same with the same generator.
[[nodiscard]] Eigen::MatrixXd likely_best(const surrogate::Model& model,
                                          const Eigen::MatrixXd& points, bool maximise, Rng& rng);

}  // namespace foray::optimizer
