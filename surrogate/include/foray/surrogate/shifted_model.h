#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>

#include "foray/surrogate/model.h"

namespace foray::surrogate {

/// A known function of d coordinates: its values at the columns of x (d x n), in the unit of y.
using KnownMean = std::function<Eigen::VectorXd(const Eigen::Ref<const Eigen::MatrixXd>& x)>;

/// A model whose prior mean follows a known function: a formula, a simulation. `inner` is of what
/// was measured less the function; the function is added to what it predicts. Its gradient is taken
/// by central differences. Its left_out is that of `inner`, the function not added.
///
/// @throws std::invalid_argument on a null model or an empty function.
[[nodiscard]] std::unique_ptr<Model> shift_model(std::unique_ptr<const Model> inner,
                                                 std::shared_ptr<const KnownMean> mean);

}  // namespace foray::surrogate
