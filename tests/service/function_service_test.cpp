// Clients of the service as acquisition functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/test_service.h"

namespace foray::service::function_service_test {
namespace {

using codec::Json;
using test::campaign_file;
using test::entries_until;
using test::kConflict;
using test::kInvalidParams;
using test::kNotFound;
using test::kNotPermitted;
using test::RpcClient;
using test::Server;
using ::testing::HasSubstr;

// Six initial points and four that a client chooses; the decision budget cuts nothing.
Json remote_file(double timeout_s = 600) {
  Json file = campaign_file(10);
  file["initial"] = 6;
  file["decision_budget_s"] = 600;
  file["objective"] = {{"kind", "maximise"}, {"observable", "f"}};
  file["acquisition"] = {{"kind", "remote"}, {"function", "mine"}, {"timeout_s", timeout_s}};
  return file;
}

// mu + 2 sigma of f.
Json bound_of(const Json& params) {
  const Json& f = params["models"]["f"];
  Json values = Json::array();
  for (std::size_t j = 0; j < f["mu"].size(); ++j)
    values.push_back(f["mu"][j].get<double>() + 2 * f["sigma"][j].get<double>());
  return {{"values", values}};
}

// Answers `questions` until so many came; returns how many points they asked about.
std::size_t serve_function(RpcClient& client, int questions) {
  std::size_t points = 0;
  for (int answered = 0; answered < questions;) {
    const Json request = client.next();
    if (request.is_null()) {
      ADD_FAILURE() << "the connection closed";
      return points;
    }
    if (request.value("method", "") != "acquisition.evaluate") continue;
    points += request["params"]["points"].size();
    client.answer(request, bound_of(request["params"]));
    ++answered;
  }
  return points;
}

std::vector<double> positions_of(const std::vector<Json>& entries) {
  std::vector<double> positions;
  for (const Json& entry : entries)
    if (entry["kind"] == "proposal.made") positions.push_back(entry["body"]["position"][0]);
  return positions;
}

std::vector<Json> whole_journal(RpcClient& client) {
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  return entries_until(client, "campaign.finished");
}

constexpr int kQuestions = 7;  // of one proposal: samples, and six rounds

TEST(Service, HasAClientChooseWhatIsMeasured) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  RpcClient function = server.as(Role::kInstrument);
  EXPECT_TRUE(function.result("acquisition.register", {{"name", "mine"}})["campaigns"].empty());
  client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
  EXPECT_GT(serve_function(function, 4 * kQuestions), 4U * 512U);
  int chosen = 0;
  for (const Json& entry : whole_journal(client))
    chosen += entry["kind"] == "proposal.made" && entry["body"]["acquisition"] == "remote" ? 1 : 0;
  EXPECT_EQ(chosen, 4);
  const Json status = client.result("campaign.status", {{"campaign", "line"}});
  EXPECT_EQ(status["acquisition"]["function"], "mine");
  EXPECT_EQ(status["function_registered"], true);
}

TEST(Service, TakesUpACampaignInTheMiddleOfAQuestionWithTheSameProposals) {
  std::vector<double> undisturbed;
  for (const bool disturbed : {false, true}) {
    Server server;
    RpcClient client = server.as(Role::kOperator);
    RpcClient function = server.as(Role::kInstrument);
    function.result("acquisition.register", {{"name", "mine"}});
    client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
    if (disturbed) {
      (void)serve_function(function, 2 * kQuestions + 3);
      EXPECT_EQ(function.next()["method"], "acquisition.evaluate");  // Never answered.
      server.host.shut("line");
      client.result("campaign.resume", {{"campaign", "line"}});
      (void)serve_function(function, 2 * kQuestions);  // What was proposed is not asked again.
    } else {
      (void)serve_function(function, 4 * kQuestions);
    }
    const auto positions = positions_of(whole_journal(client));
    ASSERT_EQ(positions.size(), 10U);
    if (disturbed) {
      EXPECT_EQ(positions, undisturbed);
    }
    undisturbed = positions;
  }
}

TEST(Service, AsksTheClientThatReturnsAgain) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
  Json first;
  {
    RpcClient function = server.as(Role::kInstrument);
    EXPECT_EQ(function.result("acquisition.register", {{"name", "mine"}})["campaigns"],
              Json::array({"line"}));
    first = function.next();
    EXPECT_EQ(first["method"], "acquisition.evaluate");
    function.socket().cut();
  }
  RpcClient function = server.as(Role::kInstrument);
  while (function.error("acquisition.register", {{"name", "mine"}}) == kConflict) {
    // The server has not noticed yet that the first one is gone.
  }
  const Json again = function.next();
  EXPECT_EQ(again["params"], first["params"]);
  function.answer(again, bound_of(again["params"]));
  (void)serve_function(function, 4 * kQuestions - 1);
  EXPECT_EQ(positions_of(whole_journal(client)).size(), 10U);
}

TEST(Service, HearsNothingOfAClientThatWasReplacedInTheMiddleOfAQuestion) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  RpcClient first = server.as(Role::kInstrument);
  RpcClient second = server.as(Role::kInstrument);
  first.result("acquisition.register", {{"name", "mine"}});
  client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
  const Json question = first.next();
  second.result("acquisition.register", {{"name", "mine"}, {"take_over", true}});
  first.socket().send(codec::write_json({{"jsonrpc", "2.0"},
                                         {"id", question["id"]},
                                         {"error", {{"code", 1}, {"message", "replaced"}}}}));
  first.result("campaign.status", {{"campaign", "line"}});  // The error was heard by now.
  (void)serve_function(second, 4 * kQuestions);
  for (const Json& entry : whole_journal(client)) EXPECT_NE(entry["kind"], "campaign.paused");
}

