#include "campaign_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "checker.h"
#include "enum_names.h"
#include "foray/campaign/learning.h"
#include "foray/campaign/together.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "foray/optimizer/search_space.h"
#include "parameter_codec.h"
#include "rules_check.h"

namespace foray::codec {
namespace {

void check_values(const optimizer::Parameter& parameter, const std::string& here,
                  Checker& checker) {
  for (std::size_t k = 1; k < parameter.values.size(); ++k) {
    if (!(parameter.values[k] > parameter.values[k - 1])) {
      checker.add(join_path(here + "/values", k), "expected a number above the one before, got " +
                                                      describe(Json(parameter.values[k])));
      return;
    }
  }
  if (parameter.scale == optimizer::ParameterScale::kLog && parameter.lower <= 0) {
    checker.add(here + "/values", "expected numbers above 0 for the scale \"log\", got " +
                                      describe(Json(parameter.lower)));
  }
}

void check_integer(const optimizer::Parameter& parameter, const std::string& here,
                   Checker& checker) {
  if (parameter.role != optimizer::ParameterRole::kAxis) {
    checker.add(here + "/integer", "expected it of a parameter with the role \"axis\" only");
  }
  if (parameter.step != 0) {
    checker.add(here + "/step",
                "expected none beside \"integer\", got " + describe(Json(parameter.step)));
  }
  for (const double end : {parameter.lower, parameter.upper}) {
    if (end != std::floor(end)) {
      checker.add(here + "/range", "expected whole numbers, got " + describe(Json(end)));
      return;
    }
  }
}

void check_positions(const campaign::CampaignSpec& spec,
                     const std::vector<campaign::Candidate>& positions, const std::string& list,
                     Checker& checker) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    for (std::size_t k = 0; k < spec.parameters.size(); ++k) {
      const auto refused = optimizer::refusal(spec.parameters[k],
                                              positions[i].position(static_cast<Eigen::Index>(k)));
      if (refused) checker.add(join_path(list, i), *refused);
    }
    const auto refused = optimizer::refusal_of_sums(spec.parameters, positions[i].position);
    if (refused) checker.add(join_path(list, i), *refused);
  }
}

void check_start(const campaign::CampaignSpec& spec, Checker& checker) {
  constexpr std::size_t kLeast = 3;  // Without so many results nothing is learned.
  check_positions(spec, spec.start, "/start", checker);
  if (optimizer::asks_for_safety(spec.objective) && spec.start.size() < kLeast) {
    checker.add("/start",
                "expected 3 or more positions that are known to be safe, as \"subject_to\" asks "
                "for a probability, got " +
                    std::to_string(spec.start.size()));
  }
  for (std::size_t i = 0; i < spec.start.size() && !spec.candidates.empty(); ++i) {
    const bool listed = std::any_of(
        spec.candidates.begin(), spec.candidates.end(),
        [&](const auto& candidate) { return candidate.position == spec.start[i].position; });
    if (!listed) checker.add(join_path("/start", i), "expected one of the candidates");
  }
}

void check_names(const std::vector<optimizer::Parameter>& parameters, Checker& checker) {
  std::set<std::string> seen;
  std::set<std::string> simplices;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const optimizer::Parameter& parameter = parameters[i];
    const std::string here = place_of(parameters, i);
    const char* expected = "expected a name that no other parameter has, got \"";
    if (!seen.insert(parameter.name).second) {
      checker.add(here + (parameter.simplex.empty() ? "/name" : "/simplex"),
                  expected + parameter.name + "\"");
    }
    const bool first = i == 0 || parameters[i - 1].simplex != parameter.simplex;
    if (!parameter.simplex.empty() && first && !simplices.insert(parameter.simplex).second) {
      checker.add(here + "/name", expected + parameter.simplex + "\"");
    }
  }
}

