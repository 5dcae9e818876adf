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

/// Whether an acquisition function is an expected gain, so that so much of it a second has a
/// meaning: an improvement, a variance or an error removed, an information. A variance, a bound, a
/// probability, an entropy or a formula is none.
[[nodiscard]] bool is_gain(AcquisitionKind acquisition);

/// Whether the terms of an objective are all searched by gains.
[[nodiscard]] bool is_gain(AcquisitionKind acquisition, const Objective& objective);

/// Whether a trust region has a meaning: one value is made largest or smallest.
[[nodiscard]] bool suits_trust_region(const Objective& objective);

/// Whether it asks that a learned constraint holds with some probability wherever is measured.
[[nodiscard]] bool asks_for_safety(const Objective& objective);

/// The names of all gains, for people: "expected_improvement", ...
[[nodiscard]] std::string gain_names();

/// What kAutomatic stands for.
[[nodiscard]] AcquisitionKind automatic_for(ObjectiveKind objective);

/// @param parameters  whose names the expression may use, besides mu and sigma.
/// @throws std::invalid_argument naming the first field that is out of range, missing, or an
///         expression that cannot be understood.
void validate(const AcquisitionSpec& acquisition, const std::vector<Parameter>& parameters);

}  // namespace foray::optimizer
