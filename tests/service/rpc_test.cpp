#include "rpc.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace foray::service::rpc_test {
namespace {

// A dispatcher with a counting method, and one that answers later.
class Table {
 public:
  Table() : dispatcher_(codec::JsonLimits{}) {
    const std::set<Role> operators = {Role::kOperator};
    dispatcher_.add(
        {.name = "thing.add",
         .summary = "adds",
         .roles = operators,
         .params = {{"properties",
                     {{"by", {{"type", "integer"}, {"title", "an integer"}, {"minimum", 0}}}}},
                    {"required", {"by"}}},
         .result = {{"type", "integer"}},
         .mutating = true,
         .handler = [this](Call& call) -> std::optional<Json> {
           total += call.params["by"].get<int>();
           return Json(total);
         }});
    dispatcher_.add(
        {.name = "thing.fail",
         .summary = "fails",
         .roles = operators,
         .params = Json::object(),
         .result = Json::object(),
         .handler = [](Call&) -> std::optional<Json> { throw std::runtime_error("it broke"); }});
    dispatcher_.add({.name = "thing.later",
                     .summary = "answers later",
                     .roles = {},
                     .params = Json::object(),
                     .result = Json::object(),
                     .handler = [this](Call& call) -> std::optional<Json> {
                       later.push_back(call.later);
                       return std::nullopt;
                     }});
  }

  // The answer to a message; null when there is none.
  Json send(const std::string& text, std::optional<Role> role = Role::kOperator) {
    Caller caller{1, role, "test"};
    Json answer;
    dispatcher_.handle(
        caller, text, [&](const std::string& sent) { answer = codec::parse_json(sent); },
        [&](const Json& id, const Json*, const Json*) { answered = id; });
    return answer;
  }
  int code(const std::string& text, std::optional<Role> role = Role::kOperator) {
    const Json answer = send(text, role);
    return answer.is_object() && answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
  }
  Json discover() const { return dispatcher_.discover(); }

  int total = 0;
  std::vector<Responder> later;
  Json answered;

 private:
  Dispatcher dispatcher_;
};

std::string call(const std::string& method, const std::string& params,
                 const std::string& id = "1") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + R"(","params":)" + params +
         "}";
}

TEST(Dispatcher, AnswersWithTheDocumentedBytes) {
  Table table;
  EXPECT_EQ(table.send(call("thing.add", R"({"by":2})")).dump(),
            R"({"id":1,"jsonrpc":"2.0","result":2})");
}

TEST(Dispatcher, GivesBackTheIdAsItCame) {
  Table table;
  for (const char* id : {"1", "-7", "9223372036854775807", "0", R"("abc")", R"("")", "null"})
    EXPECT_EQ(table.send(call("thing.add", R"({"by":0})", id))["id"].dump(), id);
}

TEST(Dispatcher, RefusesIdsOfOtherTypes) {
  Table table;
  for (const char* id : {"1.5", "true", "[]", "{}", "[1]"}) {
    const Json answer = table.send(call("thing.add", R"({"by":1})", id));
    EXPECT_EQ(answer["error"]["code"], kInvalidRequest) << id;
    EXPECT_TRUE(answer["id"].is_null()) << id;
  }
  EXPECT_EQ(table.code(call("thing.add", R"({"by":1})", '"' + std::string(257, 'a') + '"')),
            kInvalidRequest);
  EXPECT_EQ(table.total, 0);
}

TEST(Dispatcher, CarriesOutNotificationsWithoutAnAnswer) {
  Table table;
  EXPECT_TRUE(table.send(R"({"jsonrpc":"2.0","method":"thing.add","params":{"by":3}})").is_null());
  EXPECT_EQ(table.total, 3);
  EXPECT_TRUE(table.send(R"({"jsonrpc":"2.0","method":"thing.nothing"})").is_null());
}

TEST(Dispatcher, TellsParseErrorsFromInvalidRequests) {
  Table table;
  for (const char* text : {"", "{", "nonsense", R"({"a":1,"a":2})", "[1e999]", "\xff"})
    EXPECT_EQ(table.code(text), kParseError) << text;
  for (const char* text :
       {"1", "[]", R"([{"jsonrpc":"2.0","id":1,"method":"thing.add"}])", "{}",
        R"({"jsonrpc":"1.0","id":1,"method":"thing.add"})", R"({"id":1,"method":"thing.add"})",
        R"({"jsonrpc":"2.0","id":1,"method":1})",
        R"({"jsonrpc":"2.0","id":1,"method":"thing.add","extra":1})"})
    EXPECT_EQ(table.code(text), kInvalidRequest) << text;
}

TEST(Dispatcher, RefusesAMillionNestedArrays) {
  Table table;
  EXPECT_EQ(table.code(std::string(1'000'000, '[')), kParseError);
  EXPECT_EQ(table.code(call("thing.add", std::string(65, '[') + std::string(65, ']'))),
            kParseError);
}

TEST(Dispatcher, HintsAtTheNearestMethod) {
  Table table;
  const Json answer = table.send(call("thing.ad", "{}"));
  EXPECT_EQ(answer["error"]["code"], kMethodNotFound);
  EXPECT_NE(answer["error"]["message"].get<std::string>().find("thing.add"), std::string::npos);
}