// Of the parts of a whole, once for all.
void check_simplex(const std::vector<optimizer::Parameter>& parameters, std::size_t first,
                   Checker& checker) {
  const std::string here = place_of(parameters, first);
  std::vector<optimizer::Parameter> parts;
  for (std::size_t i = first;
       i < parameters.size() && parameters[i].simplex == parameters[first].simplex; ++i) {
    const optimizer::Parameter& part = parameters[i];
    if (!(part.lower >= 0 && part.lower < part.upper && part.upper <= part.total)) {
      checker.add(join_path(here + "/ranges", std::string_view(part.name)),
                  "expected two increasing numbers from 0 to the total, got [" +
                      describe(Json(part.lower)) + "," + describe(Json(part.upper)) + "]");
      return;
    }
    parts.push_back(part);
  }
  try {
    const optimizer::SearchSpace space(parts, {});
  } catch (const std::invalid_argument& error) {
    checker.add(here, error.what());
  }
}

void check_parameters(const campaign::CampaignSpec& spec, Checker& checker) {
  check_names(spec.parameters, checker);
  bool has_axis = false;
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const optimizer::Parameter& parameter = spec.parameters[i];
    const std::string here = place_of(spec.parameters, i);
    has_axis = has_axis || parameter.role == optimizer::ParameterRole::kAxis;
    if (parameter.role == optimizer::ParameterRole::kFixed || !parameter.categories.empty()) {
      continue;  // They have no range.
    }
    if (!parameter.simplex.empty()) {
      if (i == 0 || spec.parameters[i - 1].simplex != parameter.simplex) {
        check_simplex(spec.parameters, i, checker);
      }
      continue;
    }
    if (!parameter.values.empty()) {
      check_values(parameter, here, checker);
      continue;
    }
    checker.require_increasing(parameter.lower, parameter.upper, here + "/range");
    if (parameter.integer) check_integer(parameter, here, checker);
    if (parameter.scale == optimizer::ParameterScale::kLog && parameter.lower <= 0) {
      checker.add(here + "/range", "expected a range above 0 for the scale \"log\", got [" +
                                       describe(Json(parameter.lower)) + "," +
                                       describe(Json(parameter.upper)) + "]");
    }
    if (parameter.role == optimizer::ParameterRole::kExposure && parameter.lower <= 0) {
      checker.add(here + "/range", "expected seconds above 0 for the role \"exposure\", got " +
                                       describe(Json(parameter.lower)));
    }
    if (parameter.step > parameter.upper - parameter.lower) {
      checker.add(here + "/step",
                  "expected a step within the range, got " + describe(Json(parameter.step)));
    }
  }
  if (!has_axis) {
    checker.add("/parameters", "expected a parameter with the role \"axis\", got none");
  }
}

void check_limits(const campaign::CampaignSpec& spec, Checker& checker) {
  const Names parameters = parameter_names(spec);
  for (const campaign::SafetyLimit& limit : spec.limits) {
    const std::string here = join_path("/limits", std::string_view(limit.parameter));
    checker.require_known(limit.parameter, parameters, here, "a parameter");
    checker.require_increasing(limit.lower, limit.upper, here);
    for (const optimizer::Parameter& parameter : spec.parameters) {
      if (parameter.name == limit.parameter &&
          parameter.role == optimizer::ParameterRole::kContext) {
        checker.add(here, "expected a parameter that is set, not measured");
      }
      if (parameter.name == limit.parameter &&
          (limit.lower > parameter.lower || limit.upper < parameter.upper)) {
        checker.add(
            here, "expected limits that hold the range [" + describe(Json(parameter.lower)) + "," +
                      describe(Json(parameter.upper)) + "], got [" + describe(Json(limit.lower)) +
                      "," + describe(Json(limit.upper)) + "]");
      }
    }
  }
}

