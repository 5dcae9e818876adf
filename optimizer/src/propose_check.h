#pragma once

#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// Each throws std::invalid_argument naming what cannot be.
void check_objective(const Objective& objective, const AcquisitionSpec& acquisition);
void check_state(const SearchSpace& space, const ModelMap& models, const ProposeState& state);

}  // namespace foray::optimizer
