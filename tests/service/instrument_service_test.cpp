// Clients of the service as instruments.
#include <gtest/gtest.h>

#include <set>

#include "service/test_service.h"

namespace foray::service::instrument_service_test {
namespace {

using codec::Json;
using test::entries_until;
using test::kConflict;
using test::kNotFound;
using test::kNotPermitted;
using test::registered_file;
using test::RpcClient;
using test::serve;
using test::Server;

TEST(Service, DrivesARegisteredInstrumentWhileTheObjectiveChanges) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  RpcClient instrument = server.as(Role::kInstrument);
  EXPECT_TRUE(instrument.result("instrument.register", {{"name", "furnace"}})["campaigns"].empty());
  client.result("campaign.create", {{"file", registered_file(10)}, {"start", true}});
  serve(instrument, 5);
  client.result("objective.set",
                {{"campaign", "line"}, {"objective", {{"kind", "minimise"}, {"observable", "f"}}}});
  serve(instrument, 5);
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  const auto entries = entries_until(client, "campaign.finished");
  int scored = 0;
  for (const Json& entry : entries) scored += entry["kind"] == "measure.scored" ? 1 : 0;
  EXPECT_EQ(scored, 10);
}

TEST(Service, AsksAnInstrumentThatReturnsForTheOutcome) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", registered_file(3)}, {"start", true}});
  Json request;
  {
    RpcClient first = server.as(Role::kInstrument);
    const Json served = first.result("instrument.register", {{"name", "furnace"}});
    EXPECT_EQ(served["campaigns"], Json::array({"line"}));
    request = first.next();
    EXPECT_EQ(request["method"], "instrument.measure");
    first.socket().cut();
  }
  RpcClient second = server.as(Role::kInstrument);
  while (second.error("instrument.register", {{"name", "furnace"}}) == kConflict) {
    // The server has not noticed yet that the first one is gone.
  }
  const Json question = second.next();
  EXPECT_EQ(question["method"], "instrument.outcome");
  EXPECT_EQ(question["params"]["measurement"], request["params"]["measurement"]);
  second.answer(question, {{"state", "done"}, {"result", {{"values", {{"f", {{"value", 4.0}}}}}}}});
  serve(second, 2);
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  int failed = 0;
  for (const Json& entry : entries_until(client, "campaign.finished"))
    failed += entry["kind"] == "measure.failed" ? 1 : 0;
  EXPECT_EQ(failed, 0);
}

TEST(Service, RecordsFaultsOfARegisteredInstrument) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", registered_file(3)}, {"start", true}});
  RpcClient instrument = server.as(Role::kInstrument);
  instrument.result("instrument.register", {{"name", "furnace"}});
  instrument.answer(instrument.next(), {{"values", {{"f", {{"value", nullptr}}}}}});
  instrument.answer(instrument.next(),
                    {{"fault", {{"kind", "beam_loss"}, {"message", "no beam"}}}});
  instrument.answer(instrument.next(), {{"valuse", 1}});
  serve(instrument, 3);
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  std::set<std::string> faults;
  for (const Json& entry : entries_until(client, "campaign.finished"))
    if (entry["kind"] == "measure.failed") faults.insert(entry["body"]["fault"].get<std::string>());
  EXPECT_EQ(faults, (std::set<std::string>{"not_finite", "beam_loss", "malformed"}));
}

TEST(Service, GivesAnInstrumentsNameToOneConnectionOnly) {
  Server server;
  RpcClient first = server.as(Role::kInstrument);
  RpcClient second = server.as(Role::kInstrument);
  first.result("instrument.register", {{"name", "furnace"}});
  EXPECT_EQ(second.error("instrument.register", {{"name", "furnace"}}), kConflict);
  second.result("instrument.register", {{"name", "furnace"}, {"take_over", true}});
  EXPECT_EQ(first.error("instrument.unregister", {{"name", "furnace"}}), kNotFound);
  second.result("instrument.unregister", {{"name", "furnace"}});
  first.result("instrument.register", {{"name", "furnace"}});
  EXPECT_EQ(server.as(Role::kViewer).error("instrument.register", {{"name", "other"}}),
            kNotPermitted);
}

}  // namespace
}  // namespace foray::service::instrument_service_test
