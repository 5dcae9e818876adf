#include "cost.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::optimizer::cost_test {
namespace {

Parameter axis(const std::string& name, double lower, double upper) {
  Parameter p;
  p.name = name;
  p.lower = lower;
  p.upper = upper;
  p.speed = 0.5;
  p.settle_s = 2;
  return p;
}

TEST(Cost, IsTheSlowestAxisTheSettlingAndTheExposure) {
  const SearchSpace space({axis("x", 0, 4), axis("y", 0, 1)}, {});
  const Eigen::Vector2d from(1, 0.5);
  const Cost cost(space, from, 3);
  EXPECT_DOUBLE_EQ(cost.seconds(Eigen::Vector2d(2, 0.75)), 2 + 2 + 3);
  EXPECT_DOUBLE_EQ(cost.seconds(from), 3) << "staying needs no settling";
  EXPECT_DOUBLE_EQ(Cost(space, {}, 3).seconds(from), 3) << "from nowhere moving is free";
  EXPECT_GT(Cost(space, {}, 0).seconds(from), 0);
}

TEST(Cost, TakesTheExposureFromItsParameter) {
  Parameter exposure = axis("t", 1, 10);
  exposure.role = ParameterRole::kExposure;
  const SearchSpace space({axis("x", 0, 4), exposure}, {});
  EXPECT_DOUBLE_EQ(Cost(space, Eigen::Vector2d(0, 1), 5).seconds(Eigen::Vector2d(1, 7)), 2 + 2 + 7);
}

TEST(Cost, GradientIsThatOfTheSlowestAxisOnEitherScale) {
  Parameter x = axis("x", 1, 100);
  x.scale = ParameterScale::kLog;
  const SearchSpace space({x, axis("y", 0, 1)}, {});
  const Cost cost(space, Eigen::Vector2d(5, 0.5), 3);
  const Eigen::Vector2d at(0.75, 0.25);
  Eigen::VectorXd gradient = Eigen::VectorXd::Constant(2, 7);
  const double value = cost.log_seconds(at, gradient);
  const double physical = std::pow(100, 0.75);
  const double seconds = (physical - 5) / 0.5 + 2 + 3;
  EXPECT_NEAR(value, std::log(seconds), 1e-12);
  EXPECT_NEAR(gradient(0), 7 - physical * std::log(100) / 0.5 / seconds, 1e-6);
  EXPECT_NEAR(gradient(1), 7, 1e-9) << "not the slowest";
}

TEST(Reach, IsABoxAroundWhereTheInstrumentIs) {
  Parameter x = axis("x", 0, 4);
  x.max_move = 1;
  const SearchSpace space({x, axis("y", 0, 1)}, {});
  const Reach reach(space, Eigen::Vector2d(0.5, 0.5));
  ASSERT_TRUE(reach.limited());
  EXPECT_TRUE(reach.holds(Eigen::Vector2d(0.375, 1)));
  EXPECT_FALSE(reach.holds(Eigen::Vector2d(0.38, 1)));
  const Eigen::MatrixXd corners = reach.shrink(Eigen::Matrix2d::Identity());
  EXPECT_NEAR(corners(0, 0), 0.375, 1e-12);
  EXPECT_NEAR(corners(0, 1), 0, 1e-12) << "not beyond the range";
  EXPECT_NEAR(corners(1, 1), 1, 1e-12);
  EXPECT_FALSE(Reach(space, Eigen::VectorXd()).limited());
}

}  // namespace
}  // namespace foray::optimizer::cost_test
