#include "foray/campaign/spec.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <stdexcept>

#include "foray/campaign/learning.h"
#include "foray/campaign/together.h"
#include "foray/common/check.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "trainer.h"

namespace foray::campaign {
namespace {

using optimizer::ObjectiveKind;

const ObservableChoice* find_observable(const CampaignSpec& spec, const std::string& name) {
  for (const ObservableChoice& choice : spec.observables) {
    if (choice.spec.name == name) {
      return &choice;
    }
  }
  return nullptr;
}

const optimizer::Parameter* find_parameter(const CampaignSpec& spec, const std::string& name) {
  for (const optimizer::Parameter& parameter : spec.parameters) {
    if (parameter.name == name) {
      return &parameter;
    }
  }
  return nullptr;
}

const ObservableChoice& known_observable(const CampaignSpec& spec, const std::string& name,
                                         const std::string& where) {
  const ObservableChoice* found = find_observable(spec, name);
  std::string known;
  for (const ObservableChoice& choice : spec.observables) {
    known += (known.empty() ? "\"" : ", \"") + choice.spec.name + "\"";
  }
  require(found != nullptr, where + ": expected one of " + known + ", got \"" + name + "\"");
  return *found;
}

void validate_outcomes(const CampaignSpec& spec,
                       const std::vector<optimizer::OutcomeConstraint>& constraints,
                       const std::string& where) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const std::string here = where + "[" + std::to_string(i) + "]";
    const auto& choice = known_observable(spec, constraints[i].observable, here + ".observable");
    if (constraints[i].at_least) {
      level_to_model(choice.transform, *constraints[i].at_least, here + ".at_least");
    }
    if (constraints[i].at_most) {
      level_to_model(choice.transform, *constraints[i].at_most, here + ".at_most");
    }
    require(constraints[i].at_least || constraints[i].at_most,
            here + ": expected at_least or at_most, got neither");
    require(constraints[i].probability >= 0 && constraints[i].probability < 1,
            here + ".probability: expected a number above 0 and below 1, got " +
                std::to_string(constraints[i].probability));
  }
}

void validate_where(const CampaignSpec& spec,
                    const std::vector<optimizer::OutcomeConstraint>& constraints,
                    const std::string& where) {
  validate_outcomes(spec, constraints, where);
  for (const optimizer::OutcomeConstraint& constraint : constraints) {
    require(constraint.probability == 0, where + ": expected a probability in subject_to only");
  }
}

void require_same_transform(const ObservableChoice& choice, const ObservableChoice& first,
                            const std::string& where) {
  require(choice.transform == first.transform,
          where + ".observables: expected the same transform for all, got another for \"" +
              choice.spec.name + "\"");
}

void validate_weight(const optimizer::ObjectiveTerm& term, const std::string& where) {
  require(std::isfinite(term.weight) && term.weight > 0,
          where + ".weight: expected a value above 0, got " + std::to_string(term.weight));
}

void validate_trade_off(const CampaignSpec& spec, const optimizer::ObjectiveTerm& term,
                        const std::string& where) {
  const std::size_t count = term.observables.size();
  const std::set<std::string> different(term.observables.begin(), term.observables.end());
  require(count >= 2 && count <= 4 && different.size() == count,
          where + ".observables: expected two to four different ones");
  require(term.directions.size() == count, where + ".directions: expected " +
                                               std::to_string(count) + ", got " +
                                               std::to_string(term.directions.size()));
  require(term.reference.empty() || term.reference.size() == count,
          where + ".reference: expected " + std::to_string(count) + " values, got " +
              std::to_string(term.reference.size()));
  validate_weight(term, where);
  for (std::size_t k = 0; k < count; ++k) {
    const auto& choice = known_observable(spec, term.observables[k], where + ".observables");
    if (!term.reference.empty()) {
      level_to_model(choice.transform, term.reference[k], where + ".reference");
    }
  }
  validate_where(spec, term.where, where + ".where");
}

void validate_term(const CampaignSpec& spec, const optimizer::ObjectiveTerm& term,
                   const std::string& where) {
  if (term.kind == ObjectiveKind::kTradeOff) {
    validate_trade_off(spec, term, where);
    return;
  }
  const bool boundary = term.kind == ObjectiveKind::kBoundary;
  require(boundary ? term.observables.size() >= 2 : term.observables.size() == 1,
          where + ".observables: expected " + (boundary ? "two or more" : "one") + ", got " +
              std::to_string(term.observables.size()));
  validate_weight(term, where);
  for (const std::string& name : term.observables) {
    const auto& choice = known_observable(spec, name, where + ".observables");
    const auto& first = known_observable(spec, term.observables.front(), where);
    require_same_transform(choice, first, where);
    if (term.kind == ObjectiveKind::kTarget || term.kind == ObjectiveKind::kLevelSet) {
      level_to_model(choice.transform, term.level, where + ".level");
    }
  }
  validate_where(spec, term.where, where + ".where");
}