TEST(Dispatcher, NamesThePathOfAWrongParameter) {
  Table table;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"by":"x"})", "/params/by"}, {R"({"by":-1})", "/params/by"},
      {R"({"by":1.5})", "/params/by"}, {R"({})", "/params"},
      {R"({"by":1,"bye":2})", "bye"},  {R"([1])", "/params"},
  };
  for (const auto& [params, path] : cases) {
    const Json answer = table.send(call("thing.add", params));
    EXPECT_EQ(answer["error"]["code"], kInvalidParams) << params;
    EXPECT_NE(answer["error"]["message"].get<std::string>().find(path), std::string::npos)
        << answer.dump();
    EXPECT_FALSE(answer["error"]["data"]["problems"].empty());
  }
  EXPECT_EQ(table.total, 0);
}

TEST(Dispatcher, ChecksTheRoleBeforeAnythingElse) {
  Table table;
  EXPECT_EQ(table.code(call("thing.add", R"({"by":1})"), std::nullopt), kNotAuthenticated);
  EXPECT_EQ(table.code(call("thing.nothing", "{}"), std::nullopt), kNotAuthenticated);
  EXPECT_EQ(table.code(call("thing.add", R"({"by":1})"), Role::kViewer), kNotPermitted);
  EXPECT_EQ(table.code(call("thing.add", R"({"by":"x"})"), Role::kInstrument), kNotPermitted);
  EXPECT_EQ(table.total, 0);
}

TEST(Dispatcher, TurnsAnUnexpectedFailureIntoAnInternalError) {
  Table table;
  EXPECT_EQ(table.code(call("thing.fail", "{}")), kInternalError);
}

TEST(Dispatcher, DoesTheSameCallWithTheSameKeyOnce) {
  Table table;
  const std::string text = call("thing.add", R"({"by":5,"idempotency_key":"k"})");
  EXPECT_EQ(table.send(text)["result"], 5);
  EXPECT_EQ(table.send(text)["result"], 5);
  EXPECT_EQ(table.total, 5);
  EXPECT_EQ(table.code(call("thing.add", R"({"by":6,"idempotency_key":"k"})")), kConflict);
  EXPECT_EQ(table.code(call("thing.later", R"({"idempotency_key":"k"})")), kInvalidParams);
}

TEST(Dispatcher, ForgetsTheOldestKeysOnly) {
  Table table;
  for (int i = 0; i < 1001; ++i)
    table.send(call("thing.add", R"({"by":1,"idempotency_key":")" + std::to_string(i) + "\"}"));
  EXPECT_EQ(table.send(call("thing.add", R"({"by":1,"idempotency_key":"1000"})"))["result"], 1001);
  EXPECT_EQ(table.send(call("thing.add", R"({"by":1,"idempotency_key":"0"})"))["result"], 1002);
}

TEST(Dispatcher, AnswersOnceEvenWhenTheMethodAnswersTwice) {
  Table table;
  Caller caller{1, Role::kViewer, "test"};
  int answers = 0;
  Dispatcher dispatcher{codec::JsonLimits{}};
  EXPECT_TRUE(table.send(call("thing.later", "{}")).is_null());
  const Responder responder([&](const Json*, const RpcError*) { ++answers; });
  responder.result(1);
  responder.error(RpcError(kRefused, "too late"));
  EXPECT_EQ(answers, 1);
}

TEST(Dispatcher, PassesOnTheClientsAnswers) {
  Table table;
  EXPECT_TRUE(table.send(R"({"jsonrpc":"2.0","id":"foray-1","result":{}})").is_null());
  EXPECT_EQ(table.answered, "foray-1");
  table.answered = nullptr;
  table.send(R"({"jsonrpc":"2.0","id":"foray-2","result":1,"error":{}})");
  EXPECT_TRUE(table.answered.is_null());
}

TEST(Dispatcher, DescribesEveryMethodOfTheTable) {
  const Json document = Table().discover();
  EXPECT_EQ(document["openrpc"], "1.2.6");
  ASSERT_EQ(document["methods"].size(), 3U);
  const Json& add = document["methods"][0];
  EXPECT_EQ(add["name"], "thing.add");
  EXPECT_EQ(add["params"][0]["name"], "by");
  EXPECT_EQ(add["params"][0]["required"], true);
  EXPECT_EQ(add["params"][1]["name"], "idempotency_key");
  EXPECT_EQ(add["x-roles"], Json::array({"operator"}));
}

TEST(Dispatcher, RefusesTwoMethodsOfOneName) {
  Dispatcher dispatcher{codec::JsonLimits{}};
  const Method method{.name = "a.b",
                      .summary = "",
                      .roles = {},
                      .params = Json::object(),
                      .result = Json::object(),
                      .handler = [](Call&) -> std::optional<Json> { return Json(1); }};
  dispatcher.add(method);
  EXPECT_THROW(dispatcher.add(method), std::logic_error);
}

}  // namespace
}  // namespace foray::service::rpc_test
