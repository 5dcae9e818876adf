#include "refine.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::optimizer::refine_test {
namespace {

const auto kAnywhere = [](const Eigen::VectorXd&) { return true; };

// A curved valley upside down, its top at (0.6, 0.36).
double valley(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  const double a = x(0) - 0.6;
  const double b = x(1) - x(0) * x(0);
  gradient.resize(2);
  gradient << -2 * a + 40 * b * x(0), -20 * b;
  return -a * a - 10 * b * b;
}

TEST(Refine, FindsTheTopOfACurvedValley) {
  const Refined result = refine(valley, kAnywhere, Eigen::Vector2d(0.1, 0.9), 200, {});
  EXPECT_NEAR(result.x(0), 0.6, 2e-3);
  EXPECT_NEAR(result.x(1), 0.36, 2e-3);
  EXPECT_FALSE(result.cut);
  EXPECT_LT(result.evaluations, 100);
}

TEST(Refine, StopsAtTheCubesFaceWhereTheFunctionRisesBeyond) {
  const auto beyond = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    gradient = Eigen::Vector2d(-2 * (x(0) - 1.5), -2 * (x(1) - 0.3));
    return -std::pow(x(0) - 1.5, 2) - std::pow(x(1) - 0.3, 2);
  };
  const Refined result = refine(beyond, kAnywhere, Eigen::Vector2d(0.2, 0.9), 100, {});
  EXPECT_EQ(result.x(0), 1);
  EXPECT_NEAR(result.x(1), 0.3, 1e-3);
}

TEST(Refine, NeverLeavesTheFeasiblePartAndNeverGetsWorse) {
  const auto disc = [](const Eigen::VectorXd& x) {
    return (x - Eigen::Vector2d(0.3, 0.7)).norm() <= 0.25;
  };
  Eigen::VectorXd gradient;
  const Eigen::Vector2d start(0.3, 0.7);
  const Refined result = refine(valley, disc, start, 100, {});
  EXPECT_TRUE(disc(result.x));
  EXPECT_GT(result.value, valley(start, gradient));
}

TEST(Refine, KeepsToItsBudget) {
  const Refined few = refine(valley, kAnywhere, Eigen::Vector2d(0.1, 0.9), 4, {});
  EXPECT_EQ(few.evaluations, 4);
  EXPECT_FALSE(few.cut);
  int asked = 0;
  const Refined cut =
      refine(valley, kAnywhere, Eigen::Vector2d(0.1, 0.9), 100, [&asked] { return ++asked > 2; });
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.evaluations, 3);
}

}  // namespace
}  // namespace foray::optimizer::refine_test
