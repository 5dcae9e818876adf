#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace foray::instruments {

// The values of `wanted` names, in their order. Throws std::invalid_argument naming a missing one.
Eigen::VectorXd pick(const std::vector<std::string>& names,
                     const Eigen::Ref<const Eigen::VectorXd>& position,
                     const std::vector<std::string>& wanted, const std::string& where);

}  // namespace foray::instruments
