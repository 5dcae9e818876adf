#pragma once

#include <Eigen/Core>

#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// How much more, or less, than the model thinks may be unknown about places, relative to each
/// other, with a mean of one: those where the nearest measurement is badly predicted from all
/// others weigh more. With z its error over its standard deviation the weight goes as (1 + z^2)^2.
///
/// 1 + z^2 over Voronoi cells is the adjusted variance of Le Gratiet & Cannamela (2015),
/// doi:10.1080/00401706.2014.928233, section 3. Departs from it in squaring it: where a function
/// varies more than thought it varies faster too, and a measurement removes less of what is unknown
/// than thought (docs/performance.md has what that brings); and in the limit of three standard
/// deviations, beyond which a value may as well be wrong.
///
/// @param measured  d x n.
/// @param values  n; NaN where the model has none.
/// @param at  d x m, the places.
/// @return m weights; ones where the model cannot tell.
[[nodiscard]] Eigen::VectorXd surprise_weights(const surrogate::Model& model,
                                               const Eigen::Ref<const Eigen::MatrixXd>& measured,
                                               const Eigen::Ref<const Eigen::VectorXd>& values,
                                               const Eigen::Ref<const Eigen::MatrixXd>& at);

}  // namespace foray::optimizer
