#include "spec_rules.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "enum_names.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
namespace {

using campaign::StopKind;

// kAll and kAny are members of their own: {"all": [rules]}.
constexpr EnumNames<StopKind, 7> kStopKinds = {
    {{StopKind::kConverged, "converged"},
     {StopKind::kTargetReached, "target_reached"},
     {StopKind::kUncertaintyBelow, "uncertainty_below"},
     {StopKind::kStagnated, "stagnated"},
     {StopKind::kGainRateBelow, "gain_rate_below"},
     {StopKind::kSpent, "spent"},
     {StopKind::kTransitionWithin, "transition_within"}}};

std::vector<campaign::StopRule> read_stop_rules(const Json& array, const std::string& path);

campaign::StopRule read_stop_rule(const Json& value, const std::string& path) {
  campaign::StopRule rule;
  for (const auto& [name, kind] : {std::pair("all", StopKind::kAll), {"any", StopKind::kAny}}) {
    if (const Json* rules = find_member(value, name, path)) {
      rule.kind = kind;
      rule.rules = read_stop_rules(*rules, path + "/" + name);
      return rule;
    }
  }
  read_field(value, "kind", path, kStopKinds, rule.kind);
  read_field(value, "improvement", path, rule.improvement);
  read_field(value, "patience", path, rule.patience);
  read_field(value, "observable", path, rule.observable);
  read_field(value, "value", path, rule.value);
  read_field(value, "amount", path, rule.value);
  read_field(value, "tolerance", path, rule.tolerance);
  read_field(value, "measurements", path, rule.budget.measurements);
  read_field(value, "hours", path, rule.budget.hours);
  return rule;
}

std::vector<campaign::StopRule> read_stop_rules(const Json& array, const std::string& path) {
  std::vector<campaign::StopRule> rules;
  for (std::size_t i = 0; i < array.size(); ++i) {
    rules.push_back(read_stop_rule(array[i], join_path(path, i)));
  }
  return rules;
}

Json json_from_stop_rule(const campaign::StopRule& rule) {
  if (rule.kind == StopKind::kAll) return {{"all", json_from_stop_rules(rule.rules)}};
  if (rule.kind == StopKind::kAny) return {{"any", json_from_stop_rules(rule.rules)}};
  Json value = {{"kind", name_of(kStopKinds, rule.kind)}};
  switch (rule.kind) {
    case StopKind::kConverged:
      value["improvement"] = rule.improvement;
      value["patience"] = rule.patience;
      break;
    case StopKind::kTargetReached:
      value["tolerance"] = rule.tolerance;
      [[fallthrough]];
    case StopKind::kUncertaintyBelow:
      value["observable"] = rule.observable;
      value["value"] = rule.value;
      break;
    case StopKind::kStagnated:
      value["amount"] = rule.value;
      value["patience"] = rule.patience;
      break;
    case StopKind::kGainRateBelow:
      value["value"] = rule.value;
      value["patience"] = rule.patience;
      break;
    case StopKind::kTransitionWithin:
      value["value"] = rule.value;
      break;
    case StopKind::kSpent:
      if (rule.budget.measurements > 0) value["measurements"] = rule.budget.measurements;
      if (rule.budget.hours > 0) value["hours"] = rule.budget.hours;
      break;
    case StopKind::kAll:
    case StopKind::kAny:
      break;
  }
  return value;
}

campaign::ReactRule read_react_rule(const Json& value, const std::string& path) {
  campaign::ReactRule rule;
  read_field(value, "observable", path, rule.observable);
  if (const Json* transition = find_member(value, "transition", path)) {
    double within = std::numeric_limits<double>::infinity();
    read_field(*transition, "within", path + "/transition", within);
    rule.transition_within = within;
  }
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
    if (const Json* around = find_member(*narrow, "around", here)) {
      rule.around = number_of(*around, here + "/around");
    } else {
      rule.range_of = text_of(member(*narrow, "parameter", here), here + "/parameter");
      const Eigen::VectorXd range = vector_of(member(*narrow, "range", here), here + "/range");
      rule.lower = range[0];
      rule.upper = range[1];
    }
  }
  if (const Json* densify = find_member(value, "densify", path)) {
    campaign::Densify& more = rule.densify.emplace();
    read_field(*densify, "to", path + "/densify", more.to);
    read_field(*densify, "measurements", path + "/densify", more.measurements);
  }
  return rule;
}

Json json_from_react_rule(const campaign::ReactRule& rule) {
  Json value = {{"pause", rule.pause}};
  if (!rule.observable.empty()) value["observable"] = rule.observable;
  if (rule.transition_within) {
    value["transition"] = Json::object();
    if (std::isfinite(*rule.transition_within)) {
      value["transition"]["within"] = *rule.transition_within;
    }
  }
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
  if (rule.around > 0) value["narrow"] = {{"around", rule.around}};
  if (rule.densify) {
    value["densify"] = {{"to", rule.densify->to}, {"measurements", rule.densify->measurements}};
  }
  return value;
}

}  // namespace

std::vector<campaign::StopRule> stop_rules_from_json(const Json& value, const std::string& path) {
  const Json* array = find_member(value, "stop", path);
  return array == nullptr ? std::vector<campaign::StopRule>()
                          : read_stop_rules(*array, path + "/stop");
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

std::optional<campaign::TransitionWatch> transitions_from_json(const Json& value,
                                                               const std::string& path) {
  const Json* found = find_member(value, "transitions", path);
  if (found == nullptr) return std::nullopt;
  const std::string here = path + "/transitions";
  campaign::TransitionWatch watch;
  read_field(*found, "along", here, watch.along);
  if (const Json* of = find_member(*found, "of", here)) watch.of = texts_of(*of, here + "/of");
  read_field(*found, "chance", here, watch.chance);
  read_field(*found, "stretch", here, watch.stretch);
  return watch;
}

Json json_from_transitions(const campaign::TransitionWatch& watch) {
  Json value = {{"along", watch.along}, {"chance", watch.chance}};
  if (!watch.of.empty()) value["of"] = watch.of;
  if (watch.stretch > 0) value["stretch"] = watch.stretch;
  return value;
}

Json json_from_stop_rules(const std::vector<campaign::StopRule>& rules) {
  Json array = Json::array();
  for (const campaign::StopRule& rule : rules) {
    array.push_back(json_from_stop_rule(rule));
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
