#include "foray/service/service.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>

#include "service/memory_host.h"
#include "service/rpc_client.h"

namespace foray::service {
namespace {

using codec::Json;
using test::http_get;
using test::LoopbackClient;
using test::MemoryHost;
using test::RpcClient;

constexpr int kNotAuthenticated = -32000;
constexpr int kNotPermitted = -32001;
constexpr int kNotFound = -32002;
constexpr int kRefused = -32003;
constexpr int kConflict = -32004;
constexpr int kInvalidParams = -32602;

struct Server {
  explicit Server(TransportOptions transport = {}, RemoteOptions remote = {})
      : host(std::move(remote)), tokens(make_tokens()) {
    service =
        std::make_unique<Service>(host, ServiceOptions{std::move(transport), tokens, "test", {}});
    service->start();
  }
  [[nodiscard]] std::uint16_t port() const { return service->port(); }
  RpcClient as(Role role) { return {port(), tokens.at(role)}; }

  MemoryHost host;
  Tokens tokens;
  std::unique_ptr<Service> service;
};

Json campaign_file(int measurements = 8) {
  return {{"campaign", "line"},
          {"seed", 1},
          {"parameters", {{{"name", "x"}, {"range", {0, 1}}}}},
          {"instrument", {{"adapter", "function"}, {"function", "sphere"}}},
          {"observables", {{{"name", "f"}, {"from", "value:f"}}}},
          {"objective", {{"kind", "explore"}, {"observable", "f"}}},
          {"budget", {{"measurements", measurements}}}};
}

// Entries of a campaign from `from` until one of this kind.
std::vector<Json> entries_until(RpcClient& client, const std::string& kind) {
  std::vector<Json> entries;
  for (;;) {
    const Json message = client.next();
    if (message.is_null()) {
      ADD_FAILURE() << "the connection closed before " << kind;
      return entries;
    }
    if (message["method"] != "events.entry") continue;
    entries.push_back(message["params"]);
    if (message["params"]["kind"] == kind) return entries;
  }
}

TEST(Service, NeedsATokenOfEachRole) {
  MemoryHost host;
  Tokens tokens = make_tokens();
  tokens.erase(Role::kViewer);
  EXPECT_THROW(Service(host, ServiceOptions{{}, tokens, "test", {}}), std::invalid_argument);
}

TEST(Service, ServesAPageAndItsHealth) {
  const Server server;
  EXPECT_EQ(http_get(server.port(), "/health").body, R"({"status":"ok"})");
  const auto page = http_get(server.port(), "/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_NE(page.body.find("/status.js"), std::string::npos);
  EXPECT_EQ(page.body.find(server.tokens.at(Role::kOperator)), std::string::npos);
  EXPECT_EQ(http_get(server.port(), "/status.js").status, 200U);
  EXPECT_EQ(http_get(server.port(), "/nothing").status, 404U);
  EXPECT_EQ(http_get(server.port(), "/../etc/passwd").status, 404U);
}

TEST(Service, RefusesATokenThatIsNotValid) {
  Server server;
  EXPECT_EQ(
      LoopbackClient(server.port(), {{"Authorization", "Bearer " + std::string(64, '0')}}).status(),
      401U);
}

TEST(Service, TakesATokenInTheFirstMessage) {
  Server server;
  RpcClient client(server.port(), "");
  EXPECT_EQ(client.error("campaign.list"), kNotAuthenticated);
  const Json hello = client.result(
      "session.hello", {{"token", server.tokens.at(Role::kViewer)}, {"client", "notebook"}});
  EXPECT_EQ(hello["role"], "viewer");
  EXPECT_EQ(hello["limits"]["message_bytes"], 1'000'000);
  EXPECT_EQ(hello["who"], "notebook (viewer)");
  EXPECT_TRUE(client.result("campaign.list")["campaigns"].empty());
}

TEST(Service, ClosesAfterAWrongTokenInTheFirstMessage) {
  const Server server;
  RpcClient client(server.port(), "");
  EXPECT_EQ(client.error("session.hello", {{"token", "wrong"}}), kNotAuthenticated);
  EXPECT_TRUE(client.next().is_null());
  EXPECT_EQ(client.socket().close_code(), 1008);
}

TEST(Service, ClosesAClientThatDoesNotSayWhoItIs) {
  TransportOptions options;
  options.handshake_timeout = std::chrono::milliseconds(200);
  const Server server(options);
  LoopbackClient client(server.port());
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1008);
}

TEST(Service, ExchangesTheCodeOfAPrintedAddressOnce) {
  const Server server;
  const std::string address = server.service->invitation(Role::kOperator);
  const std::string target = address.substr(server.service->url().size());
  const auto first = http_get(server.port(), target);
  EXPECT_EQ(first.status, 303U);
  EXPECT_EQ(first.header("Location"), "/");
  const std::string set = first.header("Set-Cookie");
  EXPECT_NE(set.find("HttpOnly"), std::string::npos);
  EXPECT_NE(set.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(http_get(server.port(), target).status, 403U);

  const std::string cookie = set.substr(0, set.find(';'));
  EXPECT_EQ(LoopbackClient(server.port(), {{"Cookie", cookie}}).status(), 403U) << "no Origin";
  LoopbackClient page(server.port(), {{"Cookie", cookie}, {"Origin", server.service->url()}});
  ASSERT_EQ(page.status(), 101U);
  page.send(R"({"jsonrpc":"2.0","id":1,"method":"session.hello"})");
  EXPECT_EQ(codec::parse_json(page.receive().value_or("null"))["result"]["role"], "operator");
}

TEST(Service, InvitesBrowsersByCode) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  const Json invitation = client.result("session.invite", {{"role", "viewer"}});
  RpcClient other(server.port(), "");
  EXPECT_EQ(other.result("session.hello", {{"code", invitation["code"]}})["role"], "viewer");
  EXPECT_EQ(server.as(Role::kViewer).error("session.invite", {{"role", "operator"}}),
            kNotPermitted);
}

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

// Answers measurement requests with x squared until `count` were answered.
void serve(RpcClient& client, int count) {
  for (int answered = 0; answered < count;) {
    const Json request = client.next();
    ASSERT_FALSE(request.is_null());
    if (request.value("method", "") != "instrument.measure") continue;
    const double x = request["params"]["position"]["x"].get<double>();
    client.answer(request, {{"values", {{"f", {{"value", x * x}, {"variance", 1e-6}}}}},
                            {"read_back", {{"x", x}}},
                            {"exposure_s", 1}});
    ++answered;
  }
}

Json registered_file(int measurements) {
  Json file = campaign_file(measurements);
  file["instrument"] = {{"adapter", "registered"}, {"name", "furnace"}};
  return file;
}

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

TEST(Service, AnswersTwentyClientsInParallel) {
  Server server;
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  for (int i = 0; i < 20; ++i)
    clients.emplace_back([&] {
      RpcClient client = server.as(Role::kViewer);
      for (int k = 0; k < 20; ++k)
        if (client.result("campaign.list").is_object()) ++answered;
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 400);
}

TEST(Service, EndsWhileClientsAndCampaignsAreBusy) {
  TransportOptions options;
  options.close_timeout = std::chrono::milliseconds(100);  // nobody reads while it ends
  auto server = std::make_unique<Server>(options);
  RpcClient client = server->as(Role::kOperator);
  RpcClient instrument = server->as(Role::kInstrument);
  client.result("campaign.create", {{"file", registered_file(1000)}, {"start", true}});
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  instrument.result("instrument.register", {{"name", "furnace"}});
  serve(instrument, 3);
  server->service.reset();
  Json message = instrument.next();
  while (!message.is_null()) message = instrument.next();
  EXPECT_EQ(instrument.socket().close_code(), 1001);
  EXPECT_TRUE(server->host.find("line")) << "campaigns go on without the service";
}

TEST(OpenrpcDocument, ListsTheMethodsOfTheDesign) {
  const Json document = codec::parse_json(openrpc_document(), {});
  std::set<std::string> names;
  for (const Json& method : document["methods"]) names.insert(method["name"].get<std::string>());
  for (const char* name :
       {"session.hello", "campaign.create", "campaign.start", "campaign.pause", "campaign.resume",
        "campaign.stop", "campaign.status", "campaign.list", "objective.set", "parameter.set_range",
        "proposal.ask", "measurement.tell", "measurement.queue", "model.predict",
        "instrument.register", "events.subscribe", "rpc.discover"})
    EXPECT_EQ(names.count(name), 1U) << name;
}

}  // namespace
}  // namespace foray::service