void validate_parameters(const CampaignSpec& spec) {
  require(!spec.parameters.empty(), "campaign.parameters: expected at least one, got none");
  std::set<std::string> names;
  bool has_axis = false;
  for (const optimizer::Parameter& parameter : spec.parameters) {
    const std::string where = "campaign.parameters." + parameter.name;
    require(!parameter.name.empty(), "campaign.parameters: expected a name, got \"\"");
    require(names.insert(parameter.name).second, where + ": expected one of that name, got two");
    std::ostringstream range;
    range << "[" << parameter.lower << ", " << parameter.upper << "]";
    require(std::isfinite(parameter.lower) && std::isfinite(parameter.upper) &&
                (parameter.lower < parameter.upper ||
                 parameter.role == optimizer::ParameterRole::kFixed),
            where + ".range: expected [lower, upper] with lower < upper, got " + range.str());
    require_in_range(where + ".speed", parameter.speed, 0, 1e300);
    require_in_range(where + ".settle_s", parameter.settle_s, 0, 1e300);
    require_in_range(where + ".max_move", parameter.max_move, 0, 1e300);
    has_axis = has_axis || parameter.role == optimizer::ParameterRole::kAxis;
  }
  require(has_axis, "campaign.parameters: expected at least one with the role axis, got none");
  for (const SafetyLimit& limit : spec.limits) {
    const std::string where = "campaign.limits." + limit.parameter;
    const optimizer::Parameter* parameter = find_parameter(spec, limit.parameter);
    require(parameter != nullptr, where + ": expected the name of a parameter");
    require(parameter->role != optimizer::ParameterRole::kContext,
            where + ": expected a parameter that is set, not measured");
    require(limit.lower <= parameter->lower && limit.upper >= parameter->upper,
            where + ": expected limits that hold the parameter's range");
  }
}

void validate_positions(const CampaignSpec& spec, const std::vector<Candidate>& positions,
                        const std::string& list) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::string where = list + "[" + std::to_string(i) + "]";
    const Eigen::VectorXd& position = positions[i].position;
    require(position.size() == static_cast<Eigen::Index>(spec.parameters.size()),
            where + ": expected one value a parameter");
    for (std::size_t k = 0; k < spec.parameters.size(); ++k) {
      const auto refused =
          optimizer::refusal(spec.parameters[k], position(static_cast<Eigen::Index>(k)));
      require(!refused, where + ": " + refused.value_or(""));
    }
    const auto refused = optimizer::refusal_of_sums(spec.parameters, position);
    require(!refused, where + ": " + refused.value_or(""));
  }
}

// How what must be safe depends on a parameter is learned only from places that differ in it.
void validate_safe_start(const CampaignSpec& spec) {
  require(static_cast<std::int64_t>(spec.start.size()) >= kFirstTraining,
          "campaign.start: expected " + std::to_string(kFirstTraining) +
              " positions or more that are known to be safe, got " +
              std::to_string(spec.start.size()));
  for (std::size_t k = 0; k < spec.parameters.size(); ++k) {
    const optimizer::Parameter& parameter = spec.parameters[k];
    if (parameter.role != optimizer::ParameterRole::kAxis || !parameter.categories.empty())
      continue;
    const auto value = [k](const Candidate& one) {
      return one.position(static_cast<Eigen::Index>(k));
    };
    const double first = value(spec.start[0]);
    const bool differ = std::any_of(spec.start.begin(), spec.start.end(),
                                    [&](const Candidate& one) { return value(one) != first; });
    require(differ, "campaign.start: expected safe positions that differ in every parameter, got " +
                        parameter.name + " = " + optimizer::value_text(parameter, first) +
                        " in all of them");
  }
}

void validate_start(const CampaignSpec& spec) {
  validate_positions(spec, spec.start, "campaign.start");
  if (optimizer::asks_for_safety(spec.objective)) validate_safe_start(spec);
}

void validate_observables(const CampaignSpec& spec) {
  require(!spec.observables.empty(), "campaign.observables: expected at least one, got none");
  std::set<std::string> names;
  for (const ObservableChoice& choice : spec.observables) {
    require(!choice.spec.name.empty(), "campaign.observables: expected a name, got \"\"");
    require(names.insert(choice.spec.name).second,
            "campaign.observables." + choice.spec.name + ": expected one of that name, got two");
  }
  for (const ObservableChoice& choice : spec.observables) {
    const std::string where = "campaign.observables." + choice.spec.name + ".given";
    for (const std::string& name : choice.given) {
      const ObservableChoice& condition = known_observable(spec, name, where);
      require(condition.transform == Transform::kLogit && condition.given.empty(),
              where +
                  ": expected class probabilities with the transform \"logit\" that are given " +
                  "nothing themselves, got \"" + name + "\"");
    }
  }
}

