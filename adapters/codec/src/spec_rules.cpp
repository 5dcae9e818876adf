#include "spec_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "enum_names.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
namespace {

using campaign::StopKind;

constexpr EnumNames<StopKind, 3> kStopKinds = {
    {{StopKind::kConverged, "converged"},
     {StopKind::kTargetReached, "target_reached"},
     {StopKind::kUncertaintyBelow, "uncertainty_below"}}};

campaign::StopRule read_stop_rule(const Json& value, const std::string& path) {
  campaign::StopRule rule;
  read_field(value, "kind", path, kStopKinds, rule.kind);
  read_field(value, "improvement", path, rule.improvement);
  read_field(value, "patience", path, rule.patience);
  read_field(value, "observable", path, rule.observable);
  read_field(value, "value", path, rule.value);
  read_field(value, "tolerance", path, rule.tolerance);
  return rule;
}

campaign::ReactRule read_react_rule(const Json& value, const std::string& path) {
  campaign::ReactRule rule;
  read_field(value, "observable", path, rule.observable);
  if (const Json* bound = find_member(value, "at_least", path)) {
    rule.at_least = number_of(*bound, path + "/at_least");
  }
  if (const Json* bound = find_member(value, "at_most", path)) {
    rule.at_most = number_of(*bound, path + "/at_most");
  }
  read_field(value, "pause", path, rule.pause);
  if (const Json* objective = find_member(value, "objective", path)) {
    rule.objective = objective_from_json(*objective, path + "/objective");
  }
  if (const Json* narrow = find_member(value, "narrow", path)) {
    const std::string here = path + "/narrow";
    rule.range_of = text_of(member(*narrow, "parameter", here), here + "/parameter");
    const Eigen::VectorXd range = vector_of(member(*narrow, "range", here), here + "/range");
    rule.lower = range[0];
    rule.upper = range[1];
  }
  return rule;
}

Json json_from_react_rule(const campaign::ReactRule& rule) {
  Json value = {{"observable", rule.observable}, {"pause", rule.pause}};
  if (rule.at_least) {
    value["at_least"] = *rule.at_least;
  }
  if (rule.at_most) {
    value["at_most"] = *rule.at_most;
  }
  if (rule.objective) {
    value["objective"] = json_from_objective(*rule.objective);
  }
  if (!rule.range_of.empty()) {
    value["narrow"] = {{"parameter", rule.range_of},
                       {"range", Json::array({rule.lower, rule.upper})}};
  }
  return value;
}

}  // namespace

std::vector<campaign::StopRule> stop_rules_from_json(const Json& value, const std::string& path) {
  std::vector<campaign::StopRule> rules;
  if (const Json* array = find_member(value, "stop", path)) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      rules.push_back(read_stop_rule((*array)[i], join_path(path + "/stop", i)));
    }
  }
  return rules;
}

std::vector<campaign::ReactRule> react_rules_from_json(const Json& value, const std::string& path) {
  std::vector<campaign::ReactRule> rules;
  if (const Json* array = find_member(value, "react", path)) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      rules.push_back(read_react_rule((*array)[i], join_path(path + "/react", i)));
    }
  }
  return rules;
}

Json json_from_stop_rules(const std::vector<campaign::StopRule>& rules) {
  Json array = Json::array();
  for (const campaign::StopRule& rule : rules) {
    Json value = {{"kind", name_of(kStopKinds, rule.kind)}};
    if (rule.kind == StopKind::kConverged) {
      value["improvement"] = rule.improvement;
      value["patience"] = rule.patience;
    } else {
      value["observable"] = rule.observable;
      value["value"] = rule.value;
    }
    if (rule.kind == StopKind::kTargetReached) {
      value["tolerance"] = rule.tolerance;
    }
    array.push_back(std::move(value));
  }
  return array;
}

Json json_from_react_rules(const std::vector<campaign::ReactRule>& rules) {
  Json array = Json::array();
  for (const campaign::ReactRule& rule : rules) {
    array.push_back(json_from_react_rule(rule));
  }
  return array;
}

}  // namespace foray::codec
