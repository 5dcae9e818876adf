#pragma once

#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// @throws std::invalid_argument naming the parameter and what of it cannot be.
void check(const Parameter& p);

}  // namespace foray::optimizer
