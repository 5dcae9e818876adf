#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "foray/codec/json.h"

namespace foray::codec {

// The words of an enumeration in JSON; one table serves both ways. Any range of such pairs does.
template <typename Enum, std::size_t N>
using EnumNames = std::array<std::pair<Enum, const char*>, N>;

template <typename Names>
auto enum_of(const Names& names, const Json& value, const std::string& path) {
  const std::string text = text_of(value, path);
  std::string expected;
  for (const auto& [candidate, name] : names) {
    if (text == name) {
      return candidate;
    }
    expected += (expected.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  throw CodecError(path + ": expected one of " + expected + ", got " + describe(value));
}

template <typename Names, typename Enum>
const char* name_of(const Names& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) {
      return name;
    }
  }
  throw CodecError("expected a value of the enumeration, got number " +
                   std::to_string(static_cast<long long>(value)));
}

// Sets a field from a member that may be missing.
inline void read_field(const Json& object, const char* key, const std::string& path,
                       double& field) {
  if (const Json* value = find_member(object, key, path)) {
    field = number_of(*value, join_path(path, key));
  }
}

inline void read_field(const Json& object, const char* key, const std::string& path, bool& field) {
  if (const Json* value = find_member(object, key, path)) {
    field = boolean_of(*value, join_path(path, key));
  }
}

inline void read_field(const Json& object, const char* key, const std::string& path,
                       std::string& field) {
  if (const Json* value = find_member(object, key, path)) {
    field = text_of(*value, join_path(path, key));
  }
}

inline void read_field(const Json& object, const char* key, const std::string& path,
                       std::int64_t& field) {
  if (const Json* value = find_member(object, key, path)) {
    field = integer_of(*value, join_path(path, key));
  }
}

inline void read_field(const Json& object, const char* key, const std::string& path, int& field) {
  if (const Json* value = find_member(object, key, path)) {
    const std::int64_t number = integer_of(*value, join_path(path, key));
    if (number < INT32_MIN || number > INT32_MAX) {
      throw CodecError(join_path(path, key) + ": expected an integer within 32 bits, got " +
                       describe(*value));
    }
    field = static_cast<int>(number);
  }
}

inline void read_field(const Json& object, const char* key, const std::string& path,
                       std::uint64_t& field) {
  if (const Json* value = find_member(object, key, path)) {
    const std::int64_t number = integer_of(*value, join_path(path, key));
    if (number < 0) {
      throw CodecError(join_path(path, key) + ": expected an integer >= 0, got " +
                       describe(*value));
    }
    field = static_cast<std::uint64_t>(number);
  }
}

template <typename Names, typename Enum>
void read_field(const Json& object, const char* key, const std::string& path, const Names& names,
                Enum& field) {
  if (const Json* value = find_member(object, key, path)) {
    field = enum_of(names, *value, join_path(path, key));
  }
}

// A seed as JSON: integers there have 63 bits.
inline Json json_of_seed(std::uint64_t seed, const char* key) {
  if (seed > static_cast<std::uint64_t>(INT64_MAX)) {
    throw CodecError(std::string(key) + ": expected at most 9223372036854775807 to write, got " +
                     std::to_string(seed));
  }
  return static_cast<std::int64_t>(seed);
}

}  // namespace foray::codec
