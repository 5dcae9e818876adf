#pragma once

#include <string>
#include <utility>
#include <vector>

#include "foray/optimizer/objective.h"
#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// Every acquisition function with its name in campaign files and reports, kAutomatic first.
[[nodiscard]] const std::vector<std::pair<AcquisitionKind, const char*>>& acquisition_names();

/// Whether an acquisition function has a meaning for a kind of objective. A term that it does not
/// suit, in an objective of several, uses the automatic one.
[[nodiscard]] bool suits(AcquisitionKind acquisition, ObjectiveKind objective);

/// Whether it suits any term.
[[nodiscard]] bool suits(AcquisitionKind acquisition, const Objective& objective);

/// What kAutomatic stands for.
[[nodiscard]] AcquisitionKind automatic_for(ObjectiveKind objective);

/// @param parameters  whose names the expression may use, besides mu and sigma.
/// @throws std::invalid_argument naming the first field that is out of range, missing, or an
///         expression that cannot be understood.
void validate(const AcquisitionSpec& acquisition, const std::vector<Parameter>& parameters);

}  // namespace foray::optimizer
