#pragma once

#include <string>

#include "enum_names.h"

namespace foray::codec {

// The members of an object, read into fields or written from them: one list of fields serves both.
struct MemberReader {
  const Json& object;
  const std::string& path;

  template <typename Field>
  void operator()(const char* key, Field& field) const {
    read_field(object, key, path, field);
  }
  template <typename Names, typename Enum>
  void operator()(const char* key, const Names& names, Enum& field) const {
    read_field(object, key, path, names, field);
  }
};

struct MemberWriter {
  Json& object;

  template <typename Field>
  void operator()(const char* key, const Field& field) const {
    object[key] = field;
  }
  template <typename Names, typename Enum>
  void operator()(const char* key, const Names& names, const Enum& field) const {
    object[key] = name_of(names, field);
  }
};

}  // namespace foray::codec