// Of the coefficients by themselves, and whether the function suits what is asked, now or by a
// rule.
void check_acquisition(const campaign::CampaignSpec& spec, Checker& checker) {
  const optimizer::AcquisitionSpec& acquisition = spec.acquisition;
  try {
    optimizer::validate(acquisition, spec.parameters);
  } catch (const std::invalid_argument& error) {
    checker.add("/acquisition", error.what());
  }
  if (spec.joint_batch && spec.in_flight < 2) {
    checker.add("/acquisition/joint",
                "expected a \"batch\" of 2 or more, got " + std::to_string(spec.in_flight));
  }
  bool suited = optimizer::suits(acquisition.kind, spec.objective);
  for (const campaign::ReactRule& rule : spec.react) {
    suited = suited || (rule.objective && optimizer::suits(acquisition.kind, *rule.objective));
  }
  if (!suited) {
    checker.add("/acquisition/kind", std::string("expected one that suits the objective, got \"") +
                                         name_of(optimizer::acquisition_names(), acquisition.kind) +
                                         "\"");
  }
}

void check_trust_region(const campaign::CampaignSpec& spec, Checker& checker) {
  bool suited = optimizer::suits_trust_region(spec.objective);
  for (const campaign::ReactRule& rule : spec.react) {
    suited = suited || (rule.objective && optimizer::suits_trust_region(*rule.objective));
  }
  if (spec.acquisition.trust_region && !suited) {
    checker.add("/acquisition/trust_region",
                "expected an objective of one term that is made largest or smallest");
  }
}

void check_cost(const campaign::CampaignSpec& spec, Checker& checker) {
  if (!spec.acquisition.per_second) return;
  bool gain = optimizer::is_gain(spec.acquisition.kind, spec.objective);
  for (const campaign::ReactRule& rule : spec.react) {
    gain = gain || (rule.objective && optimizer::is_gain(spec.acquisition.kind, *rule.objective));
  }
  if (!gain) {
    checker.add("/acquisition/per_second",
                "expected an acquisition function that is a gain (" + optimizer::gain_names() +
                    "), got \"" + name_of(optimizer::acquisition_names(), spec.acquisition.kind) +
                    "\", which is none for this objective");
  }
}

void check_priors(const campaign::CampaignSpec& spec, Checker& checker) {
  bool common = false;  // The kernel of all is told of once.
  for (std::size_t i = 0; i < spec.observables.size(); ++i) {
    const campaign::ObservableChoice& choice = spec.observables[i];
    try {
      if (!common || choice.kernel) validate_kernel(spec, choice);
    } catch (const std::invalid_argument& error) {
      checker.add(choice.kernel ? join_path("/observables", i) + "/kernel" : "/surrogate/kernel",
                  error.what());
      common = common || !choice.kernel;
    }
    try {
      validate_mean(spec, choice);
    } catch (const std::invalid_argument& error) {
      checker.add(join_path("/observables", i) + "/mean", error.what());
    }
    try {
      validate_shared_noise(spec, choice);
    } catch (const std::invalid_argument& error) {
      checker.add(join_path("/observables", i) + "/shared_noise", error.what());
    }
  }
  for (std::size_t g = 0; g < spec.surrogate.together.size(); ++g) {
    try {
      validate_together(spec, spec.surrogate.together[g]);
    } catch (const std::invalid_argument& error) {
      checker.add(join_path("/surrogate/together", g), error.what());
    }
  }
}

}  // namespace

std::vector<std::string> check_spec(const campaign::CampaignSpec& spec, const Json& value,
                                    const std::string& path) {
  Checker checker(value, path);
  check_parameters(spec, checker);
  check_limits(spec, checker);
  check_positions(spec, spec.candidates, "/candidates", checker);
  check_start(spec, checker);
  check_priors(spec, checker);
  const Names observables = observable_names(spec);
  checker.require_unique(observables, "/observables", "observable");
  check_objective(spec.objective, value.at("objective"), observables, "/objective", checker);
  check_acquisition(spec, checker);
  check_cost(spec, checker);
  check_trust_region(spec, checker);
  check_stop_rules(spec, spec.stop, observables, "/stop", checker);
  check_react_rules(spec, value, observables, checker);
  check_transitions(spec, checker);
  return checker.take();
}

}  // namespace foray::codec
