#pragma once

#include <string>

#include "foray/codec/schema.h"

namespace foray::codec {

// The campaign schema, or one of its definitions as a schema of its own ("objective"), or the
// campaign schema without required adapters ("spec").
const JsonSchema& published_schema(const std::string& name);

// Throws CodecError with every problem unless `value` is what published_schema(name) says.
void require_valid(const std::string& name, const Json& value, const std::string& path);

}  // namespace foray::codec
