#include "foray/service/service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "service/test_service.h"

namespace foray::service::service_test {
namespace {

using codec::Json;
using test::http_get;
using test::kNotAuthenticated;
using test::kNotPermitted;
using test::LoopbackClient;
using test::MemoryHost;
using test::registered_file;
using test::RpcClient;
using test::serve;
using test::Server;

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
}  // namespace foray::service::service_test
