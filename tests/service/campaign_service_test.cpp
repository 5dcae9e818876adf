// The service's campaigns, predictions, loops of one's own and events.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "service/test_service.h"

namespace foray::service::campaign_service_test {
namespace {

using codec::Json;
using test::campaign_file;
using test::entries_until;
using test::kConflict;
using test::kInvalidParams;
using test::kNotFound;
using test::kNotPermitted;
using test::kRefused;
using test::RpcClient;
using test::Server;

TEST(Service, RunsACampaignToItsEnd) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  const Json created = client.result("campaign.create", {{"file", campaign_file()}});
  EXPECT_EQ(created["campaign"], "line");
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  client.result("campaign.start", {{"campaign", "line"}});
  const auto entries = entries_until(client, "campaign.finished");
  std::int64_t sequence = 0;
  for (const Json& entry : entries) EXPECT_EQ(entry["sequence"], ++sequence);
  EXPECT_EQ(entries.front()["kind"], "campaign.created");
  EXPECT_EQ(entries.front()["who"], "operator");
  const Json status = client.result("campaign.status", {{"campaign", "line"}});
  EXPECT_EQ(status["state"], "finished");
  EXPECT_EQ(status["measured"], 8);
  EXPECT_EQ(status["parameters"][0]["range"], Json::array({0.0, 1.0}));
  const Json measured = client.result("measurement.list", {{"campaign", "line"}});
  EXPECT_EQ(measured["measurements"].size(), 8U);
  EXPECT_EQ(measured["more"], false);
}

TEST(Service, PredictsAtPointsAndOnAGridAlike) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", campaign_file()}, {"start", true}});
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  entries_until(client, "campaign.finished");
  const Json grid =
      client.result("model.predict", {{"campaign", "line"},
                                      {"observable", "f"},
                                      {"grid", {{"axes", {{{"parameter", "x"}, {"count", 3}}}}}}});
  EXPECT_EQ(grid["axes"][0]["values"], Json::array({0.0, 0.5, 1.0}));
  const Json points =
      client.result("model.predict", {{"campaign", "line"},
                                      {"observable", "f"},
                                      {"points", {{{"x", 0.0}}, {{"x", 0.5}}, Json{{"x", 1.0}}}}});
  EXPECT_EQ(points["mean"], grid["mean"]);
  EXPECT_EQ(points["sd"], grid["sd"]);
  EXPECT_NEAR(grid["mean"][1].get<double>(), std::sin(1.5), 0.1);
  EXPECT_EQ(client.error("model.predict", {{"campaign", "line"}, {"observable", "f"}}),
            kInvalidParams);
  EXPECT_EQ(client.error("model.predict", {{"campaign", "line"},
                                           {"observable", "g"},
                                           {"points", Json::array({Json{{"x", 0.5}}})}}),
            kInvalidParams);
}

TEST(Service, SaysWhatIsWrongWithACampaignFile) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file();
  file["parameters"][0]["range"] = {1, 0};
  const Json answer = client.call("campaign.create", {{"file", file}});
  EXPECT_EQ(answer["error"]["code"], kInvalidParams);
  EXPECT_NE(answer["error"]["message"].get<std::string>().find("/params/file/parameters/0/range"),
            std::string::npos)
      << answer.dump();
  EXPECT_TRUE(client.result("campaign.list")["campaigns"].empty());
}

TEST(Service, RefusesWhatIsUnknownOrNotPermitted) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  EXPECT_EQ(client.error("campaign.status", {{"campaign", "nothing"}}), kNotFound);
  EXPECT_EQ(client.error("campaign.start", {{"campaign", "nothing"}}), kNotFound);
  EXPECT_EQ(server.as(Role::kViewer).error("campaign.create", {{"file", campaign_file()}}),
            kNotPermitted);
  EXPECT_EQ(server.as(Role::kInstrument).error("campaign.create", {{"file", campaign_file()}}),
            kNotPermitted);
  client.result("campaign.create", {{"file", campaign_file()}});
  EXPECT_EQ(client.error("campaign.pause", {{"campaign", "line"}}), kRefused);
  EXPECT_EQ(
      client.error("measurement.tell",
                   {{"campaign", "line"}, {"measurement", 9}, {"observables", Json::object()}}),
      kNotFound);
}

