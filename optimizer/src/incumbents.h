#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/common/random.h"
#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// At most `count` of the points, those whose mean and two deviations promise most.
[[nodiscard]] Eigen::MatrixXd most_promising(const surrogate::Model& model,
                                             const Eigen::MatrixXd& points, Eigen::Index count,
                                             bool maximise);

/// Draws of the best value among the points, thinned to few: the mean of each sixteenth of 512
/// sorted draws keeps the distribution's shape at a thirty-second of the cost. Maximising f and
/// minimising -f draw the same from the same generator.
[[nodiscard]] std::vector<double> draw_incumbents(const surrogate::Model& model,
                                                  const Eigen::MatrixXd& points, bool maximise,
                                                  Rng& rng);

}  // namespace foray::optimizer