void validate_priors(const CampaignSpec& spec) {
  for (const ObservableChoice& choice : spec.observables) {
    try {
      validate_kernel(spec, choice);
      validate_mean(spec, choice);
      validate_shared_noise(spec, choice);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("campaign.observables." + choice.spec.name + ": " + error.what());
    }
  }
}

void validate_patience(const CampaignSpec& spec) {
  const Patience& patience = spec.patience;
  const double huge = 1e9;
  require_in_range("campaign.patience.measurement_timeout_s", patience.measurement_timeout_s, 1e-3,
                   huge);
  require_in_range("campaign.patience.retries", patience.retries, 0, 100);
  require_in_range("campaign.patience.consecutive_faults", patience.consecutive_faults, 1, huge);
  require_in_range("campaign.patience.avoid_distance", patience.avoid_distance, 0, 1);
  require_in_range("campaign.patience.dead_man_s", patience.dead_man_s, 0, huge);
  require_in_range("campaign.in_flight", spec.in_flight, 0, 1000);
  require(!spec.joint_batch || spec.in_flight >= 2,
          "campaign.joint_batch: expected in_flight of 2 or more, got " +
              std::to_string(spec.in_flight));
  require_in_range("campaign.initial_design", static_cast<double>(spec.initial_design), 0, 1e6);
  require_in_range("campaign.exposure_s", spec.exposure_s, 1e-9, huge);
  require_in_range("campaign.decision_budget_s", spec.decision_budget_s, 1e-3, huge);
  require_in_range("campaign.threads", spec.threads, 1, 1024);
  require_in_range("campaign.budget.measurements", static_cast<double>(spec.budget.measurements), 0,
                   1e12);
  require_in_range("campaign.budget.hours", spec.budget.hours, 0, huge);
  require_in_range("campaign.surrogate.retrain_growth", spec.surrogate.retrain_growth, 0, 100);
  const int draws = spec.surrogate.hyperparameter_draws;
  require(draws == 0 || (draws >= 2 && draws <= 64),
          "campaign.surrogate.hyperparameter_draws: expected 0 or 2 to 64, got " +
              std::to_string(draws));
}

void validate_stop_rules(const CampaignSpec& spec, const std::vector<StopRule>& rules,
                         const std::string& where) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const StopRule& rule = rules[i];
    const std::string here = where + "[" + std::to_string(i) + "]";
    if (rule.kind == StopKind::kTargetReached || rule.kind == StopKind::kUncertaintyBelow) {
      known_observable(spec, rule.observable, here + ".observable");
    }
    const auto problem = problem_of(spec, rule);
    require(!problem, problem ? here + "." + problem->field + ": " + problem->problem : "");
    validate_stop_rules(spec, rule.rules, here + (rule.kind == StopKind::kAll ? ".all" : ".any"));
  }
}

void validate_rules(const CampaignSpec& spec) {
  const auto refuse = [](const std::string& where, const std::optional<SpecProblem>& problem) {
    if (!problem) return;
    std::string field = problem->field.empty() ? "" : "." + problem->field;
    std::replace(field.begin(), field.end(), '/', '.');
    throw std::invalid_argument(where + field + ": " + problem->problem);
  };
  validate_stop_rules(spec, spec.stop, "campaign.stop");
  if (spec.transitions) refuse("campaign.transitions", problem_of(spec, *spec.transitions));
  for (std::size_t i = 0; i < spec.react.size(); ++i) {
    const ReactRule& rule = spec.react[i];
    const std::string where = "campaign.react[" + std::to_string(i) + "]";
    refuse(where, problem_of_transition(spec, rule));
    if (!rule.transition_within) {
      known_observable(spec, rule.observable, where + ".observable");
      require(rule.at_least || rule.at_most, where + ": expected at_least or at_most, got neither");
    }
    if (rule.objective) {
      validate_objective(spec, *rule.objective);
    }
    if (!rule.range_of.empty()) {
      const optimizer::Parameter* parameter = find_parameter(spec, rule.range_of);
      require(parameter != nullptr,
              where + ".range_of: expected the name of a parameter, got \"" + rule.range_of + "\"");
      require(rule.lower < rule.upper && rule.lower >= parameter->lower &&
                  rule.upper <= parameter->upper,
              where + ": expected a range within that of \"" + rule.range_of + "\"");
      optimizer::Parameter narrowed = *parameter;
      narrowed.lower = rule.lower;
      narrowed.upper = rule.upper;
      require(
          !optimizer::is_discrete(narrowed) || optimizer::level_count(narrowed) > 0,
          where + ": expected a range that holds one of the values of \"" + rule.range_of + "\"");
    }
  }
}

}  // namespace

