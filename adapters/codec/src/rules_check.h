#pragma once

#include <string>
#include <vector>

#include "checker.h"
#include "foray/campaign/spec.h"

namespace foray::codec {

// Checks of an objective at `path`, of which `value` is the document.
void check_objective(const optimizer::Objective& objective, const Json& value,
                     const Names& observables, const std::string& path, Checker& checker);

// Checks of the rules at `path`.
void check_stop_rules(const campaign::CampaignSpec& spec,
                      const std::vector<campaign::StopRule>& rules, const Names& observables,
                      const std::string& path, Checker& checker);

// Checks of "react", of which `value` is the document of the campaign.
void check_react_rules(const campaign::CampaignSpec& spec, const Json& value,
                       const Names& observables, Checker& checker);

void check_transitions(const campaign::CampaignSpec& spec, Checker& checker);

}  // namespace foray::codec
