#pragma once

#include <Eigen/Core>
#include <functional>

#include "foray/optimizer/search_space.h"

namespace foray::optimizer {

// All candidates, or all points of a space whose every axis has steps or levels, when they are at
// most `limit`: 0 columns otherwise.
Eigen::MatrixXd enumerate(const SearchSpace& space, double limit);

// Points that differ from one in one discrete coordinate and may be: the gradient knows nothing of
// them. Of an axis with many levels those near and, ever sparser, those far.
Eigen::MatrixXd flips(const SearchSpace& space, const Eigen::VectorXd& centre,
                      const std::function<bool(const Eigen::VectorXd&)>& may_be);

}  // namespace foray::optimizer
