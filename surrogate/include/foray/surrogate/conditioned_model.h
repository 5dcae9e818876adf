#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/surrogate/model.h"

namespace foray::surrogate {

/// Any model as it will be once the points in flight are measured, by the joint posterior of these:
/// for models that cannot do better themselves. Costs a covariance with the points in flight for
/// every prediction.
///
/// @param model  shared.  @param x  d x m, m >= 0.
/// @param noise  m variances >= 0 of what will be measured.
/// @param nugget  added to them, and to those of points that the result is conditioned on later.
/// @throws std::invalid_argument on a null model or a wrong shape.
[[nodiscard]] std::unique_ptr<Model> condition_model(std::shared_ptr<const Model> model,
                                                     const Eigen::Ref<const Eigen::MatrixXd>& x,
                                                     const Eigen::Ref<const Eigen::VectorXd>& noise,
                                                     double nugget = 0);

}  // namespace foray::surrogate
