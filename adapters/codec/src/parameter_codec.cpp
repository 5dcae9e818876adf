#include "parameter_codec.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "checker.h"
#include "enum_names.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
namespace {

constexpr EnumNames<optimizer::ParameterScale, 2> kScales = {
    {{optimizer::ParameterScale::kLinear, "linear"}, {optimizer::ParameterScale::kLog, "log"}}};

constexpr EnumNames<optimizer::ParameterRole, 4> kRoles = {
    {{optimizer::ParameterRole::kAxis, "axis"},
     {optimizer::ParameterRole::kExposure, "exposure"},
     {optimizer::ParameterRole::kContext, "context"},
     {optimizer::ParameterRole::kFidelity, "fidelity"}}};

const char* const kFrom = "value:";
const char* const kElapsed = "elapsed";

struct TimeUnit {
  const char* name;
  double seconds;
};
constexpr TimeUnit kTimeUnits[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};

double seconds_of(const optimizer::Parameter& parameter, const std::string& path) {
  for (const TimeUnit& unit : kTimeUnits)
    if (parameter.unit == unit.name) return unit.seconds;
  throw CodecError(path +
                   "/unit: expected \"s\", \"min\", \"h\" or \"d\" of an elapsed time, got \"" +
                   parameter.unit + "\"");
}

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

// What is written by default changes nothing.
void refuse_key(const Json& value, const std::string& path, const char* key,
                const std::string& where) {
  const Json plain = {{"role", "axis"}, {"integer", false}, {"step", 0},    {"scale", "linear"},
                      {"speed", 0},     {"settle_s", 0},    {"max_move", 0}};
  if (value.contains(key) && (!plain.contains(key) || value[key] != plain[key])) {
    throw CodecError(join_path(path, key) + ": expected no such key " + where + ", got " +
                     describe(value[key]));
  }
}

// The schema asks for one of them; with another it would not be clear which counts.
void read_what_it_can_be(const Json& value, const std::string& path,
                         optimizer::Parameter& parameter) {
  std::string first;
  for (const char* key : {"range", "values", "fixed", "simplex"}) {
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
    } else if (first == "simplex") {
      parameter.lower = 0;
      read_field(value, "total", path, parameter.total);
      parameter.upper = parameter.total;
    } else {
      const Eigen::VectorXd range = vector_of(*found, here);
      parameter.lower = range[0];
      parameter.upper = range[1];
    }
  }
  const bool ways = parameter.role == optimizer::ParameterRole::kFidelity;
  if (ways && first != "values") {
    throw CodecError(path + "/role: expected \"values\" of the role \"fidelity\", got \"" + first +
                     "\"");
  }
  for (const char* key : {"role", "integer", "step", "scale"}) {
    const bool suits =
        first == "range" || (first == "simplex" && std::string(key) == "step") ||
        (ways && std::string(key) == "role") ||
        (first == "values" && std::string(key) == "scale" && parameter.categories.empty());
    if (!suits) refuse_key(value, path, key, "beside \"" + first + "\"");
  }
  for (const char* key : {"total", "ranges"})
    if (first != "simplex") refuse_key(value, path, key, "without \"simplex\"");
}

void read_context(const Json& value, const std::string& path, optimizer::Parameter& parameter) {
  if (parameter.role != optimizer::ParameterRole::kContext) {
    refuse_key(value, path, "from", "without the role \"context\"");
    return;
  }
  for (const char* key : {"integer", "scale", "step", "speed", "settle_s", "max_move"})
    refuse_key(value, path, key, "of what is measured, not set");
  const Json* from = find_member(value, "from", path);
  if (from == nullptr) return;
  if (*from == kElapsed) {
    parameter.elapsed_unit_s = seconds_of(parameter, path);
  } else {
    parameter.from = text_of(*from, path + "/from").substr(std::string(kFrom).size());
  }
}

void read_fidelity(const Json& value, const std::string& path, optimizer::Parameter& parameter) {
  if (parameter.role != optimizer::ParameterRole::kFidelity) {
    refuse_key(value, path, "seconds", "without the role \"fidelity\"");
    return;
  }
  for (const char* key : {"speed", "max_move"})
    refuse_key(value, path, key, "of the role \"fidelity\"");
  const std::size_t count = std::max(parameter.values.size(), parameter.categories.size());
  const std::string here = path + "/seconds";
  if (count < 2) throw CodecError(path + "/values: expected two or more of the role \"fidelity\"");
  const Json* seconds = find_member(value, "seconds", path);
  if (seconds == nullptr) return;
  const Eigen::VectorXd numbers = vector_of(*seconds, here);
  parameter.seconds.assign(numbers.begin(), numbers.end());
  if (parameter.seconds.size() != count) {
    throw CodecError(here + ": expected a number for each of \"values\", " + std::to_string(count) +
                     " of them, got " + std::to_string(numbers.size()));
  }
}

