#include "parameter_codec.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "enum_names.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
namespace {

constexpr EnumNames<optimizer::ParameterScale, 2> kScales = {
    {{optimizer::ParameterScale::kLinear, "linear"}, {optimizer::ParameterScale::kLog, "log"}}};

constexpr EnumNames<optimizer::ParameterRole, 2> kRoles = {
    {{optimizer::ParameterRole::kAxis, "axis"}, {optimizer::ParameterRole::kExposure, "exposure"}}};

void read_values(const Json& values, const std::string& path, optimizer::Parameter& parameter) {
  if (values[0].is_string()) {
    parameter.categories = texts_of(values, path);
    parameter.lower = 0;
    parameter.upper = static_cast<double>(values.size()) - 1;
    return;
  }
  const Eigen::VectorXd numbers = vector_of(values, path);
  parameter.values.assign(numbers.begin(), numbers.end());
  parameter.lower = numbers.minCoeff();
  parameter.upper = numbers.maxCoeff();
}

// The schema asks for one of them; with another it would not be clear which counts.
void read_what_it_can_be(const Json& value, const std::string& path,
                         optimizer::Parameter& parameter) {
  std::string first;
  for (const char* key : {"range", "values", "fixed"}) {
    const Json* found = find_member(value, key, path);
    if (found == nullptr) continue;
    const std::string here = join_path(path, key);
    if (!first.empty()) {
      throw CodecError(here + ": expected no such key beside \"" + first + "\", got " +
                       describe(*found));
    }
    first = key;
    if (first == "values") {
      read_values(*found, here, parameter);
    } else if (first == "fixed") {
      parameter.lower = parameter.upper = number_of(*found, here);
      parameter.role = optimizer::ParameterRole::kFixed;
    } else {
      const Eigen::VectorXd range = vector_of(*found, here);
      parameter.lower = range[0];
      parameter.upper = range[1];
    }
  }
  for (const char* key : {"role", "integer", "step", "scale"}) {
    const bool suits = first == "range" || (first == "values" && std::string(key) == "scale" &&
                                            parameter.categories.empty());
    // What is written by default changes nothing.
    const Json plain = {{"role", "axis"}, {"integer", false}, {"step", 0}, {"scale", "linear"}};
    if (!suits && value.contains(key) && value[key] != plain[key]) {
      throw CodecError(join_path(path, key) + ": expected no such key beside \"" + first +
                       "\", got " + describe(value[key]));
    }
  }
}

}  // namespace

optimizer::Parameter read_parameter(const Json& value, const std::string& path) {
  optimizer::Parameter parameter;
  parameter.name = text_of(member(value, "name", path), path + "/name");
  read_field(value, "unit", path, parameter.unit);
  read_field(value, "scale", path, kScales, parameter.scale);
  read_field(value, "role", path, kRoles, parameter.role);
  read_field(value, "integer", path, parameter.integer);
  read_what_it_can_be(value, path, parameter);
  read_field(value, "step", path, parameter.step);
  read_field(value, "speed", path, parameter.speed);
  read_field(value, "settle_s", path, parameter.settle_s);
  read_field(value, "max_move", path, parameter.max_move);
  return parameter;
}

Json json_from_parameter(const optimizer::Parameter& parameter) {
  Json value = {{"name", parameter.name},
                {"unit", parameter.unit},
                {"speed", parameter.speed},
                {"settle_s", parameter.settle_s}};
  if (parameter.max_move > 0) value["max_move"] = parameter.max_move;
  if (parameter.role == optimizer::ParameterRole::kFixed) {
    value["fixed"] = parameter.lower;
  } else if (!parameter.categories.empty()) {
    value["values"] = parameter.categories;
  } else {
    value["scale"] = name_of(kScales, parameter.scale);
    if (!parameter.values.empty()) {
      value["values"] = parameter.values;
    } else {
      value["range"] = Json::array({parameter.lower, parameter.upper});
      value["role"] = name_of(kRoles, parameter.role);
      value["step"] = parameter.step;
      if (parameter.integer) value["integer"] = true;
    }
  }
  return value;
}

// A value as files have it: the name of a category, else a number.
double value_from_json(const Json& value, const optimizer::Parameter& parameter,
                       const std::string& path) {
  if (parameter.categories.empty()) return number_of(value, path);
  const std::string name = text_of(value, path);
  const auto& known = parameter.categories;
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    throw CodecError(path + ": expected one of the values of \"" + parameter.name + "\", got " +
                     describe(value));
  }
  return static_cast<double>(found - known.begin());
}

Json json_from_value(double value, const optimizer::Parameter& parameter) {
  if (parameter.categories.empty()) return value;
  return optimizer::value_text(parameter, value);
}

campaign::Candidate read_candidate(const Json& value, const std::string& path,
                                   const std::vector<optimizer::Parameter>& parameters) {
  campaign::Candidate candidate;
  candidate.position.resize(static_cast<Eigen::Index>(parameters.size()));
  std::size_t axes = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const optimizer::Parameter& parameter = parameters[i];
    double& coordinate = candidate.position(static_cast<Eigen::Index>(i));
    coordinate = parameter.lower;
    if (parameter.role != optimizer::ParameterRole::kAxis) continue;
    if (value.is_object()) {
      coordinate = value_from_json(member(value, parameter.name.c_str(), path), parameter,
                                   join_path(path, std::string_view(parameter.name)));
    } else if (axes < value.size()) {
      coordinate = value_from_json(value[axes], parameter, join_path(path, axes));
    }
    ++axes;
  }
  if (value.is_array() && value.size() != axes) {
    throw CodecError(path + ": expected " + std::to_string(axes) +
                     " values, one for each parameter with the role axis, got " + describe(value));
  }
  if (value.is_array()) return candidate;
  for (const auto& item : value.items()) {
    const std::string& key = item.key();
    const Json& known = item.value();
    if (std::any_of(parameters.begin(), parameters.end(),
                    [&](const auto& parameter) { return parameter.name == key; })) {
      continue;
    }
    const std::string here = join_path(path, std::string_view(key));
    if (known.is_string()) {
      candidate.about[key] = text_of(known, here);
    } else {
      candidate.about[key] = number_of(known, here);
    }
  }
  return candidate;
}

Json json_from_candidate(const campaign::Candidate& candidate,
                         const std::vector<optimizer::Parameter>& parameters) {
  Json value = Json::object();
  for (const auto& known : candidate.about) {
    std::visit([&](const auto& simple) { value[known.first] = simple; }, known.second);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].role != optimizer::ParameterRole::kAxis) continue;
    value[parameters[i].name] =
        json_from_value(candidate.position(static_cast<Eigen::Index>(i)), parameters[i]);
  }
  return value;
}

}  // namespace foray::codec
