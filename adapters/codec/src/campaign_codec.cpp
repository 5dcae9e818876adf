#include "foray/codec/campaign_codec.h"

#include <string>
#include <utility>
#include <vector>

#include "campaign_check.h"
#include "check_document.h"
#include "enum_names.h"
#include "foray/codec/campaign_json.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "kernel_codec.h"
#include "parameter_codec.h"
#include "spec_rules.h"

namespace foray::codec {
namespace {

constexpr EnumNames<campaign::Transform, 3> kTransforms = {
    {{campaign::Transform::kNone, "none"},
     {campaign::Transform::kLog, "log"},
     {campaign::Transform::kLogit, "logit"}}};

// The names of the parameters that kernels can depend on.
std::vector<std::string> axes_of(const campaign::CampaignSpec& spec) {
  std::vector<std::string> axes;
  for (const optimizer::Parameter& parameter : spec.parameters) {
    if (optimizer::is_coordinate(parameter)) axes.push_back(parameter.name);
  }
  return axes;
}

// A point a row: the values of the parameters, and that of the observable.
Eigen::MatrixXd read_table(const Json& value, const std::string& path,
                           const campaign::CampaignSpec& spec) {
  const std::vector<std::string> axes = axes_of(spec);
  if (!value.is_array() || value.empty()) {
    throw CodecError(path + ": expected an array of points, got " + describe(value));
  }
  Eigen::MatrixXd table(static_cast<Eigen::Index>(axes.size()) + 1,
                        static_cast<Eigen::Index>(value.size()));
  for (std::size_t m = 0; m < value.size(); ++m) {
    const Eigen::VectorXd point = vector_of(value[m], join_path(path, m));
    if (point.size() != table.rows()) {
      std::string names;
      for (const std::string& axis : axes) names += axis + ", ";
      throw CodecError(join_path(path, m) + ": expected [" + names + "value], got " +
                       describe(value[m]));
    }
    table.col(static_cast<Eigen::Index>(m)) = point;
  }
  return table;
}

campaign::MeanChoice read_mean(const Json& value, const std::string& path,
                               const campaign::CampaignSpec& spec) {
  using Kind = campaign::MeanChoice::Kind;
  if (value == "constant") return {Kind::kConstant};
  if (value == "linear") return {Kind::kLinear};
  if (value.is_object() && value.size() == 1) {
    if (value.contains("constant")) {
      return {Kind::kFixed, number_of(value["constant"], path + "/constant")};
    }
    if (value.contains("expression")) {
      return {Kind::kExpression, 0, text_of(value["expression"], path + "/expression")};
    }
    if (value.contains("table")) {
      return {Kind::kTable, 0, "", read_table(value["table"], path + "/table", spec)};
    }
  }
  throw CodecError(path + ": expected \"constant\", \"linear\", {\"constant\": NUMBER}, " +
                   "{\"expression\": \"a formula of the parameters\"} or " +
                   "{\"table\": [[parameters, value], ...]}, got " + describe(value));
}

Json json_from_table(const Eigen::MatrixXd& table) {
  Json rows = Json::array();
  for (const auto& point : table.colwise())
    rows.push_back(std::vector<double>(point.begin(), point.end()));
  return rows;
}

Json json_from_mean(const campaign::MeanChoice& mean) {
  switch (mean.kind) {
    case campaign::MeanChoice::Kind::kFixed:
      return {{"constant", mean.value}};
    case campaign::MeanChoice::Kind::kExpression:
      return {{"expression", mean.expression}};
    case campaign::MeanChoice::Kind::kTable:
      return {{"table", json_from_table(mean.table)}};
    case campaign::MeanChoice::Kind::kLinear:
      return "linear";
    case campaign::MeanChoice::Kind::kConstant:
      break;
  }
  return "constant";
}

campaign::ObservableChoice read_observable(const Json& value, const std::string& path,
                                           const campaign::CampaignSpec& spec) {
  campaign::ObservableChoice choice;
  choice.spec.name = text_of(member(value, "name", path), path + "/name");
  choice.spec.from = text_of(member(value, "from", path), path + "/from");
  read_field(value, "unit", path, choice.spec.unit);
  read_field(value, "transform", path, kTransforms, choice.transform);
  if (const Json* given = find_member(value, "given", path)) {
    choice.given = texts_of(*given, path + "/given");
  }
  if (const Json* kernel = find_member(value, "kernel", path)) {
    choice.kernel = kernel_from_json(*kernel, path + "/kernel", axes_of(spec), true);
  }
  if (const Json* mean = find_member(value, "mean", path)) {
    choice.mean = read_mean(*mean, path + "/mean", spec);
  }
  if (const Json* noise = find_member(value, "shared_noise", path)) {
    campaign::SharedNoise& shared = choice.shared_noise.emplace();
    read_field(*noise, "sd", path + "/shared_noise", shared.sd);
    read_field(*noise, "every", path + "/shared_noise", shared.every);
    read_field(*noise, "by", path + "/shared_noise", shared.by);
  }
  return choice;
}

Json json_from_observable(const campaign::ObservableChoice& choice,
                          const std::vector<std::string>& axes) {
  Json value = {{"name", choice.spec.name},
                {"from", choice.spec.from},
                {"unit", choice.spec.unit},
                {"transform", name_of(kTransforms, choice.transform)}};
  if (!choice.given.empty()) value["given"] = choice.given;
  if (choice.mean.kind != campaign::MeanChoice::Kind::kConstant) {
    value["mean"] = json_from_mean(choice.mean);
  }
  if (choice.shared_noise) {
    value["shared_noise"] = {{"sd", choice.shared_noise->sd}};
    if (choice.shared_noise->every > 0) value["shared_noise"]["every"] = choice.shared_noise->every;
    if (!choice.shared_noise->by.empty()) value["shared_noise"]["by"] = choice.shared_noise->by;
  }
  if (choice.kernel) value["kernel"] = json_from_kernel(*choice.kernel, axes);
  return value;
}

campaign::OutputGroup read_group(const Json& value, const std::string& path) {
  campaign::OutputGroup group;
  group.observables = texts_of(member(value, "observables", path), path + "/observables");
  read_field(value, "rank", path, group.rank);
  if (const Json* at = find_member(value, "at", path)) group.at = vector_of(*at, path + "/at");
  return group;
}

Json json_from_group(const campaign::OutputGroup& group) {
  Json value = {{"observables", group.observables}};
  if (group.at.size() == 0) value["rank"] = group.rank;
  if (group.at.size() > 0) value["at"] = std::vector<double>(group.at.begin(), group.at.end());
  return value;
}

void read_models(const Json& value, const std::string& path, campaign::CampaignSpec& spec) {
  if (const Json* surrogate = find_member(value, "surrogate", path)) {
    const std::string here = path + "/surrogate";
    bool ard = true;
    read_field(*surrogate, "ard", here, ard);
    spec.surrogate.kernel.ard = ard;
    if (const Json* kernel = find_member(*surrogate, "kernel", here)) {
      spec.surrogate.kernel = kernel_from_json(*kernel, here + "/kernel", axes_of(spec), ard);
    }
    read_field(*surrogate, "retrain_growth", here, spec.surrogate.retrain_growth);
    read_field(*surrogate, "hyperparameter_draws", here, spec.surrogate.hyperparameter_draws);
    if (spec.surrogate.hyperparameter_draws == 1) {
      throw CodecError(here +
                       "/hyperparameter_draws: expected 0 or an integer from 2 to 64, got 1");
    }
    if (const Json* together = find_member(*surrogate, "together", here)) {
      for (std::size_t g = 0; g < together->size(); ++g) {
        spec.surrogate.together.push_back(
            read_group((*together)[g], join_path(here + "/together", g)));
      }
    }
  }
  if (const Json* acquisition = find_member(value, "acquisition", path)) {
    const std::string here = path + "/acquisition";
    spec.acquisition = acquisition_from_json(*acquisition, here);
    read_field(*acquisition, "batch", here, spec.in_flight);
    read_field(*acquisition, "joint", here, spec.joint_batch);
    read_field(*acquisition, "learn_cost", here, spec.learn_cost);
    if (acquisition->contains("batch") && value.contains("in_flight") &&
        integer_of(value["in_flight"], path + "/in_flight") != spec.in_flight) {
      throw CodecError(here + "/batch: expected the same number as \"in_flight\", got " +
                       describe((*acquisition)["batch"]));
    }
  }
}

void read_lists(const Json& value, const std::string& path, campaign::CampaignSpec& spec) {
  spec.parameters = read_parameters(member(value, "parameters", path), path + "/parameters");
  if (const Json* candidates = find_member(value, "candidates", path)) {
    for (std::size_t i = 0; i < candidates->size(); ++i) {
      spec.candidates.push_back(
          read_candidate((*candidates)[i], join_path(path + "/candidates", i), spec.parameters));
    }
  }
  if (const Json* start = find_member(value, "start", path)) {
    for (std::size_t i = 0; i < start->size(); ++i) {
      spec.start.push_back(
          read_candidate((*start)[i], join_path(path + "/start", i), spec.parameters));
    }
  }
  const Json& observables = member(value, "observables", path);
  for (std::size_t i = 0; i < observables.size(); ++i) {
    spec.observables.push_back(
        read_observable(observables[i], join_path(path + "/observables", i), spec));
  }
  if (const Json* constraints = find_member(value, "constraints", path)) {
    spec.constraints = texts_of(*constraints, path + "/constraints");
  }
}

void read_limits_of_spending(const Json& value, const std::string& path,
                             campaign::CampaignSpec& spec) {
  if (const Json* budget = find_member(value, "budget", path)) {
    read_field(*budget, "measurements", path + "/budget", spec.budget.measurements);
    read_field(*budget, "hours", path + "/budget", spec.budget.hours);
  }
  if (const Json* limits = find_member(value, "limits", path)) {
    for (const auto& [name, range] : limits->items()) {
      const Eigen::VectorXd ends = vector_of(range, join_path(path + "/limits", name));
      spec.limits.push_back({name, ends[0], ends[1]});
    }
  }
  if (const Json* timeouts = find_member(value, "timeouts", path)) {
    const std::string here = path + "/timeouts";
    read_field(*timeouts, "measurement_s", here, spec.patience.measurement_timeout_s);
    read_field(*timeouts, "retries", here, spec.patience.retries);
    read_field(*timeouts, "consecutive_faults", here, spec.patience.consecutive_faults);
    read_field(*timeouts, "avoid_distance", here, spec.patience.avoid_distance);
    read_field(*timeouts, "dead_man_s", here, spec.patience.dead_man_s);
  }
}

campaign::CampaignSpec decode_spec(const Json& value, const std::string& path) {
  campaign::CampaignSpec spec;
  read_field(value, "campaign", path, spec.name);
  read_field(value, "seed", path, spec.seed);
  read_lists(value, path, spec);
  spec.objective = objective_from_json(member(value, "objective", path), path + "/objective");
  read_models(value, path, spec);
  read_limits_of_spending(value, path, spec);
  spec.stop = stop_rules_from_json(value, path);
  spec.react = react_rules_from_json(value, path);
  spec.transitions = transitions_from_json(value, path);
  read_field(value, "initial", path, spec.initial_design);
  read_field(value, "in_flight", path, spec.in_flight);
  read_field(value, "exposure_s", path, spec.exposure_s);
  read_field(value, "decision_budget_s", path, spec.decision_budget_s);
  read_field(value, "threads", path, spec.threads);
  std::vector<std::string> problems = check_spec(spec, value, path);
  if (!problems.empty()) {
    throw CodecError(std::move(problems));
  }
  return spec;
}

}  // namespace

campaign::CampaignSpec spec_from_json(const Json& value, const std::string& path) {
  require_valid("spec", value, path);
  return decode_spec(value, path);
}

Json json_from_spec(const campaign::CampaignSpec& spec) {
  Json value = {{"campaign", spec.name},
                {"seed", json_of_seed(spec.seed, "/seed")},
                {"objective", json_from_objective(spec.objective)},
                {"initial", spec.initial_design},
                {"in_flight", spec.in_flight},
                {"exposure_s", spec.exposure_s},
                {"decision_budget_s", spec.decision_budget_s},
                {"threads", spec.threads},
                {"constraints", spec.constraints},
                {"stop", json_from_stop_rules(spec.stop)},
                {"react", json_from_react_rules(spec.react)}};
  value["parameters"] = json_from_parameters(spec.parameters);
  if (!spec.candidates.empty()) value["candidates"] = Json::array();
  for (const campaign::Candidate& candidate : spec.candidates) {
    value["candidates"].push_back(json_from_candidate(candidate, spec.parameters));
  }
  if (!spec.start.empty()) value["start"] = Json::array();
  for (const campaign::Candidate& position : spec.start) {
    value["start"].push_back(json_from_candidate(position, spec.parameters));
  }
  value["observables"] = Json::array();
  for (const campaign::ObservableChoice& choice : spec.observables) {
    value["observables"].push_back(json_from_observable(choice, axes_of(spec)));
  }
  value["limits"] = Json::object();
  for (const campaign::SafetyLimit& limit : spec.limits) {
    value["limits"][limit.parameter] = Json::array({limit.lower, limit.upper});
  }
  value["surrogate"] = {{"kernel", json_from_kernel(spec.surrogate.kernel, axes_of(spec))},
                        {"retrain_growth", spec.surrogate.retrain_growth},
                        {"hyperparameter_draws", spec.surrogate.hyperparameter_draws}};
  for (const campaign::OutputGroup& group : spec.surrogate.together) {
    value["surrogate"]["together"].push_back(json_from_group(group));
  }
  if (spec.transitions) value["transitions"] = json_from_transitions(*spec.transitions);
  value["acquisition"] = json_from_acquisition(spec.acquisition);
  if (spec.joint_batch) value["acquisition"]["joint"] = true;
  if (spec.learn_cost) value["acquisition"]["learn_cost"] = true;
  value["budget"] = {{"measurements", spec.budget.measurements}, {"hours", spec.budget.hours}};
  value["timeouts"] = {{"measurement_s", spec.patience.measurement_timeout_s},
                       {"retries", spec.patience.retries},
                       {"consecutive_faults", spec.patience.consecutive_faults},
                       {"avoid_distance", spec.patience.avoid_distance},
                       {"dead_man_s", spec.patience.dead_man_s}};
  return value;
}

CampaignFile campaign_from_json(const Json& value, const std::string& path) {
  require_valid("campaign", value, path);
  CampaignFile file;
  file.campaign = decode_spec(value, path);
  file.instrument = instrument_from_json(value.at("instrument"), path + "/instrument");
  if (const Json* scorer = find_member(value, "scorer", path)) {
    read_field(*scorer, "classifier", path + "/scorer", file.scorer.classifier);
    read_field(*scorer, "reduce", path + "/scorer", file.scorer.reduce);
  }
  std::vector<std::string> problems = check_instrument(file, path);
  if (!problems.empty()) {
    throw CodecError(std::move(problems));
  }
  return file;
}

Json json_from_campaign(const CampaignFile& file) {
  Json value = json_from_spec(file.campaign);
  value["instrument"] = json_from_instrument(file.instrument);
  value["scorer"] = {{"classifier", file.scorer.classifier}, {"reduce", file.scorer.reduce}};
  return value;
}

CampaignFile read_campaign(std::string_view text) { return campaign_from_json(parse_json(text)); }

std::string write_campaign(const CampaignFile& file) {
  return write_json(json_from_campaign(file), 2) + "\n";
}

}  // namespace foray::codec
