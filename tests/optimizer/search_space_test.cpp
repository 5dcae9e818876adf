#include "foray/optimizer/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace foray::optimizer::search_space_test {
namespace {

Parameter axis(const std::string& name, double lower, double upper) {
  Parameter p;
  p.name = name;
  p.lower = lower;
  p.upper = upper;
  return p;
}

SearchSpace library() {
  Parameter x = axis("x", 0, 20);
  x.speed = 2;
  x.settle_s = 0.5;
  Parameter exposure = axis("exposure", 0.1, 10);
  exposure.role = ParameterRole::kExposure;
  exposure.scale = ParameterScale::kLog;
  Parameter y = axis("y", 0, 20);
  y.step = 0.5;
  y.speed = 1;
  y.settle_s = 0.2;
  return SearchSpace({x, exposure, y}, {"(x - 10)^2 + (y - 10)^2 <= 95"});
}

TEST(SearchSpace, ConvertsBetweenUnitsAndTheCube) {
  const SearchSpace space = library();
  EXPECT_EQ(space.dimension(), 2);
  EXPECT_EQ(space.to_unit(Eigen::Vector3d(5, 1, 10)), Eigen::Vector2d(0.25, 0.5));
  EXPECT_EQ(space.from_unit(Eigen::Vector2d(0.25, 0.5), 2), Eigen::Vector3d(5, 2, 10));
  EXPECT_EQ(space.from_unit(Eigen::Vector2d(0, 0), 99)(1), 10);
  EXPECT_GT(space.to_unit(Eigen::Vector3d(25, 1, 10))(0), 1);
}

TEST(SearchSpace, LogarithmicScaleMakesEqualRatiosEqualSteps) {
  Parameter rate = axis("rate", 0.01, 100);
  rate.scale = ParameterScale::kLog;
  const SearchSpace space({rate}, {});
  for (const auto& [unit, value] : {std::pair{0.0, 0.01}, {0.25, 0.1}, {0.5, 1.0}, {1.0, 100.0}}) {
    EXPECT_NEAR(space.from_unit(Eigen::VectorXd::Constant(1, unit), 1)(0), value, 1e-12 * value);
    EXPECT_NEAR(space.to_unit(Eigen::VectorXd::Constant(1, value))(0), unit, 1e-15);
  }
  EXPECT_THROW((void)space.to_unit(Eigen::VectorXd::Constant(1, -1)), std::invalid_argument);
}

TEST(SearchSpace, SnapsToStepsAndSnappingTwiceChangesNothing) {
  const SearchSpace space = library();
  EXPECT_EQ(space.from_unit(Eigen::Vector2d(0.5, 0.511), 1)(2), 10);
  EXPECT_EQ(space.from_unit(Eigen::Vector2d(0.5, 0.513), 1)(2), 10.5);
  Rng rng(1);
  const Eigen::MatrixXd points = space.sample(200, rng);
  for (Eigen::Index j = 0; j < points.cols(); ++j) {
    const Eigen::VectorXd once = space.snap(points.col(j));
    EXPECT_EQ(space.snap(once), once);
    const double y = space.from_unit(once, 1)(2) / 0.5;
    EXPECT_EQ(y, std::round(y));
  }
  EXPECT_EQ(space.snap(Eigen::Vector2d(-3, 7)), Eigen::Vector2d(0, 1));
}

TEST(SearchSpace, AStepThatDoesNotDivideTheRangeNeverLeavesIt) {
  Parameter p = axis("p", 0, 1);
  p.step = 0.3;
  const SearchSpace space({p}, {});
  EXPECT_NEAR(space.from_unit(Eigen::VectorXd::Ones(1), 1)(0), 0.9, 1e-12);
}

TEST(SearchSpace, SamplesAreFeasibleSpreadAndDecidedByTheSeed) {
  const SearchSpace space = library();
  Rng one(4);
  Rng two(4);
  const Eigen::MatrixXd points = space.sample(300, one);
  EXPECT_EQ(points, space.sample(300, two));
  for (Eigen::Index j = 0; j < points.cols(); ++j) EXPECT_TRUE(space.feasible(points.col(j)));
  EXPECT_NEAR(points.row(0).mean(), 0.5, 0.02);
  EXPECT_NEAR(points.row(1).mean(), 0.5, 0.02);
}

TEST(SearchSpace, SamplesAThinFeasiblePart) {
  const SearchSpace space({axis("x", 0, 1), axis("y", 0, 1)}, {"abs(x - y) < 0.0001"});
  Rng rng(1);
  const Eigen::MatrixXd points = space.sample(200, rng);
  EXPECT_EQ(points.cols(), 200);
  for (Eigen::Index j = 0; j < points.cols(); ++j) EXPECT_TRUE(space.feasible(points.col(j)));
}

TEST(SearchSpace, OutsideTheCubeNothingIsFeasible) {
  const SearchSpace space({axis("x", 0, 1)}, {});
  EXPECT_TRUE(space.feasible(Eigen::VectorXd::Constant(1, 1)));
  EXPECT_FALSE(space.feasible(Eigen::VectorXd::Constant(1, 1.0000001)));
  EXPECT_FALSE(space.feasible(Eigen::VectorXd::Constant(1, -0.0000001)));
  EXPECT_FALSE(space.feasible(Eigen::VectorXd::Constant(1, NAN)));
}

TEST(SearchSpace, MovingTakesTheSlowestAxisAndTheLongestSettling) {
  const SearchSpace space = library();
  const Eigen::Vector3d from(0, 1, 0);
  EXPECT_DOUBLE_EQ(space.move_seconds(from, Eigen::Vector3d(4, 1, 0)), 2.5);
  EXPECT_DOUBLE_EQ(space.move_seconds(from, Eigen::Vector3d(4, 1, 3)), 3.5);
  EXPECT_DOUBLE_EQ(space.move_seconds(from, Eigen::Vector3d(0, 1, 3)), 3.2);
  EXPECT_DOUBLE_EQ(space.move_seconds(from, Eigen::Vector3d(0, 5, 0)), 0);
}

TEST(SearchSpace, RefusesBadParametersByName) {
  const auto message = [](const std::function<void(Parameter&)>& spoil) {
    Parameter p = axis("angle", 0, 1);
    spoil(p);
    try {
      SearchSpace space({p}, {});
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  EXPECT_THAT(message([](Parameter& p) { p.lower = 2; }),
              AllOf(HasSubstr("angle"), HasSubstr("lower < upper"), HasSubstr("[2, 1]")));
  EXPECT_THAT(message([](Parameter& p) { p.upper = INFINITY; }), HasSubstr("finite range"));
  EXPECT_THAT(message([](Parameter& p) { p.upper = NAN; }), HasSubstr("finite range"));
  EXPECT_THAT(message([](Parameter& p) { p.scale = ParameterScale::kLog; }), HasSubstr("positive"));
  EXPECT_THAT(message([](Parameter& p) { p.step = -1; }), HasSubstr("step"));
  EXPECT_THAT(message([](Parameter& p) { p.step = 2; }), HasSubstr("step"));
  EXPECT_THAT(message([](Parameter& p) { p.speed = NAN; }), HasSubstr("speed"));
  EXPECT_THAT(message([](Parameter& p) { p.settle_s = -1; }), HasSubstr("settle_s"));
  EXPECT_THAT(message([](Parameter& p) { p.name = "2theta"; }), HasSubstr("2theta"));
  EXPECT_THAT(message([](Parameter& p) { p.role = ParameterRole::kExposure; }), HasSubstr("axis"));
  EXPECT_THROW(SearchSpace({axis("x", 0, 1), axis("x", 0, 1)}, {}), std::invalid_argument);
  EXPECT_THROW(SearchSpace({}, {}), std::invalid_argument);
}

TEST(SearchSpace, RefusesConstraintsThatNothingSatisfies) {
  try {
    SearchSpace space({axis("x", 0, 1)}, {"x > 2"});
    FAIL() << "expected std::invalid_argument";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("\"x > 2\""));
  }
  EXPECT_THROW(SearchSpace({axis("x", 0, 1)}, {"y > 2"}), std::invalid_argument);
}

TEST(SearchSpace, RefusesBadPoints) {
  const SearchSpace space = library();
  EXPECT_THROW((void)space.to_unit(Eigen::Vector2d(0, 0)), std::invalid_argument);
  EXPECT_THROW((void)space.to_unit(Eigen::Vector3d(NAN, 0, 0)), std::invalid_argument);
  EXPECT_THROW((void)space.from_unit(Eigen::Vector2d(NAN, 0), 1), std::invalid_argument);
  EXPECT_THROW((void)space.from_unit(Eigen::Vector2d(0, 0), NAN), std::invalid_argument);
  EXPECT_THROW((void)space.snap(Eigen::Vector2d(NAN, 0)), std::invalid_argument);
  EXPECT_THROW((void)space.move_seconds(Eigen::Vector2d(0, 0), Eigen::Vector3d(0, 0, 0)),
               std::invalid_argument);
}

TEST(SearchSpace, UnsnappedIsThePointBetweenTheSteps) {
  Parameter x;
  x.name = "x";
  x.upper = 10;
  x.step = 1;
  Parameter exposure;
  exposure.name = "t";
  exposure.role = ParameterRole::kExposure;
  exposure.lower = 0.5;
  exposure.upper = 4;
  const SearchSpace space({x, exposure}, {});
  const Eigen::VectorXd unit = Eigen::VectorXd::Constant(1, 0.123);
  EXPECT_NEAR(space.unsnapped(unit, 9)(0), 1.23, 1e-14);
  EXPECT_EQ(space.unsnapped(unit, 9)(1), 4);
  EXPECT_EQ(space.from_unit(unit, 9)(0), 1);
}

}  // namespace
}  // namespace foray::optimizer::search_space_test
