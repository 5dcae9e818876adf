// instrument.* and acquisition.*, by which clients register, and events.*.
#include "function_codec.h"
#include "measure_codec.h"
#include "schemas.h"
#include "service_core.h"

namespace foray::service {

using codec::Json;

namespace {

std::optional<Json> enrol(ServiceCore& core, Call& call, Post post) {
  const std::string campaign = call.params.value("campaign", "");
  if (!campaign.empty()) core.require_known(campaign);
  const auto served = core.desk.enrol(call.caller.connection, post, call.params["name"], campaign,
                                      call.params.value("take_over", false));
  return Json{{"campaigns", served}};
}

std::optional<Json> dismiss(ServiceCore& core, Call& call, Post post) {
  const auto name = call.params["name"].get<std::string>();
  if (!core.desk.dismiss(call.caller.connection, post, name))
    throw RpcError(kNotFound, "/params/name: this connection is not registered as " + name);
  return Json::object();
}

std::optional<Json> subscribe(ServiceCore& core, Call& call) {
  const std::string campaign = campaign_of(call);
  core.require_known(campaign);
  const auto subscribed = core.feed.subscribe(call.caller.connection, campaign,
                                              call.params.value("from_sequence", std::int64_t{0}));
  // After this call's answer, so that the client knows the number when the first entry comes.
  core.worker.post([&core, id = subscribed.subscription] { core.feed.start(id); });
  return Json{{"subscription", subscribed.subscription},
              {"next_sequence", subscribed.next_sequence}};
}

std::optional<Json> unsubscribe(ServiceCore& core, Call& call) {
  const auto id = call.params["subscription"].get<std::int64_t>();
  if (!core.feed.unsubscribe(call.caller.connection, id))
    throw RpcError(kNotFound, "/params/subscription: this connection has no subscription " +
                                  std::to_string(id));
  return Json::object();
}

void add_instrument_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "instrument.register",
             .summary =
                 "Makes this connection the instrument of that name, for one campaign or for all "
                 "that name it. The server then sends the requests instrument.measure {campaign, "
                 "measurement, position, exposure_s}, after a reconnection instrument.outcome "
                 "{campaign, measurement}, and the notification instrument.abort {campaign}.",
             .roles = kInstruments,
             .params = object_schema({{"name", text_schema("the name of the instrument")},
                                      {"campaign", campaign_id_schema()},
                                      {"take_over", boolean_schema()}},
                                     {"name"}),
             .result = {{"type", "object"},
                        {"title", "campaigns that it serves now"},
                        {"x-measure-answer", measure_result_schema()},
                        {"x-outcome-answer", outcome_result_schema()}},
             .handler = [core](Call& call) { return enrol(*core, call, Post::kInstrument); }});
  table.add(
      {.name = "instrument.unregister",
       .summary = "This connection is no longer that instrument.",
       .roles = kInstruments,
       .params = object_schema({{"name", text_schema("the name of the instrument")}}, {"name"}),
       .result = any_object("nothing"),
       .handler = [core](Call& call) { return dismiss(*core, call, Post::kInstrument); }});
}

void add_function_methods(Dispatcher& table, ServiceCore* core) {
  table.add(
      {.name = "acquisition.register",
       .summary =
           "Makes this connection the acquisition function of that name, for one campaign or "
           "for all with the acquisition {\"kind\": \"remote\", \"function\": NAME}. The server "
           "then sends the request acquisition.evaluate {campaign, function, objective, "
           "parameters, points, models}, of at most 1000 points, and is answered with one "
           "number a point, the larger the better.",
       .roles = kInstruments,
       .params = object_schema({{"name", text_schema("the name of the function", 100)},
                                {"campaign", campaign_id_schema()},
                                {"take_over", boolean_schema()}},
                               {"name"}),
       .result = {{"type", "object"},
                  {"title", "campaigns that name it now"},
                  {"x-evaluate-answer", values_result_schema()}},
       .handler = [core](Call& call) { return enrol(*core, call, Post::kFunction); }});
  table.add(
      {.name = "acquisition.unregister",
       .summary = "This connection is no longer that acquisition function.",
       .roles = kInstruments,
       .params = object_schema({{"name", text_schema("the name of the function", 100)}}, {"name"}),
       .result = any_object("nothing"),
       .handler = [core](Call& call) { return dismiss(*core, call, Post::kFunction); }});
}

void add_event_methods(Dispatcher& table, ServiceCore* core) {
  table.add({.name = "events.subscribe",
             .summary =
                 "Sends the journal's entries as notifications events.entry {subscription, "
                 "campaign, sequence, time_s, kind, who, body}: those on record from from_sequence "
                 "on, then each new one; none twice, none left out. Without from_sequence, or "
                 "with 0, only those to come.",
             .roles = kAll,
             .params = object_schema({{"campaign", campaign_id_schema()},
                                      {"from_sequence", integer_schema("a sequence >= 0", 0)}},
                                     {"campaign"}),
             .result = any_object("subscription and next_sequence"),
             .handler = [core](Call& call) { return subscribe(*core, call); }});
  table.add(
      {.name = "events.unsubscribe",
       .summary = "Ends a subscription.",
       .roles = kAll,
       .params = object_schema(
           {{"subscription", integer_schema("the number of a subscription", 1)}}, {"subscription"}),
       .result = any_object("nothing"),
       .handler = [core](Call& call) { return unsubscribe(*core, call); }});
}

}  // namespace

void add_live_methods(Dispatcher& table, ServiceCore* core) {
  add_instrument_methods(table, core);
  add_function_methods(table, core);
  add_event_methods(table, core);
}

}  // namespace foray::service