TEST(Service, ServesPeopleWithTheirOwnLoop) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file(6);
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}, {"start", true}});
  std::set<std::int64_t> told;
  for (int i = 0; i < 5; ++i) {
    const Json point = client.result("proposal.ask", {{"campaign", "line"}});
    const double x = point["position"]["x"].get<double>();
    const Json tell = {{"campaign", "line"},
                       {"measurement", point["measurement"]},
                       {"observables", {{"f", {{"value", x * x}, {"variance", 1e-6}}}}},
                       {"idempotency_key", "told " + std::to_string(i)}};
    const Json sequence = client.result("measurement.tell", tell);
    EXPECT_EQ(client.result("measurement.tell", tell), sequence) << "told twice, recorded once";
    told.insert(sequence["sequence"].get<std::int64_t>());
  }
  EXPECT_EQ(told.size(), 5U);
  client.result("measurement.tell", {{"campaign", "line"},
                                     {"position", {{"x", 0.25}}},
                                     {"observables", {{"f", {{"value", 0.0625}}}}}});
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  entries_until(client, "campaign.finished");
  EXPECT_EQ(client.result("campaign.status", {{"campaign", "line"}})["measured"], 6);
}

TEST(Service, ComparesAndSetsTheObjective) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file(100);
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}, {"start", true}});
  const Json before =
      client.result("campaign.status", {{"campaign", "line"}})["objective_revision"];
  const Json maximise = {{"kind", "maximise"}, {"observable", "f"}};
  const Json set =
      client.result("objective.set",
                    {{"campaign", "line"}, {"objective", maximise}, {"expected_revision", before}});
  EXPECT_GT(set["revision"], before);
  EXPECT_EQ(
      client.error("objective.set",
                   {{"campaign", "line"}, {"objective", maximise}, {"expected_revision", before}}),
      kConflict);
  const Json status = client.result("campaign.status", {{"campaign", "line"}});
  EXPECT_EQ(status["objective_revision"], set["revision"]);
  EXPECT_EQ(status["objective"]["kind"], "maximise");
  EXPECT_EQ(client.error("objective.set",
                         {{"campaign", "line"},
                          {"objective", {{"kind", "maximise"}, {"observable", "nothing"}}}}),
            kRefused);
  const Json wrong =
      client.call("objective.set", {{"campaign", "line"}, {"objective", {{"kind", "maximize"}}}});
  EXPECT_EQ(wrong["error"]["code"], kInvalidParams);
  EXPECT_NE(wrong["error"]["message"].get<std::string>().find("/params/objective/kind"),
            std::string::npos);
}

TEST(Service, ChangesRangesAndQueuesPoints) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file(100);
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}});
  client.result("parameter.set_range",
                {{"campaign", "line"}, {"parameter", "x"}, {"range", {0.25, 0.75}}});
  EXPECT_EQ(client.error("parameter.set_range",
                         {{"campaign", "line"}, {"parameter", "x"}, {"range", {-1, 2}}}),
            kRefused);
  const Json status = client.result("campaign.status", {{"campaign", "line"}});
  EXPECT_EQ(status["parameters"][0]["range"], Json::array({0.25, 0.75}));
  client.result("measurement.queue", {{"campaign", "line"}, {"position", {{"x", 0.5}}}});
  EXPECT_EQ(client.result("campaign.status", {{"campaign", "line"}})["queued"], 1);
  EXPECT_EQ(client.error("measurement.queue", {{"campaign", "line"}, {"position", {{"z", 0.5}}}}),
            kInvalidParams);
}

TEST(Service, TakesUpACampaignFromItsJournal) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file();
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}, {"start", true}});
  server.host.shut("line");
  EXPECT_EQ(client.error("proposal.ask", {{"campaign", "line"}}), kRefused);
  EXPECT_EQ(client.result("campaign.status", {{"campaign", "line"}})["open"], false);
  EXPECT_EQ(client.result("campaign.list")["campaigns"][0]["state"], "running");
  client.result("campaign.resume", {{"campaign", "line"}});
  client.result("proposal.ask", {{"campaign", "line"}});
}

