// campaign.*, objective.set and parameter.set_range.
#include <memory>
#include <set>
#include <string>

#include "foray/codec/campaign_json.h"
#include "schemas.h"
#include "service_core.h"

namespace foray::service {

using codec::Json;

namespace {

std::string reason_of(const Call& call) {
  return call.params.value("reason", "asked for by " + call.caller.name);
}

std::function<Json(std::int64_t)> as_sequence() {
  return [](std::int64_t sequence) { return Json{{"sequence", sequence}}; };
}

const char* role_of(const optimizer::Parameter& parameter) {
  switch (parameter.role) {
    case optimizer::ParameterRole::kExposure:
      return "exposure";
    case optimizer::ParameterRole::kFixed:
      return "fixed";
    case optimizer::ParameterRole::kContext:
      return "context";
    case optimizer::ParameterRole::kFidelity:
      return "fidelity";
    case optimizer::ParameterRole::kAxis:
      break;
  }
  return "axis";
}

Json parameter_json(const optimizer::Parameter& parameter) {
  Json json = {{"name", parameter.name},
               {"unit", parameter.unit},
               {"range", {parameter.lower, parameter.upper}},
               {"scale", parameter.scale == optimizer::ParameterScale::kLog ? "log" : "linear"},
               {"role", role_of(parameter)}};
  if (parameter.integer) json["integer"] = true;
  if (!parameter.simplex.empty()) {
    json["simplex"] = parameter.simplex;
    json["total"] = parameter.total;
  }
  if (!parameter.values.empty()) json["values"] = parameter.values;
  if (!parameter.categories.empty()) json["values"] = parameter.categories;
  return json;
}

// What the journal alone tells; the same for campaigns that are open and those that are not.
Json record_json(const campaign::CampaignView& view) {
  Json parameters = Json::array();
  for (const auto& parameter : view.parameters()) parameters.push_back(parameter_json(parameter));
  Json observables = Json::array();
  for (const auto& observable : view.spec().observables)
    observables.push_back({{"name", observable.spec.name},
                           {"from", observable.spec.from},
                           {"unit", observable.spec.unit}});
  return {
      {"name", view.spec().name},
      {"state", campaign::state_name(view.state())},
      {"reason", view.reason()},
      {"sequence", view.sequence()},
      {"measured", view.scored().size()},
      {"failed", view.failures()},
      {"beam_hours", view.beam_s() / 3600},
      {"budget",
       {{"measurements", view.spec().budget.measurements}, {"hours", view.spec().budget.hours}}},
      {"instrument", view.instrument()},
      {"objective", codec::json_from_objective(view.objective())},
      {"acquisition", codec::json_from_acquisition(view.acquisition())},
      {"parameters", parameters},
      {"observables", observables}};
}

// What only a campaign that is open knows.
void add_live(const campaign::CampaignStatus& status, const campaign::CampaignView& view,
              Json& json) {
  json["in_flight"] = status.in_flight;
  json["queued"] = status.queued;
  json["unsaved"] = status.unsaved;
  json["overhead_ms_median"] = status.overhead_ms_median;
  json["uncertainty"] = status.uncertainty;
  if (!status.best) return;
  Json position = Json::object();
  for (std::size_t i = 0; i < view.parameters().size(); ++i)
    position[view.parameters()[i].name] = codec::json_from_value(
        status.best->position[static_cast<Eigen::Index>(i)], view.parameters()[i]);
  json["best"] = {{"observable", status.best->observable},
                  {"value", status.best->value},
                  {"variance", status.best->variance},
                  {"measurement", status.best->id},
                  {"position", position}};
}

std::optional<Json> status(ServiceCore& core, const Call& call) {
  const std::string id = campaign_of(call);
  core.require_known(id);
  const auto open = core.host.find(id);
  const campaign::CampaignView view =
      open ? open->campaign->view() : campaign::CampaignView(core.host.entries(id, 1));
  Json json = record_json(view);
  json["campaign"] = id;
  json["open"] = open.has_value();
  json["objective_revision"] = core.feed.objective_revision(id);
  if (open) add_live(open->campaign->status(), view, json);
  if (open && open->link) json["instrument_registered"] = open->link->attached();
  if (open && view.acquisition().kind == optimizer::AcquisitionKind::kRemote)
    json["function_registered"] =
        open->functions && open->functions->attached(view.acquisition().function);
  return json;
}

std::optional<Json> list(ServiceCore& core) {
  Json campaigns = Json::array();
  for (const std::string& id : core.host.list()) {
    Json item = {{"campaign", id}, {"open", false}};
    try {
      if (const auto open = core.host.find(id)) {
        const auto now = open->campaign->status();
        item["open"] = true;
        item["state"] = campaign::state_name(now.state);
        item["measured"] = now.measured;
        item["sequence"] = now.sequence;
      } else {
        const campaign::CampaignView view(core.host.entries(id, 1));
        item["state"] = campaign::state_name(view.state());
        item["measured"] = view.scored().size();
        item["sequence"] = view.sequence();
      }
    } catch (const std::exception& error) {
      item["problem"] = error.what();  // one journal that cannot be read hides no other
    }
    campaigns.push_back(std::move(item));
  }
  return Json{{"campaigns", campaigns}};
}

std::optional<Json> create(ServiceCore& core, Call& call) {
  const Json& file = call.params["file"];
  // Its problems, with their paths.
  codec::require_given_values(codec::campaign_from_json(file, "/params/file"), "/params/file");
  const std::string id = core.host.create(codec::write_json(file, 2), call.caller.name);
  core.desk.opened(id);
  if (!call.params.value("start", false)) return Json{{"campaign", id}, {"state", "created"}};
  core.answer_when_ready<std::int64_t>(core.open(id).campaign->start(call.caller.name), call.later,
                                       [id](std::int64_t) {
                                         return Json{{"campaign", id}, {"state", "running"}};
                                       });
  return std::nullopt;
}

std::optional<Json> resume(ServiceCore& core, Call& call) {
  const std::string id = campaign_of(call);
  core.require_known(id);
  if (!core.host.find(id)) {
    core.host.reopen(id, call.caller.name);
    core.desk.opened(id);
  }
  const auto open = core.open(id);
  // A campaign that ran when its process ended goes on by itself.
  if (open.campaign->status().state == campaign::CampaignState::kRunning)
    return Json{{"sequence", open.campaign->status().sequence}};
  core.answer_when_ready<std::int64_t>(open.campaign->unpause(call.caller.name), call.later,
                                       as_sequence());
  return std::nullopt;
}

// Campaigns whose objective is being changed: taken, not yet in the journal.
using UnderWay = std::shared_ptr<std::multiset<std::string>>;

// Compares and sets: between the comparison and the journal no other change gets in.
void require_revision(ServiceCore& core, const Call& call, const UnderWay& under_way) {
  const auto expected = call.params.find("expected_revision");
  if (expected == call.params.end()) return;
  const std::string id = campaign_of(call);
  if (under_way->count(id) > 0)
    throw RpcError(kConflict, "/params/expected_revision: another change is under way");
  const std::int64_t revision = core.feed.objective_revision(id);
  if (expected->get<std::int64_t>() != revision)
    throw RpcError(kConflict, "/params/expected_revision: expected " + std::to_string(revision) +
                                  ", the objective's revision, got " + expected->dump());
}

std::optional<Json> set_objective(ServiceCore& core, Call& call, const UnderWay& under_way) {
  const std::string id = campaign_of(call);
  const auto open = core.open(id);
  auto objective = codec::objective_from_json(call.params["objective"], "/params/objective");
  std::optional<optimizer::AcquisitionSpec> acquisition;
  if (const auto given = call.params.find("acquisition"); given != call.params.end()) {
    codec::require_function_only(*given, "/params/acquisition");
    acquisition = codec::acquisition_from_json(*given, "/params/acquisition");
  }
  require_revision(core, call, under_way);
  const Responder done(
      [&core, id, under_way, later = call.later](const Json* result, const RpcError* error) {
        // Posted, so that the journal's entry, which was posted before, is known first.
        core.worker.post([id, under_way] { under_way->erase(under_way->find(id)); });
        if (error != nullptr) return later.error(*error);
        later.result(*result);
      });
  auto future =
      open.campaign->set_objective(std::move(objective), call.caller.name, std::move(acquisition));
  under_way->insert(id);
  core.answer_when_ready<std::int64_t>(std::move(future), done, [](std::int64_t sequence) {
    return Json{{"sequence", sequence}, {"revision", sequence}};
  });
  return std::nullopt;
}

std::optional<Json> set_range(ServiceCore& core, Call& call) {
  const auto open = core.open(campaign_of(call));
  const Json& range = call.params["range"];
  core.answer_when_ready<std::int64_t>(
      open.campaign->set_range(call.params["parameter"].get<std::string>(), range[0].get<double>(),
                               range[1].get<double>(), call.caller.name),
      call.later, as_sequence());
  return std::nullopt;
}

// A method that is one command of Campaign.
using Command = std::future<std::int64_t> (*)(campaign::Campaign&, const Call&);

Method command(const char* name, const char* summary, bool with_reason, ServiceCore* core,
               Command run) {
  Json properties = {{"campaign", campaign_id_schema()}};
  if (with_reason) properties["reason"] = text_schema("a reason for the records");
  return {.name = name,
          .summary = summary,
          .roles = kOperators,
          .params = object_schema(properties, {"campaign"}),
          .result = sequence_result(),
          .mutating = true,
          .handler = [core, run](Call& call) -> std::optional<Json> {
            const auto open = core->open(campaign_of(call));
            core->answer_when_ready<std::int64_t>(run(*open.campaign, call), call.later,
                                                  as_sequence());
            return std::nullopt;
          }};
}

void add_commands(Dispatcher& table, ServiceCore* core) {
  table.add(command("campaign.start", "Starts a campaign that was created.", false, core,
                    [](campaign::Campaign& campaign, const Call& call) {
                      return campaign.start(call.caller.name);
                    }));
  table.add(command("campaign.pause", "Proposes nothing more until it is resumed.", true, core,
                    [](campaign::Campaign& campaign, const Call& call) {
                      return campaign.pause(reason_of(call), call.caller.name);
                    }));
  table.add(command("campaign.stop", "Ends a campaign for good; what was measured is kept.", true,
                    core, [](campaign::Campaign& campaign, const Call& call) {
                      return campaign.stop(reason_of(call), call.caller.name);
                    }));
  table.add(command("campaign.abort",
                    "Stops motion and exposure at once, gives up what is in flight and pauses.",
                    true, core, [](campaign::Campaign& campaign, const Call& call) {
                      return campaign.abort(reason_of(call), call.caller.name);
                    }));
}

void add_looks(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "campaign.status",
             .summary = "Where a campaign stands.",
             .roles = kAll,
             .params = object_schema({{"campaign", campaign_id_schema()}}, {"campaign"}),
             .result = any_object("state, counts, objective with its revision, parameters, best"),
             .handler = [core](Call& call) { return status(*core, call); }});
  table.add({.name = "campaign.list",
             .summary = "All campaigns, open in this server or not.",
             .roles = kAll,
             .params = object_schema(Json::object()),
             .result = any_object("campaigns"),
             .handler = [core](Call&) { return list(*core); }});
  table.add({.name = "campaign.heartbeat",
             .summary = "Says that the controlling client is alive (the campaign's dead-man's "
                        "switch).",
             .roles = kOperators,
             .params = object_schema({{"campaign", campaign_id_schema()}}, {"campaign"}),
             .result = any_object("nothing"),
             .handler = [core](Call& call) -> std::optional<Json> {
               core->open(campaign_of(call)).campaign->heartbeat();
               return Json::object();
             }});
}

}  // namespace

