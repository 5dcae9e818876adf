#pragma once

#include <string>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/codec/json.h"

namespace foray::codec {

/// The `parameters` of a campaign file, that the schema has accepted; a simplex is a parameter for
/// each of its parts.
std::vector<optimizer::Parameter> read_parameters(const Json& list, const std::string& path);

Json json_from_parameters(const std::vector<optimizer::Parameter>& parameters);

/// Where in the list a parameter is described: "/parameters/2".
std::string place_of(const std::vector<optimizer::Parameter>& parameters, std::size_t index);

/// One of its `candidates`: an array of a value for each axis, or an object of names with values
/// and of what is known of the position.
campaign::Candidate read_candidate(const Json& value, const std::string& path,
                                   const std::vector<optimizer::Parameter>& parameters);

/// As an object.
Json json_from_candidate(const campaign::Candidate& candidate,
                         const std::vector<optimizer::Parameter>& parameters);

}  // namespace foray::codec
