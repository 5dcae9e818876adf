#pragma once

#include <map>
#include <optional>
#include <string>

#include "foray/codec/json.h"
#include "foray/simulator/sample_spec.h"
#include "member_io.h"

namespace foray::codec {

// A number, a formula or a table of a sample.
simulator::Quantity quantity_of(const Json& value, const std::string& path);
Json json_of_quantity(const simulator::Quantity& quantity);

// A member that holds several by name; empty where it is missing.
std::map<std::string, simulator::Quantity> quantities_of(const Json& object, const char* key,
                                                         const std::string& path);
Json json_of_quantities(const std::map<std::string, simulator::Quantity>& quantities);

// Members of objects that hold quantities beside plain values.
struct SampleReader : MemberReader {
  using MemberReader::operator();
  void operator()(const char* key, simulator::Quantity& field) const {
    if (const Json* value = find_member(object, key, path)) {
      field = quantity_of(*value, join_path(path, key));
    }
  }
  void operator()(const char* key, std::optional<simulator::Quantity>& field) const {
    if (find_member(object, key, path) != nullptr) (*this)(key, field.emplace());
  }
};

struct SampleWriter : MemberWriter {
  using MemberWriter::operator();
  void operator()(const char* key, const simulator::Quantity& field) const {
    object[key] = json_of_quantity(field);
  }
  void operator()(const char* key, const std::optional<simulator::Quantity>& field) const {
    if (field) (*this)(key, *field);
  }
};

}  // namespace foray::codec
