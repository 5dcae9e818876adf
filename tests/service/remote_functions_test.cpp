#include "foray/service/remote_functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "function_codec.h"

namespace foray::service::remote_functions_test {
namespace {

using codec::Json;
using ::testing::HasSubstr;

optimizer::FunctionRequest request_of(double timeout_s = 600) {
  optimizer::FunctionRequest request;
  request.function = "mine";
  request.timeout_s = timeout_s;
  request.points = Eigen::MatrixXd::Constant(1, 2, 0.5);
  return request;
}

const auto kNever = [] { return false; };

std::string failure_of(FunctionLink& link, double timeout_s) {
  try {
    (void)link.evaluate(request_of(timeout_s), kNever);
  } catch (const optimizer::FunctionFailed& error) {
    return error.what();
  }
  return "";
}

TEST(FunctionLink, CarriesAQuestionToItsClientAndTheAnswerBack) {
  FunctionLink link;
  std::vector<std::int64_t> asked;
  link.attach("other", [](std::int64_t, const auto&) { FAIL() << "it is not asked"; });
  link.attach("mine", [&](std::int64_t question, const optimizer::FunctionRequest& request) {
    asked.push_back(question);
    link.deliver(question - 1, Eigen::Vector2d(8, 8));  // What came before is over.
    link.deliver(question, Eigen::Vector2d(request.points(0, 0), 3));
  });
  EXPECT_TRUE(link.attached("mine"));
  EXPECT_EQ(link.evaluate(request_of(), kNever), Eigen::Vector2d(0.5, 3));
  EXPECT_EQ(link.evaluate(request_of(), kNever), Eigen::Vector2d(0.5, 3));
  EXPECT_EQ(asked, (std::vector<std::int64_t>{1, 2}));
}

TEST(FunctionLink, SaysWhyThereIsNoAnswer) {
  FunctionLink link;
  EXPECT_THAT(failure_of(link, 0.03), HasSubstr("\"mine\": no client is registered for it"));
  const auto silent = link.attach("mine", [](std::int64_t, const auto&) {});
  EXPECT_THAT(failure_of(link, 0.03),
              HasSubstr("\"mine\": its client has not answered for 0.03 s"));
  link.detach(silent);
  EXPECT_FALSE(link.attached("mine"));
  link.attach("mine",
              [&](std::int64_t question, const auto&) { link.refuse(question, "no time"); });
  EXPECT_THAT(failure_of(link, 600), HasSubstr("\"mine\": no time"));
}

TEST(FunctionLink, AsksTheNextClientWhereOneGoesAway) {
  FunctionLink link;
  std::promise<std::int64_t> first_asked;
  const auto first = link.attach(
      "mine", [&](std::int64_t question, const auto&) { first_asked.set_value(question); });
  auto answer = std::async(std::launch::async, [&] { return link.evaluate(request_of(), kNever); });
  const std::int64_t question = first_asked.get_future().get();
  link.detach(first);
  link.refuse(question, "gone");  // It is no longer asked.
  std::int64_t again = 0;
  link.attach("mine", [&](std::int64_t number, const auto&) {
    again = number;
    link.deliver(question, Eigen::Vector2d(8, 8));
    link.refuse(question, "gone");
    link.deliver(number, Eigen::Vector2d(1, 2));
  });
  link.detach(first);  // Another one took over.
  EXPECT_EQ(answer.get(), Eigen::Vector2d(1, 2));
  EXPECT_EQ(again, question + 1);
  EXPECT_TRUE(link.attached("mine"));
}

TEST(FunctionLink, HearsOnlyTheClientThatTookOver) {
  FunctionLink link;
  std::promise<std::int64_t> first_asked;
  link.attach("mine", [&](std::int64_t question, const auto&) { first_asked.set_value(question); });
  auto answer = std::async(std::launch::async, [&] { return link.evaluate(request_of(), kNever); });
  const std::int64_t question = first_asked.get_future().get();
  std::promise<std::int64_t> second_asked;
  link.attach("mine", [&](std::int64_t number, const auto&) { second_asked.set_value(number); });
  link.deliver(question, Eigen::Vector2d(8, 8));
  link.refuse(question, "replaced");
  link.deliver(second_asked.get_future().get(), Eigen::Vector2d(1, 2));
  EXPECT_EQ(answer.get(), Eigen::Vector2d(1, 2));
}

TEST(FunctionLink, IsGivenUpWhenSomethingElseComesFirst) {
  FunctionLink link;
  std::atomic<bool> other = false;
  std::int64_t asked = 0;
  link.attach("mine", [&](std::int64_t question, const auto&) {
    asked = question;
    other = true;
  });
  EXPECT_THROW((void)link.evaluate(request_of(), [&] { return other.load(); }),
               optimizer::FunctionGivenUp);
  link.deliver(asked, Eigen::Vector2d(1, 2));  // Nobody waits for it.
  link.refuse(asked, "late");
  EXPECT_EQ(asked, 1);
}

TEST(FunctionCodec, WritesPointsAsPeopleWriteThem) {
  optimizer::FunctionRequest request;
  request.function = "mine";
  request.term.kind = optimizer::ObjectiveKind::kTarget;
  request.term.observables = {"f"};
  request.term.level = 2;
  optimizer::Parameter x;
  x.name = "x";
  optimizer::Parameter solvent;
  solvent.name = "solvent";
  solvent.categories = {"water", "toluene"};
  request.parameters = {x, solvent};
  request.points.resize(2, 2);
  request.points << 0.25, 3, 1, 0;
  request.models = {{"f", Eigen::Vector2d(1, 2), Eigen::Vector2d(0.5, 0.25)}};
  const Json params = evaluate_params("line", request);
  EXPECT_EQ(params["campaign"], "line");
  EXPECT_EQ(params["function"], "mine");
  EXPECT_EQ(params["objective"]["kind"], "target");
  EXPECT_EQ(params["objective"]["level"], 2);
  EXPECT_EQ(params["parameters"], (Json{"x", "solvent"}));
  EXPECT_EQ(params["points"], (Json{{0.25, "toluene"}, {3.0, "water"}}));
  EXPECT_EQ(params["models"]["f"]["mu"], (Json{1.0, 2.0}));
  EXPECT_EQ(params["models"]["f"]["sigma"], (Json{0.5, 0.25}));
}

TEST(FunctionCodec, RefusesAnswersByTheirPlace) {
  const auto problem = [](const Json& result) -> std::string {
    try {
      (void)read_values(result, 2);
    } catch (const codec::CodecError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(read_values({{"values", {1, -2.5}}}, 2), Eigen::Vector2d(1, -2.5));
  EXPECT_THAT(problem({{"values", {1, 2, 3}}}),
              HasSubstr("expected 2 numbers, one a point, got 3"));
  EXPECT_THAT(problem({{"values", {1, nullptr}}}),
              HasSubstr("/result/values/1: expected a number"));
  EXPECT_THAT(problem({{"value", {1, 2}}}), HasSubstr("values"));
  EXPECT_THAT(problem(nullptr), HasSubstr("expected an object with values"));
  EXPECT_EQ(refusal_of({{"code", 1}, {"message", "no licence"}}), "its client refused: no licence");
}

}  // namespace
}  // namespace foray::service::remote_functions_test
