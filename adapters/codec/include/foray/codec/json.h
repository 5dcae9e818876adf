#pragma once

// Private to the adapters and the program: everything else sees typed structs only.

#include <Eigen/Core>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foray/codec/codec_error.h"
#include "foray/common/nearest_word.h"

namespace foray::codec {

using Json = nlohmann::json;

/// What a text may hold at most; beyond, it is refused before it can cost memory or stack.
struct JsonLimits {
  std::size_t bytes = 8U << 20U;    ///< length of the text.
  int depth = 64;                   ///< nested arrays and objects; 1,000,000 overflow a stack.
  std::int64_t values = 2'000'000;  ///< numbers, strings, arrays and objects together.
};

/// Parses one JSON text.
///
/// Stricter than the library under it: a key used twice, an integer outside 64 bits, a number that
/// is not finite, text that is not UTF-8, and what goes beyond the limits are refused.
///
/// @throws CodecError with one problem that names the line and the column.
Json parse_json(std::string_view text, const JsonLimits& limits = {});

/// Writes a value as text; `indent` < 0 writes one line.
///
/// @throws CodecError naming the path of a number that is not finite (JSON has none) or of a string
///         that is not UTF-8.
std::string write_json(const Json& value, int indent = -1);

/// A value for messages: its text, cut to a few dozen characters.
std::string describe(const Json& value);

/// `/parameters/0` and `range` -> `/parameters/0/range`, escaped as RFC 6901 has it.
std::string join_path(const std::string& path, std::string_view key);
std::string join_path(const std::string& path, std::size_t index);

using foray::nearest_word;

// Typed access. `path` is where `value` stands, for messages ("" is the whole text).
// All throw CodecError: "PATH: expected WHAT, got VALUE".

double number_of(const Json& value, const std::string& path);
std::int64_t integer_of(const Json& value, const std::string& path);
bool boolean_of(const Json& value, const std::string& path);
std::string text_of(const Json& value, const std::string& path);
Eigen::VectorXd vector_of(const Json& value, const std::string& path);
std::vector<std::string> texts_of(const Json& value, const std::string& path);

/// The member of an object, which must be there.
const Json& member(const Json& object, const char* key, const std::string& path);

/// The member of an object, or nullptr when it is not there.
const Json* find_member(const Json& object, const char* key, const std::string& path);

/// Refuses keys other than `allowed`, with the nearest of them as a hint.
void require_keys(const Json& object, const std::vector<std::string>& allowed,
                  const std::string& path);

/// A vector as an array of numbers.
Json json_of(const Eigen::Ref<const Eigen::VectorXd>& values);

}  // namespace foray::codec