TEST(Service, PausesACampaignWhoseFunctionFailsAndSaysWhy) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  RpcClient function = server.as(Role::kInstrument);
  function.result("acquisition.register", {{"name", "mine"}});
  client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  const auto reason_after = [&](const Json& answer) {
    const Json request = function.next();
    function.answer(request, answer);
    const auto entries = entries_until(client, "campaign.paused");
    client.result("campaign.resume", {{"campaign", "line"}});
    return entries.back()["body"]["reason"].get<std::string>();
  };
  EXPECT_THAT(reason_after({{"values", {1, 2, 3}}}),
              HasSubstr("remote function \"mine\": answer to acquisition.evaluate: /result/values: "
                        "expected 512 numbers, one a point, got 3"));
  EXPECT_THAT(reason_after({{"values", {1, nullptr}}}), HasSubstr("/result/values/1"));
  EXPECT_THAT(reason_after({{"score", 1}}), HasSubstr("\"mine\""));
  const Json request = function.next();
  function.socket().send(
      codec::write_json({{"jsonrpc", "2.0"},
                         {"id", request["id"]},
                         {"error", {{"code", 1}, {"message", "out of memory"}}}}));
  EXPECT_THAT(entries_until(client, "campaign.paused").back()["body"]["reason"].get<std::string>(),
              HasSubstr("its client refused: out of memory"));
  client.result("campaign.resume", {{"campaign", "line"}});
  (void)serve_function(function, 4 * kQuestions);
  entries_until(client, "campaign.finished");
}

TEST(Service, PausesACampaignWhoseFunctionNobodyComputes) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", remote_file(0.05)}, {"start", true}});
  client.result("events.subscribe", {{"campaign", "line"}, {"from_sequence", 1}});
  EXPECT_THAT(entries_until(client, "campaign.paused").back()["body"]["reason"].get<std::string>(),
              HasSubstr("no client is registered for it"));
  EXPECT_EQ(client.result("campaign.status", {{"campaign", "line"}})["function_registered"], false);
}

TEST(Service, DoesWhatIsUrgentWhileAFunctionIsWaitedFor) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  RpcClient function = server.as(Role::kInstrument);
  function.result("acquisition.register", {{"name", "mine"}});
  client.result("campaign.create", {{"file", remote_file()}, {"start", true}});
  const Json late = function.next();
  client.result("campaign.pause", {{"campaign", "line"}});  // Nothing was answered.
  function.answer(late, bound_of(late["params"]));          // Too late, and harmless.
  client.result("objective.set", {{"campaign", "line"},
                                  {"objective", {{"kind", "minimise"}, {"observable", "f"}}},
                                  {"acquisition", {{"kind", "expected_improvement"}}}});
  client.result("campaign.resume", {{"campaign", "line"}});
  std::vector<std::string> chosen;
  for (const Json& entry : whole_journal(client))
    if (entry["kind"] == "proposal.made") chosen.push_back(entry["body"]["acquisition"]);
  ASSERT_EQ(chosen.size(), 10U);
  for (std::size_t k = 6; k < chosen.size(); ++k) EXPECT_EQ(chosen[k], "expected_improvement");
}

TEST(Service, RefusesAnAcquisitionThatCannotBeSet) {
  Server server;
  RpcClient client = server.as(Role::kOperator);
  client.result("campaign.create", {{"file", campaign_file()}});
  const auto error = [&](const Json& acquisition) {
    return client.error("objective.set", {{"campaign", "line"},
                                          {"objective", {{"kind", "explore"}, {"observable", "f"}}},
                                          {"acquisition", acquisition}});
  };
  EXPECT_EQ(error({{"kind", "remote"}}), kInvalidParams);
  EXPECT_EQ(error({{"kind", "variance"}, {"batch", 2}}), kInvalidParams);
  EXPECT_EQ(error({{"kind", "variances"}}), kInvalidParams);
  EXPECT_EQ(error({{"kind", "thompson"}}), test::kRefused);
  EXPECT_EQ(error({{"kind", "remote"}, {"function", "mine"}}), 0);
}

TEST(Service, GivesAFunctionsNameToOneConnectionOnly) {
  Server server;
  RpcClient first = server.as(Role::kInstrument);
  RpcClient second = server.as(Role::kOperator);
  first.result("acquisition.register", {{"name", "mine"}});
  first.result("instrument.register", {{"name", "mine"}});  // Another post.
  EXPECT_EQ(second.error("acquisition.register", {{"name", "mine"}}), kConflict);
  second.result("acquisition.register", {{"name", "mine"}, {"take_over", true}});
  EXPECT_EQ(first.error("acquisition.unregister", {{"name", "mine"}}), kNotFound);
  second.result("acquisition.unregister", {{"name", "mine"}});
  first.result("acquisition.register", {{"name", "mine"}});
  EXPECT_EQ(server.as(Role::kViewer).error("acquisition.register", {{"name", "other"}}),
            kNotPermitted);
}

}  // namespace
}  // namespace foray::service::function_service_test
