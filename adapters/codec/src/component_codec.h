#pragma once

#include <string>

#include "foray/codec/json.h"
#include "foray/simulator/sample_spec.h"

namespace foray::codec {

// A component of a sample; what is read has passed the schema.
simulator::SampleComponent component_of(const Json& value, const std::string& path);
Json json_of_component(const simulator::SampleComponent& component);

}  // namespace foray::codec
