#include "schemas.h"

namespace foray::service {

using codec::Json;

Json object_schema(Json properties, Json required) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json text_schema(const std::string& title, int max_length) {
  return {{"type", "string"}, {"title", title}, {"minLength", 1}, {"maxLength", max_length}};
}

Json integer_schema(const std::string& title, std::int64_t minimum) {
  return {{"type", "integer"}, {"title", title}, {"minimum", minimum}};
}

Json number_schema(const std::string& title) { return {{"type", "number"}, {"title", title}}; }

Json boolean_schema() { return {{"type", "boolean"}, {"title", "true or false"}}; }

Json campaign_id_schema() { return text_schema("the id of a campaign"); }

Json position_schema() {
  return {{"type", "object"},
          {"title", "an object with a value for each parameter"},
          {"additionalProperties",
           {{"type", {"number", "string"}}, {"title", "a number or the name of a category"}}}};
}

Json sequence_result() {
  return object_schema({{"sequence", integer_schema("the journal's sequence of what was done", 1)}},
                       {"sequence"});
}

Json any_object(const std::string& title) { return {{"type", "object"}, {"title", title}}; }

}  // namespace foray::service
