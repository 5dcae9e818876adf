#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/codec/json.h"

namespace foray::codec {

// The "stop", "react" and "transitions" of a campaign file; empty when there is none.
std::vector<campaign::StopRule> stop_rules_from_json(const Json& value, const std::string& path);
std::vector<campaign::ReactRule> react_rules_from_json(const Json& value, const std::string& path);
std::optional<campaign::TransitionWatch> transitions_from_json(const Json& value,
                                                               const std::string& path);

Json json_from_stop_rules(const std::vector<campaign::StopRule>& rules);
Json json_from_react_rules(const std::vector<campaign::ReactRule>& rules);
Json json_from_transitions(const campaign::TransitionWatch& watch);

}  // namespace foray::codec
