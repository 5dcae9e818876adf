// What is wrong with the parts of a specification that are about transitions.

#include <algorithm>
#include <cmath>
#include <string>

#include "foray/campaign/spec.h"

namespace foray::campaign {
namespace {

const optimizer::Parameter* find_axis(const CampaignSpec& spec, const std::string& name) {
  const auto found = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                                  [&](const auto& one) { return one.name == name; });
  return found == spec.parameters.end() ? nullptr : &*found;
}

std::optional<SpecProblem> problem_of_axis(const CampaignSpec& spec, const std::string& name) {
  const optimizer::Parameter* axis = find_axis(spec, name);
  if (axis == nullptr) {
    return SpecProblem{"along", "expected the name of a parameter, got \"" + name + "\""};
  }
  const bool sorts = (axis->role == optimizer::ParameterRole::kAxis ||
                      axis->role == optimizer::ParameterRole::kContext) &&
                     axis->categories.empty() && axis->simplex.empty();
  if (!sorts) {
    return SpecProblem{"along",
                       "expected a parameter with numbers that are set or measured, no exposure, "
                       "fidelity, category or part of a whole, got \"" +
                           name + "\""};
  }
  for (const optimizer::Parameter& other : spec.parameters) {
    if (!other.categories.empty() && other.role == optimizer::ParameterRole::kAxis) {
      return SpecProblem{"along", "expected a campaign without categories, got \"" + other.name +
                                      "\": what they change is no smooth course"};
    }
  }
  return std::nullopt;
}

std::optional<SpecProblem> problem_of_numbers(const CampaignSpec& spec,
                                              const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool known =
        std::any_of(spec.observables.begin(), spec.observables.end(),
                    [&](const ObservableChoice& choice) { return choice.spec.name == name; });
    if (!known || std::count(names.begin(), names.end(), name) > 1) {
      return SpecProblem{"of", "expected observables of the campaign, each once, got \"" + name +
                                   "\"" + (known ? " again" : "")};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<SpecProblem> problem_of(const CampaignSpec& spec, const TransitionWatch& watch) {
  if (auto problem = problem_of_axis(spec, watch.along)) return problem;
  if (auto problem = problem_of_numbers(spec, watch.of)) return problem;
  if (!(watch.chance > 0 && watch.chance <= 0.1)) {
    return SpecProblem{
        "chance", "expected a number above 0, at most 0.1, got " + std::to_string(watch.chance)};
  }
  if (!(std::isfinite(watch.stretch) && watch.stretch >= 0)) {
    return SpecProblem{"stretch", "expected a number >= 0, got " + std::to_string(watch.stretch)};
  }
  const bool logarithmic = find_axis(spec, watch.along)->scale == optimizer::ParameterScale::kLog;
  if (watch.stretch > 0 && logarithmic) {
    return SpecProblem{"stretch",
                       "expected none on a logarithmic scale, where it is half of the range"};
  }
  return std::nullopt;
}

std::optional<SpecProblem> problem_of_transition(const CampaignSpec& spec, const ReactRule& rule) {
  if (rule.observable.empty() != rule.transition_within.has_value()) {
    return SpecProblem{"", "expected \"observable\" or \"transition\", got both or neither"};
  }
  if (!rule.transition_within) {
    if (rule.around == 0 && !rule.densify) return std::nullopt;
    return SpecProblem{rule.densify ? "densify" : "narrow/around",
                       "expected a rule that waits for a \"transition\""};
  }
  if (rule.at_least || rule.at_most) {
    return SpecProblem{rule.at_least ? "at_least" : "at_most",
                       "expected none of a rule that waits for a \"transition\""};
  }
  if (!spec.transitions) {
    return SpecProblem{"transition",
                       "expected a campaign that says with \"transitions\" where "
                       "they are looked for, this one does not"};
  }
  const optimizer::Parameter* axis = find_axis(spec, spec.transitions->along);
  const bool set = axis != nullptr && axis->role == optimizer::ParameterRole::kAxis;
  if (!set && (rule.around > 0 || rule.densify)) {
    return SpecProblem{rule.densify ? "densify" : "narrow/around",
                       "expected transitions along a parameter that is set, not measured"};
  }
  if (!(*rule.transition_within > 0))
    return SpecProblem{"transition/within", "expected a number > 0"};
  if (!(std::isfinite(rule.around) && rule.around >= 0)) {
    return SpecProblem{"narrow/around", "expected a number > 0"};
  }
  if (rule.densify && !(std::isfinite(rule.densify->to) && rule.densify->to > 0)) {
    return SpecProblem{"densify/to", "expected a number > 0"};
  }
  if (rule.densify && rule.densify->measurements < 1) {
    return SpecProblem{"densify/measurements", "expected an integer >= 1"};
  }
  return std::nullopt;
}

}  // namespace foray::campaign