TEST(Service, ReplaysFromASequenceWithoutGapOrDuplicate) {
  Server server;
  RpcClient writer = server.as(Role::kOperator);
  Json file = campaign_file(1000);
  file["in_flight"] = 0;
  writer.result("campaign.create", {{"file", file}});
  const auto queue = [&](int count) {
    for (int i = 0; i < count; ++i)
      writer.result("measurement.queue", {{"campaign", "line"}, {"position", {{"x", 0.001 * i}}}});
  };
  // Readers join, are cut off and join again while entries are written all the time.
  std::int64_t next = 1;
  for (int round = 0; round < 10; ++round) {
    RpcClient reader = server.as(Role::kViewer);
    queue(10);
    const Json subscribed =
        reader.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", next}});
    EXPECT_EQ(subscribed["next_sequence"], next);
    queue(10);
    for (int k = 0; k < 15; ++k) {
      const Json entry = reader.next()["params"];
      EXPECT_EQ(entry["subscription"], subscribed["subscription"]);
      EXPECT_EQ(entry["sequence"], next);
      ++next;
    }
    reader.socket().cut();
  }
}

TEST(Service, SendsAJournalThatIsLongerThanTheQueueMayBe) {
  TransportOptions options;
  options.max_outgoing_bytes = 100'000;
  options.messages_per_s = 1e6;
  options.message_burst = 1e6;
  Server server(options);
  RpcClient writer = server.as(Role::kOperator);
  Json file = campaign_file();
  file["in_flight"] = 0;
  writer.result("campaign.create", {{"file", file}, {"start", true}});
  const std::string long_reason(200, 'x');
  for (int i = 0; i < 300; ++i) {
    writer.result("campaign.pause", {{"campaign", "line"}, {"reason", long_reason}});
    writer.result("campaign.resume", {{"campaign", "line"}});
  }
  RpcClient reader = server.as(Role::kViewer);
  reader.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  for (std::int64_t k = 1; k <= 602; ++k) {
    const Json message = reader.next();
    ASSERT_FALSE(message.is_null()) << "closed at " << k;
    ASSERT_EQ(message["params"]["sequence"], k);
  }
}

TEST(Service, TellsOnlyNewEntriesWhenNoneIsNamedAndStopsWhenAsked) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file();
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}});
  const Json subscribed = client.result("events.subscribe", {{"campaign", "line"}});
  EXPECT_EQ(subscribed["next_sequence"], 2);
  client.result("campaign.start", {{"campaign", "line"}});
  EXPECT_EQ(client.next()["params"]["kind"], "campaign.started");
  client.result("events.unsubscribe", {{"subscription", subscribed["subscription"]}});
  EXPECT_EQ(client.error("events.unsubscribe", {{"subscription", subscribed["subscription"]}}),
            kNotFound);
}

TEST(Service, LetsOneOfTwoChangesForTheSameRevisionWin) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  Json file = campaign_file(100);
  file["in_flight"] = 0;
  client.result("campaign.create", {{"file", file}, {"start", true}});
  const Json revision =
      client.result("campaign.status", {{"campaign", "line"}})["objective_revision"];
  for (const char* kind : {"maximise", "minimise"})
    client.socket().send(Json({{"jsonrpc", "2.0"},
                               {"id", kind},
                               {"method", "objective.set"},
                               {"params",
                                {{"campaign", "line"},
                                 {"objective", {{"kind", kind}, {"observable", "f"}}},
                                 {"expected_revision", revision}}}})
                             .dump());
  int won = 0;
  int lost = 0;
  for (int k = 0; k < 2; ++k) {
    const Json answer = client.next();
    won += answer.contains("result") ? 1 : 0;
    lost += answer.contains("error") && answer["error"]["code"] == kConflict ? 1 : 0;
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 1);
}

}  // namespace
}  // namespace foray::service::campaign_service_test
