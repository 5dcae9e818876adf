// proposal.ask and measurement.*.
#include "foray/codec/campaign_json.h"
#include "schemas.h"
#include "service_core.h"

namespace foray::service {

using campaign::MeasurementId;
using campaign::MeasurementView;
using codec::Json;

namespace {

constexpr std::int64_t kMaxListed = 1000;

Json position_json(const std::vector<optimizer::Parameter>& parameters,
                   const Eigen::VectorXd& position) {
  Json json = Json::object();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (static_cast<Eigen::Index>(i) < position.size())
      json[parameters[i].name] =
          codec::json_from_value(position[static_cast<Eigen::Index>(i)], parameters[i]);
  return json;
}

// One value a parameter, in their order.
Eigen::VectorXd position_of(const std::vector<optimizer::Parameter>& parameters, const Json& json) {
  std::vector<std::string> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  codec::require_keys(json, names, "/params/position");
  Eigen::VectorXd position(static_cast<Eigen::Index>(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i)
    position[static_cast<Eigen::Index>(i)] =
        codec::value_from_json(codec::member(json, names[i].c_str(), "/params/position"),
                               parameters[i], codec::join_path("/params/position", names[i]));
  return position;
}

// {"name": {"value", "variance"}} or null for one that does not exist there.
std::vector<scattering::Observable> observables_of(const Json& json) {
  std::vector<scattering::Observable> observables;
  for (const auto& [name, value] : json.items()) {
    scattering::Observable observable;
    observable.name = name;
    if (value.is_null()) {
      observable.status = scattering::ObservableStatus::kAbsent;
    } else {
      observable.value = value["value"].get<double>();
      observable.variance = value.value("variance", 0.0);
    }
    observables.push_back(observable);
  }
  return observables;
}

std::optional<Json> ask(ServiceCore& core, Call& call) {
  const auto open = core.open(campaign_of(call));
  const auto parameters = open.campaign->view().parameters();
  core.answer_when_ready<campaign::AskedPoint>(
      open.campaign->ask(call.caller.name), call.later,
      [parameters](const campaign::AskedPoint& point) {
        return Json{{"measurement", point.id},
                    {"position", position_json(parameters, point.position)},
                    {"acquisition", point.acquisition}};
      });
  return std::nullopt;
}

std::optional<Json> tell(ServiceCore& core, Call& call) {
  const auto open = core.open(campaign_of(call));
  const auto view = open.campaign->view();
  const MeasurementId id = call.params.value("measurement", MeasurementId{0});
  if (id != 0 && !view.has(id))
    throw RpcError(kNotFound, "/params/measurement: there is no measurement " + std::to_string(id));
  const auto given = call.params.find("position");
  if (id == 0 && given == call.params.end())
    throw RpcError(kInvalidParams,
                   "/params: expected the measurement that was asked for, or a position");
  const Eigen::VectorXd position = given != call.params.end()
                                       ? position_of(view.parameters(), *given)
                                       : view.measurement(id).requested;
  core.answer_when_ready<std::int64_t>(
      open.campaign->tell(id, position, observables_of(call.params["observables"]),
                          call.params.value("cost_s", 0.0), call.caller.name),
      call.later, [](std::int64_t sequence) {
        return Json{{"sequence", sequence}};
      });
  return std::nullopt;
}

std::optional<Json> queue(ServiceCore& core, Call& call) {
  const auto open = core.open(campaign_of(call));
  const auto position = position_of(open.campaign->view().parameters(), call.params["position"]);
  core.answer_when_ready<std::int64_t>(open.campaign->queue_point(position, call.caller.name),
                                       call.later, [](std::int64_t sequence) {
                                         return Json{{"sequence", sequence}};
                                       });
  return std::nullopt;
}

const char* state_text(campaign::MeasurementState state) {
  switch (state) {
    case campaign::MeasurementState::kProposed:
      return "proposed";
    case campaign::MeasurementState::kRequested:
      return "requested";
    case campaign::MeasurementState::kDone:
      return "done";
    case campaign::MeasurementState::kScored:
      return "scored";
    case campaign::MeasurementState::kFailed:
      return "failed";
  }
  return "proposed";
}

Json measurement_json(const campaign::CampaignView& view, const MeasurementView& measurement) {
  Json observables = Json::object();
  for (const auto& observable : measurement.observables)
    observables[observable.name] =
        observable.status == scattering::ObservableStatus::kPresent
            ? Json{{"value", observable.value}, {"variance", observable.variance}}
            : Json(nullptr);
  Json classes = Json::object();
  for (const auto& probability : measurement.classes)
    classes[probability.path] = probability.probability;
  Json json = {{"measurement", measurement.id},
               {"state", state_text(measurement.state)},
               {"source", campaign::source_name(measurement.source)},
               {"position", position_json(view.parameters(), measurement.position)},
               {"observables", observables}};
  if (!classes.empty()) json["classes"] = classes;
  if (measurement.state == campaign::MeasurementState::kFailed) {
    json["fault"] = campaign::fault_name(measurement.fault);
    json["message"] = measurement.message;
  }
  return json;
}

std::optional<Json> list(ServiceCore& core, Call& call) {
  const std::string id = campaign_of(call);
  core.require_known(id);
  const auto open = core.host.find(id);
  const campaign::CampaignView view =
      open ? open->campaign->view() : campaign::CampaignView(core.host.entries(id, 1));
  const auto& all = view.measurements();
  const std::int64_t from = call.params.value("from_measurement", std::int64_t{1});
  Json listed = Json::array();
  bool more = false;
  for (const MeasurementView& measurement : all) {
    if (measurement.id < from) continue;
    more = static_cast<std::int64_t>(listed.size()) == kMaxListed;
    if (more) break;
    listed.push_back(measurement_json(view, measurement));
  }
  return Json{{"measurements", listed}, {"more", more}, {"sequence", view.sequence()}};
}

Json told_schema() {
  const Json present = {
      {"type", {"object", "null"}},
      {"title", "an object with value and variance, or null where it does not exist"},
      {"required", {"value"}},
      {"additionalProperties", false},
      {"properties",
       {{"value", number_schema("a number")},
        {"variance", {{"type", "number"}, {"minimum", 0}, {"title", "a number >= 0"}}}}}};
  return {
      {"type", "object"}, {"title", "an object of observables"}, {"additionalProperties", present}};
}

}  // namespace

void add_measurement_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "proposal.ask",
             .summary = "A point for people who measure by themselves; it counts as in flight "
                        "until it is told.",
             .roles = kOperators,
             .params = object_schema({{"campaign", campaign_id_schema()}}, {"campaign"}),
             .result = any_object("measurement, position and acquisition"),
             .mutating = true,
             .handler = [core](Call& call) { return ask(*core, call); }});
  table.add({.name = "measurement.tell",
             .summary = "Tells what was measured at an asked point, or at a position of one's own.",
             .roles = kOperators,
             .params = object_schema(
                 {{"campaign", campaign_id_schema()},
                  {"measurement", integer_schema("the number of an asked measurement", 1)},
                  {"position", position_schema()},
                  {"observables", told_schema()},
                  {"cost_s",
                   {{"type", "number"}, {"minimum", 0}, {"title", "seconds of beam time >= 0"}}}},
                 {"campaign", "observables"}),
             .result = sequence_result(),
             .mutating = true,
             .handler = [core](Call& call) { return tell(*core, call); }});
  table.add({.name = "measurement.queue",
             .summary = "Has a position measured before the next proposal.",
             .roles = kOperators,
             .params = object_schema(
                 {{"campaign", campaign_id_schema()}, {"position", position_schema()}},
                 {"campaign", "position"}),
             .result = sequence_result(),
             .mutating = true,
             .handler = [core](Call& call) { return queue(*core, call); }});
  table.add({.name = "measurement.list",
             .summary = "What was measured, at most 1000 at a time.",
             .roles = kAll,
             .params = object_schema({{"campaign", campaign_id_schema()},
                                      {"from_measurement", integer_schema("a number >= 1", 1)}},
                                     {"campaign"}),
             .result = any_object("measurements, whether there are more, and the sequence"),
             .handler = [core](Call& call) { return list(*core, call); }});
}

}  // namespace foray::service
