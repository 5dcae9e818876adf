#include "foray/optimizer/expressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "foray/common/parallel.h"

namespace foray::optimizer::expressions_test {
namespace {

bool holds(const std::vector<std::string>& expressions, double x, double y) {
  return Inequalities({"x", "y"}, expressions).hold(Eigen::Vector2d(x, y));
}

TEST(Inequalities, AreEvaluatedAsWritten) {
  EXPECT_TRUE(holds({"(x - 10)^2 + (y - 10)^2 <= 95"}, 10, 19.7));
  EXPECT_FALSE(holds({"(x - 10)^2 + (y - 10)^2 <= 95"}, 10, 19.8));
  EXPECT_TRUE(holds({}, 1, 2));
  EXPECT_TRUE(holds({"x < 1", "y > 0"}, 0.5, 0.5));
  EXPECT_FALSE(holds({"x < 1", "y > 0"}, 0.5, -0.5));
  EXPECT_TRUE(holds({"x < 1 && y > 0"}, 0.5, 0.5));
  EXPECT_TRUE(holds({"x < 0 || y > 0"}, 0.5, 0.5));
  EXPECT_TRUE(holds({"sqrt(x) + exp(-y) >= 1"}, 1, 0));
}

TEST(Inequalities, StrictOnesExcludeTheirBorder) {
  EXPECT_FALSE(holds({"x < 1"}, 1, 0));
  EXPECT_TRUE(holds({"x <= 1"}, 1, 0));
  EXPECT_FALSE(holds({"x > 1"}, 1, 0));
  EXPECT_TRUE(holds({"x >= 1"}, 1, 0));
}

TEST(Inequalities, WhatCannotBeComputedDoesNotHold) {
  EXPECT_FALSE(holds({"sqrt(x) >= 0"}, -1, 0));
  EXPECT_FALSE(holds({"log(x) < 100"}, -1, 0));
}

TEST(Inequalities, RefuseWhatIsNoInequalityAndSayWhy) {
  const auto message = [](const std::string& expression) {
    try {
      Inequalities({"x", "y"}, {expression});
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  EXPECT_THAT(message("x + y"), AllOf(HasSubstr("\"x + y\""), HasSubstr("no comparison")));
  EXPECT_THAT(message("0 < x < 5"), HasSubstr("one comparison"));
  EXPECT_THAT(message("x = 3"), HasSubstr("equation"));
  EXPECT_THAT(message("x == 3"), HasSubstr("equation"));
  EXPECT_THAT(message("x != 3"), HasSubstr("equation"));
  EXPECT_THAT(message("z < 3"), AllOf(HasSubstr("\"z < 3\""), HasSubstr("known names: x, y")));
  EXPECT_THAT(message("(x < 3"), HasSubstr("(x < 3"));
  EXPECT_THAT(message("x < 3, y"), HasSubstr("list"));
  EXPECT_THAT(message("x < 1 && y"), HasSubstr("comparison"));
  EXPECT_THAT(message(""), HasSubstr("no comparison"));
}

TEST(Formula, GivesItsValueAndNothingWhereItHasNone) {
  const Formula formula({"x", "y"}, "sqrt(x) + (y >= 2 && x != 3)");
  EXPECT_EQ(formula.evaluate(Eigen::Vector2d(4, 1)), 2);
  EXPECT_EQ(formula.evaluate(Eigen::Vector2d(4, 2)), 3);
  EXPECT_FALSE(std::isfinite(formula.evaluate(Eigen::Vector2d(-4, 2))));
}

TEST(Formula, RefusesWhatIsNoneByQuotingIt) {
  for (const char* text : {"x = 3", "x +", "z", "x, y", "", "x += 1"})
    EXPECT_THROW(Formula({"x", "y"}, text), std::invalid_argument) << text;
  EXPECT_NO_THROW(Formula({"x", "y"}, "(x == 3) + (x <= 4)"));
}

TEST(Formula, MayBeEvaluatedByManyThreadsAtOnce) {
  const Formula formula({"x"}, "2 * x");
  std::atomic<int> wrong = 0;
  parallel_for(2000, 4, [&](std::int64_t i) {
    const double x = static_cast<double>(i);
    if (formula.evaluate(Eigen::VectorXd::Constant(1, x)) != 2 * x) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Inequalities, MayBeEvaluatedByManyThreadsAtOnce) {
  const Inequalities inequalities({"x", "y"}, {"x + y < 1000"});
  std::atomic<int> wrong = 0;
  parallel_for(2000, 4, [&](std::int64_t i) {
    const double x = static_cast<double>(i);
    if (inequalities.hold(Eigen::Vector2d(x, 0)) != (x < 1000)) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace foray::optimizer::expressions_test
