#pragma once

#include <memory>
#include <string>
#include <vector>

#include "foray/codec/json.h"

namespace foray::codec {

/// A JSON Schema (draft-07) that says what is wrong in words.
///
/// The verdict is the validator library's. The words come from the schema itself: `title` of a
/// subschema says what is expected there, an `enum` its values, `properties` the keys that exist.
/// Const methods may be called concurrently.
class JsonSchema {
 public:
  /// @throws std::logic_error when `schema` is no schema: it is part of the program.
  explicit JsonSchema(Json schema);
  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

  /// One line for each problem, empty when the document is valid:
  /// `/parameters/0/range: expected two increasing numbers, got "wide"`.
  ///
  /// @param path  where the document stands in a larger one; put before each path.
  [[nodiscard]] std::vector<std::string> problems(const Json& document,
                                                  const std::string& path = "") const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::codec