// What all parts have in common, and their names and ranges.
void read_parts(const Json& value, const std::string& path, const optimizer::Parameter& common,
                std::vector<optimizer::Parameter>& parameters) {
  const std::vector<std::string> names = texts_of(value.at("simplex"), path + "/simplex");
  const Json* ranges = find_member(value, "ranges", path);
  for (const std::string& name : names) {
    optimizer::Parameter part = common;
    part.simplex = common.name;
    part.name = name;
    if (ranges != nullptr && ranges->contains(name)) {
      const Eigen::VectorXd range =
          vector_of((*ranges)[name], join_path(path + "/ranges", std::string_view(name)));
      part.lower = range[0];
      part.upper = range[1];
    }
    parameters.push_back(std::move(part));
  }
  if (ranges == nullptr) return;
  for (const auto& item : ranges->items()) {
    if (std::find(names.begin(), names.end(), item.key()) == names.end()) {
      throw CodecError(join_path(path + "/ranges", std::string_view(item.key())) +
                       ": expected the name of a part of \"" + common.name + "\"");
    }
  }
}

bool same_simplex(const std::vector<optimizer::Parameter>& parameters, std::size_t i) {
  return i > 0 && !parameters[i].simplex.empty() &&
         parameters[i - 1].simplex == parameters[i].simplex;
}

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
  read_context(value, path, parameter);
  read_fidelity(value, path, parameter);
  return parameter;
}

Json json_from_simplex(const std::vector<optimizer::Parameter>& parameters, std::size_t first) {
  const optimizer::Parameter& head = parameters[first];
  Json value = {{"name", head.simplex},     {"unit", head.unit},       {"total", head.total},
                {"step", head.step},        {"speed", head.speed},     {"settle_s", head.settle_s},
                {"simplex", Json::array()}, {"ranges", Json::object()}};
  if (head.max_move > 0) value["max_move"] = head.max_move;
  for (std::size_t i = first; i < parameters.size() && parameters[i].simplex == head.simplex; ++i) {
    value["simplex"].push_back(parameters[i].name);
    value["ranges"][parameters[i].name] = {parameters[i].lower, parameters[i].upper};
  }
  return value;
}

Json json_from_parameter(const optimizer::Parameter& parameter) {
  Json value = {{"name", parameter.name},
                {"unit", parameter.unit},
                {"speed", parameter.speed},
                {"settle_s", parameter.settle_s}};
  if (parameter.max_move > 0) value["max_move"] = parameter.max_move;
  if (parameter.role == optimizer::ParameterRole::kFidelity) value["role"] = "fidelity";
  if (!parameter.seconds.empty()) value["seconds"] = parameter.seconds;
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
      if (!parameter.from.empty()) value["from"] = kFrom + parameter.from;
      if (parameter.elapsed_unit_s > 0) value["from"] = kElapsed;
    }
  }
  return value;
}

}  // namespace

std::vector<optimizer::Parameter> read_parameters(const Json& list, const std::string& path) {
  std::vector<optimizer::Parameter> parameters;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = join_path(path, i);
    optimizer::Parameter parameter = read_parameter(list[i], here);
    if (list[i].contains("simplex")) {
      read_parts(list[i], here, parameter, parameters);
    } else {
      parameters.push_back(std::move(parameter));
    }
  }
  return parameters;
}

Json json_from_parameters(const std::vector<optimizer::Parameter>& parameters) {
  Json list = Json::array();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (same_simplex(parameters, i)) continue;
    list.push_back(parameters[i].simplex.empty() ? json_from_parameter(parameters[i])
                                                 : json_from_simplex(parameters, i));
  }
  return list;
}

std::string place_of(const std::vector<optimizer::Parameter>& parameters, std::size_t index) {
  std::size_t place = 0;
  for (std::size_t i = 1; i <= index; ++i) place += same_simplex(parameters, i) ? 0 : 1;
  return join_path("/parameters", place);
}

// A value as files have it: the name of a category, else a number.
double value_from_json(const Json& value, const optimizer::Parameter& parameter,
                       const std::string& path) {
  if (parameter.categories.empty()) return number_of(value, path);
  const std::string name = text_of(value, path);
  const auto& known = parameter.categories;
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    const auto near = nearest_word(name, known);
    throw CodecError(path + ": expected one of the values of \"" + parameter.name + "\" (" +
                     quoted(known) + "), got " + describe(value) +
                     (near ? "; did you mean \"" + *near + "\"?" : ""));
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
    if (parameter.role == optimizer::ParameterRole::kFidelity) {
      const Json* way =
          value.is_object() ? find_member(value, parameter.name.c_str(), path) : nullptr;
      coordinate =
          way == nullptr
              ? optimizer::full_fidelity(parameter)
              : value_from_json(*way, parameter, join_path(path, std::string_view(parameter.name)));
    }
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
    if (parameters[i].role != optimizer::ParameterRole::kAxis &&
        parameters[i].role != optimizer::ParameterRole::kFidelity)
      continue;
    value[parameters[i].name] =
        json_from_value(candidate.position(static_cast<Eigen::Index>(i)), parameters[i]);
  }
  return value;
}

}  // namespace foray::codec
