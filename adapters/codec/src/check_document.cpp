#include "check_document.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "foray/codec/campaign_codec.h"

namespace foray::codec {
namespace {

Json campaign_schema_json() { return parse_json(campaign_schema()); }

Json definition(const char* name) {
  const Json whole = campaign_schema_json();
  Json schema = Json::object();
  schema["$schema"] = whole["$schema"];
  schema["definitions"] = whole["definitions"];
  Json reference = Json::object();
  reference["$ref"] = std::string("#/definitions/") + name;
  schema["allOf"] = Json::array();
  schema["allOf"].push_back(std::move(reference));
  return schema;
}

Json spec_schema() {
  Json schema = campaign_schema_json();
  schema["required"] = {"parameters", "observables", "objective"};
  schema["properties"].erase("instrument");
  schema["properties"].erase("scorer");
  return schema;
}

}  // namespace

const JsonSchema& published_schema(const std::string& name) {
  // Immutable once made; a schema takes a millisecond to prepare, a check microseconds.
  if (name == "campaign") {
    static const JsonSchema schema(campaign_schema_json());
    return schema;
  }
  if (name == "spec") {
    static const JsonSchema schema(spec_schema());
    return schema;
  }
  if (name == "objective") {
    static const JsonSchema schema(definition("objective"));
    return schema;
  }
  if (name == "acquisition") {
    static const JsonSchema schema(definition("acquisition"));
    return schema;
  }
  if (name == "instrument") {
    static const JsonSchema schema(definition("instrument"));
    return schema;
  }
  if (name == "sample_file") {
    static const JsonSchema schema(definition("sample_file"));
    return schema;
  }
  if (name == "geometry") {
    static const JsonSchema schema(definition("geometry"));
    return schema;
  }
  throw std::logic_error("published_schema: no schema " + name);
}

void require_valid(const std::string& name, const Json& value, const std::string& path) {
  std::vector<std::string> problems = published_schema(name).problems(value, path);
  if (!problems.empty()) {
    throw CodecError(std::move(problems));
  }
}

}  // namespace foray::codec