void add_campaign_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "campaign.create",
             .summary = "Makes a campaign from a campaign file.",
             .roles = kOperators,
             .params = object_schema({{"file", any_object("a campaign file as an object")},
                                      {"start", boolean_schema()}},
                                     {"file"}),
             .result = object_schema({{"campaign", campaign_id_schema()}}, {"campaign"}),
             .mutating = true,
             .handler = [core](Call& call) { return create(*core, call); }});
  table.add({.name = "campaign.resume",
             .summary = "Goes on after a pause, or takes up a campaign from its journal.",
             .roles = kOperators,
             .params = object_schema({{"campaign", campaign_id_schema()}}, {"campaign"}),
             .result = sequence_result(),
             .mutating = true,
             .handler = [core](Call& call) { return resume(*core, call); }});
  add_commands(table, core);
  add_looks(table, core);
  table.add(
      {.name = "objective.set",
       .summary =
           "Changes the question, and the acquisition function if one is given; a campaign that "
           "runs goes on with the new one.",
       .roles = kOperators,
       .params = object_schema(
           {{"campaign", campaign_id_schema()},
            {"objective", any_object("an objective, as in a campaign file")},
            {"acquisition",
             any_object(
                 "an acquisition function, as in a campaign file; else that in force stays")},
            {"expected_revision",
             integer_schema("the objective_revision that this change was made for", 1)}},
           {"campaign", "objective"}),
       .result = object_schema({{"revision", integer_schema("the new revision", 1)}}, {"revision"}),
       .mutating = true,
       .handler = [core, under_way = std::make_shared<std::multiset<std::string>>()](Call& call) {
         return set_objective(*core, call, under_way);
       }});
  table.add({.name = "parameter.set_range",
             .summary = "Narrows or widens the range of a parameter, within its limits.",
             .roles = kOperators,
             .params = object_schema({{"campaign", campaign_id_schema()},
                                      {"parameter", text_schema("the name of a parameter")},
                                      {"range",
                                       {{"type", "array"},
                                        {"title", "two increasing numbers"},
                                        {"minItems", 2},
                                        {"maxItems", 2},
                                        {"items", number_schema("a number")}}}},
                                     {"campaign", "parameter", "range"}),
             .result = sequence_result(),
             .mutating = true,
             .handler = [core](Call& call) { return set_range(*core, call); }});
}

}  // namespace foray::service