Eigen::MatrixXd candidate_positions(const CampaignSpec& spec) {
  Eigen::MatrixXd positions(static_cast<Eigen::Index>(spec.parameters.size()),
                            static_cast<Eigen::Index>(spec.candidates.size()));
  for (std::size_t i = 0; i < spec.candidates.size(); ++i) {
    positions.col(static_cast<Eigen::Index>(i)) = spec.candidates[i].position;
  }
  return positions;
}

std::int64_t initial_design_size(const CampaignSpec& spec) {
  const auto start = static_cast<std::int64_t>(spec.start.size());
  if (optimizer::asks_for_safety(spec.objective)) {
    return start;
  }
  if (spec.initial_design > 0) {
    return std::max(spec.initial_design, start);
  }
  std::int64_t axes = 0;
  for (const optimizer::Parameter& parameter : spec.parameters) {
    axes += parameter.role == optimizer::ParameterRole::kAxis ? 1 : 0;
  }
  const std::int64_t usual = std::max<std::int64_t>(5, 2 * axes + 2);
  const auto candidates = static_cast<std::int64_t>(spec.candidates.size());
  return std::max(start, candidates > 0 ? std::min(usual, candidates) : usual);
}

void validate_objective(const CampaignSpec& spec, const optimizer::Objective& objective) {
  require(!objective.terms.empty(), "objective.terms: expected at least one, got none");
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    validate_term(spec, objective.terms[i], "objective.terms[" + std::to_string(i) + "]");
  }
  validate_outcomes(spec, objective.subject_to, "objective.subject_to");
}

void validate_acquisition(const CampaignSpec& spec, const optimizer::AcquisitionSpec& acquisition,
                          const std::vector<const optimizer::Objective*>& objectives) {
  optimizer::validate(acquisition, spec.parameters);
  const auto for_one = [&](const auto& holds) {
    return std::any_of(objectives.begin(), objectives.end(),
                       [&](const optimizer::Objective* objective) { return holds(*objective); });
  };
  require(
      for_one([&](const auto& objective) { return optimizer::suits(acquisition.kind, objective); }),
      "campaign.acquisition.kind: expected one that suits the objective");
  require(
      !acquisition.trust_region || for_one(optimizer::suits_trust_region),
      "campaign.acquisition.trust_region: expected an objective of one term that is made largest "
      "or smallest");
  require(!acquisition.trust_region || !optimizer::find_fidelity(spec.parameters),
          "campaign.acquisition.trust_region: expected none beside a parameter with the role "
          "fidelity");
  require(!acquisition.decide_exposure || !optimizer::find_fidelity(spec.parameters),
          "campaign.acquisition.decide_exposure: expected false beside a parameter with the role "
          "fidelity");
  require(!acquisition.per_second || for_one([&](const auto& objective) {
    return optimizer::is_gain(acquisition.kind, objective);
  }),
          "campaign.acquisition.per_second: expected an acquisition function that is a gain (" +
              optimizer::gain_names() + ")");
}

namespace {

// What may be asked: the objective, and those that rules set.
std::vector<const optimizer::Objective*> objectives_of(const CampaignSpec& spec) {
  std::vector<const optimizer::Objective*> objectives = {&spec.objective};
  for (const ReactRule& rule : spec.react) {
    if (rule.objective) objectives.push_back(&*rule.objective);
  }
  return objectives;
}

void validate_groups(const CampaignSpec& spec) {
  for (std::size_t g = 0; g < spec.surrogate.together.size(); ++g) {
    try {
      validate_together(spec, spec.surrogate.together[g]);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("campaign.surrogate.together[" + std::to_string(g) + "]." +
                                  error.what());
    }
  }
}

}  // namespace

void validate(const CampaignSpec& spec) {
  validate_parameters(spec);
  validate_positions(spec, spec.candidates, "campaign.candidates");
  for (std::size_t i = 0; i < spec.candidates.size(); ++i) {
    require(optimizer::at_full_fidelity(spec.parameters, spec.candidates[i].position),
            "campaign.candidates[" + std::to_string(i) +
                "]: expected no way of measuring, which is chosen with the place");
  }
  validate_start(spec);
  validate_observables(spec);
  validate_priors(spec);
  validate_groups(spec);
  validate_objective(spec, spec.objective);
  validate_acquisition(spec, spec.acquisition, objectives_of(spec));
  validate_patience(spec);
  validate_rules(spec);
}

}  // namespace foray::campaign
