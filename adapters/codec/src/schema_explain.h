#pragma once

#include <string>
#include <vector>

#include "foray/codec/json.h"

namespace foray::codec {

// Where a validator found something wrong.
struct SchemaFinding {
  enum class Kind { kMissingKey, kUnknownKey, kOther };
  Kind kind = Kind::kOther;
  std::vector<std::string> tokens;  // path in the document, one token a level
  std::string key;                  // the missing one
};

// Puts findings into words, with what the schema itself says is expected at each place.
std::vector<std::string> explain(const Json& schema, const Json& document,
                                 const std::vector<SchemaFinding>& findings,
                                 const std::string& path);

}  // namespace foray::codec
