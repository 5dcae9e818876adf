#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check_document.h"
#include "enum_names.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
namespace {

using optimizer::ObjectiveKind;

constexpr EnumNames<ObjectiveKind, 7> kKinds = {{{ObjectiveKind::kExplore, "explore"},
                                                 {ObjectiveKind::kMaximise, "maximise"},
                                                 {ObjectiveKind::kMinimise, "minimise"},
                                                 {ObjectiveKind::kTarget, "target"},
                                                 {ObjectiveKind::kLevelSet, "level_set"},
                                                 {ObjectiveKind::kBoundary, "boundary"},
                                                 {ObjectiveKind::kTradeOff, "trade_off"}}};

constexpr EnumNames<optimizer::Direction, 2> kDirections = {
    {{optimizer::Direction::kMaximise, "maximise"}, {optimizer::Direction::kMinimise, "minimise"}}};

bool has_several(ObjectiveKind kind) {
  return kind == ObjectiveKind::kBoundary || kind == ObjectiveKind::kTradeOff;
}

bool has_level(ObjectiveKind kind) {
  return kind == ObjectiveKind::kTarget || kind == ObjectiveKind::kLevelSet;
}

std::vector<optimizer::OutcomeConstraint> read_constraints(const Json& object, const char* key,
                                                           const std::string& path) {
  std::vector<optimizer::OutcomeConstraint> constraints;
  const Json* array = find_member(object, key, path);
  if (array == nullptr) {
    return constraints;
  }
  const std::string base = join_path(path, key);
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Json& item = (*array)[i];
    const std::string here = join_path(base, i);
    optimizer::OutcomeConstraint constraint;
    constraint.observable = text_of(member(item, "observable", here), here + "/observable");
    if (const Json* bound = find_member(item, "at_least", here)) {
      constraint.at_least = number_of(*bound, here + "/at_least");
    }
    if (const Json* bound = find_member(item, "at_most", here)) {
      constraint.at_most = number_of(*bound, here + "/at_most");
    }
    if (constraint.at_least && constraint.at_most && *constraint.at_least > *constraint.at_most) {
      throw CodecError(here + ": expected \"at_least\" not above \"at_most\", got " +
                       describe(item));
    }
    read_field(item, "probability", here, constraint.probability);
    if (std::string_view(key) == "where" && constraint.probability > 0) {
      throw CodecError(here + "/probability: expected it in \"subject_to\" only");
    }
    constraints.push_back(std::move(constraint));
  }
  return constraints;
}

Json json_from_constraints(const std::vector<optimizer::OutcomeConstraint>& constraints) {
  Json array = Json::array();
  for (const optimizer::OutcomeConstraint& constraint : constraints) {
    Json item = {{"observable", constraint.observable}};
    if (constraint.at_least) {
      item["at_least"] = *constraint.at_least;
    }
    if (constraint.at_most) {
      item["at_most"] = *constraint.at_most;
    }
    if (constraint.probability > 0) item["probability"] = constraint.probability;
    array.push_back(std::move(item));
  }
  return array;
}

void require_one_each(const Json& value, const std::string& path,
                      const optimizer::ObjectiveTerm& term) {
  for (const char* key : {"directions", "reference"}) {
    const Json* list = find_member(value, key, path);
    if (list != nullptr && list->size() != term.observables.size()) {
      throw CodecError(join_path(path, key) + ": expected one for each of the " +
                       std::to_string(term.observables.size()) + " observables, got " +
                       std::to_string(list->size()));
    }
  }
}

optimizer::ObjectiveTerm read_term(const Json& value, const std::string& path) {
  optimizer::ObjectiveTerm term;
  term.kind = enum_of(kKinds, member(value, "kind", path), path + "/kind");
  if (has_several(term.kind)) {
    term.observables = texts_of(member(value, "observables", path), path + "/observables");
  } else {
    term.observables = {text_of(member(value, "observable", path), path + "/observable")};
  }
  if (const Json* directions = find_member(value, "directions", path)) {
    for (std::size_t i = 0; i < directions->size(); ++i) {
      term.directions.push_back(
          enum_of(kDirections, (*directions)[i], join_path(path + "/directions", i)));
    }
  }
  if (const Json* reference = find_member(value, "reference", path)) {
    const Eigen::VectorXd values = vector_of(*reference, path + "/reference");
    term.reference.assign(values.begin(), values.end());
  }
  require_one_each(value, path, term);
  read_field(value, "level", path, term.level);
  read_field(value, "weight", path, term.weight);
  term.where = read_constraints(value, "where", path);
  return term;
}

Json json_from_term(const optimizer::ObjectiveTerm& term) {
  Json value = {{"kind", name_of(kKinds, term.kind)}, {"weight", term.weight}};
  if (has_several(term.kind)) {
    value["observables"] = term.observables;
  } else if (term.observables.size() == 1) {
    value["observable"] = term.observables.front();
  } else {
    throw CodecError("objective: expected one observable in a term, got " +
                     std::to_string(term.observables.size()));
  }
  for (const optimizer::Direction direction : term.directions) {
    value["directions"].push_back(name_of(kDirections, direction));
  }
  if (!term.reference.empty()) {
    value["reference"] = term.reference;
  }
  if (has_level(term.kind)) {
    value["level"] = term.level;
  }
  if (!term.where.empty()) {
    value["where"] = json_from_constraints(term.where);
  }
  return value;
}

}  // namespace

optimizer::Objective objective_from_json(const Json& value, const std::string& path) {
  require_valid("objective", value, path);
  optimizer::Objective objective;
  if (value.at("kind") == "combine") {
    const Json& terms = value.at("terms");
    for (std::size_t i = 0; i < terms.size(); ++i) {
      objective.terms.push_back(read_term(terms[i], join_path(path + "/terms", i)));
    }
  } else {
    objective.terms.push_back(read_term(value, path));
  }
  objective.subject_to = read_constraints(value, "subject_to", path);
  return objective;
}

Json json_from_objective(const optimizer::Objective& objective) {
  Json value;
  if (objective.terms.size() == 1) {
    value = json_from_term(objective.terms.front());
  } else {
    Json terms = Json::array();
    for (const optimizer::ObjectiveTerm& term : objective.terms) {
      terms.push_back(json_from_term(term));
    }
    value = {{"kind", "combine"}, {"terms", std::move(terms)}};
  }
  if (!objective.subject_to.empty()) {
    value["subject_to"] = json_from_constraints(objective.subject_to);
  }
  return value;
}

optimizer::Objective read_objective(std::string_view text) {
  return objective_from_json(parse_json(text));
}

std::string write_objective(const optimizer::Objective& objective) {
  return write_json(json_from_objective(objective));
}

}  // namespace foray::codec
