#include "quantity_io.h"

#include <variant>
#include <vector>

namespace foray::codec {

using simulator::Quantity;

namespace {

std::vector<double> list_of(const Json& value, const std::string& path) {
  const Eigen::VectorXd vector = vector_of(value, path);
  return {vector.begin(), vector.end()};
}

}  // namespace

Quantity quantity_of(const Json& value, const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.get<double>();
  simulator::QuantityTable table;
  table.of = text_of(member(value, "of", path), path + "/of");
  table.at = list_of(member(value, "at", path), path + "/at");
  table.values = list_of(member(value, "values", path), path + "/values");
  return table;
}

Json json_of_quantity(const Quantity& quantity) {
  if (const auto* number = std::get_if<double>(&quantity)) return *number;
  if (const auto* text = std::get_if<std::string>(&quantity)) return *text;
  const auto& table = std::get<simulator::QuantityTable>(quantity);
  return {{"of", table.of}, {"at", table.at}, {"values", table.values}};
}

std::map<std::string, Quantity> quantities_of(const Json& object, const char* key,
                                              const std::string& path) {
  std::map<std::string, Quantity> result;
  if (const Json* values = find_member(object, key, path)) {
    const std::string place = join_path(path, key);
    for (const auto& [name, value] : values->items()) {
      result[name] = quantity_of(value, join_path(place, name));
    }
  }
  return result;
}

Json json_of_quantities(const std::map<std::string, Quantity>& quantities) {
  Json object = Json::object();
  for (const auto& [name, value] : quantities) object[name] = json_of_quantity(value);
  return object;
}

}  // namespace foray::codec
