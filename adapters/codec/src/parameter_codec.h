#pragma once

#include <string>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/codec/json.h"

namespace foray::codec {

/// One of the `parameters` of a campaign file, that the schema has accepted.
optimizer::Parameter read_parameter(const Json& value, const std::string& path);

Json json_from_parameter(const optimizer::Parameter& parameter);

/// One of its `candidates`: an array of a value for each axis, or an object of names with values
/// and of what is known of the position.
campaign::Candidate read_candidate(const Json& value, const std::string& path,
                                   const std::vector<optimizer::Parameter>& parameters);

/// As an object.
Json json_from_candidate(const campaign::Candidate& candidate,
                         const std::vector<optimizer::Parameter>& parameters);

}  // namespace foray::codec
