#pragma once

#include <string>

#include "foray/codec/json.h"
#include "foray/codec/sample_codec.h"

namespace foray::codec {

// What is read has passed the schema. Throws CodecError for what only the sample itself can tell.
simulator::SampleSpec sample_from_json(const Json& value, const std::string& path);
Json json_from_sample(const simulator::SampleSpec& sample);

simulator::BeamlineSpec beamline_from_json(const Json& value, const std::string& path);
Json json_from_beamline(const simulator::BeamlineSpec& beamline);

}  // namespace foray::codec
