#include "foray/codec/schema.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "schema_explain.h"

// The only source that sees the validator: its headers cost seconds to compile.

namespace foray::codec {

struct JsonSchema::Impl {
  Json text;
  valijson::Schema schema;
};

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The validator's words that carry meaning; everything else is "not what is expected here".
bool starts_with(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

// Tokens of "<root>", "[parameters]", "[0]".
std::vector<std::string> tokens_of(const std::vector<std::string>& context) {
  std::vector<std::string> tokens;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string& part = context[i];
    tokens.push_back(part.size() >= 2 && part.front() == '[' ? part.substr(1, part.size() - 2)
                                                             : part);
  }
  return tokens;
}

std::vector<SchemaFinding> findings_of(valijson::ValidationResults& results) {
  std::vector<SchemaFinding> findings;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    // These repeat, for each level above, what was said below.
    if (starts_with(error.description, "Failed to validate")) {
      continue;
    }
    SchemaFinding finding;
    finding.tokens = tokens_of(error.context);
    if (starts_with(error.description, "Missing required property")) {
      finding.kind = SchemaFinding::Kind::kMissingKey;
      const std::size_t first = error.description.find('\'');
      const std::size_t last = error.description.rfind('\'');
      finding.key = error.description.substr(first + 1, last - first - 1);
    } else if (starts_with(error.description, "Object contains a property")) {
      finding.kind = SchemaFinding::Kind::kUnknownKey;
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

JsonSchema::JsonSchema(Json schema) : impl_(std::make_unique<Impl>()) {
  impl_->text = std::move(schema);
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(Adapter(impl_->text), impl_->schema);
  } catch (const std::exception& error) {
    throw std::logic_error(std::string("JsonSchema: expected a draft-07 schema: ") + error.what());
  }
}

JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;

std::vector<std::string> JsonSchema::problems(const Json& document, const std::string& path) const {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  if (validator.validate(impl_->schema, Adapter(document), &results)) {
    return {};
  }
  std::vector<std::string> lines = explain(impl_->text, document, findings_of(results), path);
  if (lines.empty()) {
    lines.push_back((path.empty() ? "the whole text" : path) +
                    ": expected what the schema says, got " + describe(document));
  }
  return lines;
}

}  // namespace foray::codec
