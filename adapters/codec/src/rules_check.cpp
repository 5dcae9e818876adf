#include "rules_check.h"

#include <algorithm>
#include <optional>

namespace foray::codec {
namespace {

void check_constraints(const std::vector<optimizer::OutcomeConstraint>& constraints,
                       const Names& observables, const std::string& array, Checker& checker) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    checker.require_known(constraints[i].observable, observables,
                          join_path(array, i) + "/observable", "an observable");
  }
}

// A problem of the part of a campaign at `here`.
void add_problem(const std::optional<campaign::SpecProblem>& problem, const std::string& here,
                 Checker& checker) {
  if (!problem) return;
  checker.add(problem->field.empty() ? here : here + "/" + problem->field, problem->problem);
}

void check_trigger(const campaign::CampaignSpec& spec, const campaign::ReactRule& rule,
                   const Names& observables, const std::string& here, Checker& checker) {
  const auto problem = problem_of_transition(spec, rule);
  add_problem(problem, here, checker);
  if (problem || rule.transition_within) return;
  checker.require_known(rule.observable, observables, here + "/observable", "an observable");
  if (!rule.at_least && !rule.at_most) {
    checker.add(here, "expected \"at_least\", \"at_most\" or both, got neither");
  }
}

}  // namespace

void check_objective(const optimizer::Objective& objective, const Json& value,
                     const Names& observables, const std::string& path, Checker& checker) {
  const bool combined = value.at("kind") == "combine";
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    const optimizer::ObjectiveTerm& term = objective.terms[i];
    const std::string here = combined ? join_path(path + "/terms", i) : path;
    const bool many = term.kind == optimizer::ObjectiveKind::kBoundary ||
                      term.kind == optimizer::ObjectiveKind::kTradeOff;
    for (std::size_t k = 0; k < term.observables.size(); ++k) {
      checker.require_known(term.observables[k], observables,
                            many ? join_path(here + "/observables", k) : here + "/observable",
                            "an observable");
    }
    check_constraints(term.where, observables, here + "/where", checker);
  }
  check_constraints(objective.subject_to, observables, path + "/subject_to", checker);
}

void check_stop_rules(const campaign::CampaignSpec& spec,
                      const std::vector<campaign::StopRule>& rules, const Names& observables,
                      const std::string& path, Checker& checker) {
  using campaign::StopKind;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const campaign::StopRule& rule = rules[i];
    const std::string here = join_path(path, i);
    const bool names_one =
        rule.kind == StopKind::kTargetReached || rule.kind == StopKind::kUncertaintyBelow;
    if (names_one &&
        std::find(observables.begin(), observables.end(), rule.observable) == observables.end()) {
      checker.require_known(rule.observable, observables, here + "/observable", "an observable");
    } else if (const auto problem = problem_of(spec, rule)) {
      checker.add(here + "/" + problem->field, problem->problem);
    }
    check_stop_rules(spec, rule.rules, observables,
                     here + (rule.kind == StopKind::kAll ? "/all" : "/any"), checker);
  }
}

void check_react_rules(const campaign::CampaignSpec& spec, const Json& value,
                       const Names& observables, Checker& checker) {
  for (std::size_t i = 0; i < spec.react.size(); ++i) {
    const campaign::ReactRule& rule = spec.react[i];
    const std::string here = join_path("/react", i);
    check_trigger(spec, rule, observables, here, checker);
    if (!rule.pause && !rule.objective && rule.range_of.empty() && rule.around == 0 &&
        !rule.densify) {
      checker.add(here,
                  "expected \"pause\": true, \"objective\", \"narrow\" or \"densify\", got none of "
                  "them");
    }
    if (rule.objective) {
      check_objective(*rule.objective, value.at("react").at(i).at("objective"), observables,
                      here + "/objective", checker);
    }
    if (!rule.range_of.empty()) {
      checker.require_known(rule.range_of, parameter_names(spec), here + "/narrow/parameter",
                            "a parameter");
      checker.require_increasing(rule.lower, rule.upper, here + "/narrow/range");
    }
  }
}

// What frames show can be watched only where there are frames.
void check_transitions(const campaign::CampaignSpec& spec, Checker& checker) {
  if (!spec.transitions) return;
  const auto problem = problem_of(spec, *spec.transitions);
  add_problem(problem, "/transitions", checker);
  const bool only_values =
      std::all_of(spec.observables.begin(), spec.observables.end(),
                  [](const auto& choice) { return choice.spec.from.rfind("value:", 0) == 0; });
  if (!problem && spec.transitions->of.empty() && only_values) {
    checker.add("/transitions",
                "expected observables in \"of\", as an instrument that answers with values makes "
                "no frames");
  }
}

}  // namespace foray::codec
