// Where numbers along an axis begin to follow another course.

#include "foray/scattering/course.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "foray/common/random.h"

namespace foray::scattering::course_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const MatrixXd kNothing(0, 0);

// n places in [0, 10] in no order, and a number at each.
struct Made {
  VectorXd places;
  MatrixXd values;
};

template <class Course>
Made made(Index n, std::uint64_t seed, double noise, Course course) {
  CounterStream random(seed, 1);
  Made result{VectorXd(n), MatrixXd(1, n)};
  for (Index i = 0; i < n; ++i) {
    result.places(i) = 10 * random.uniform();
    result.values(0, i) = course(result.places(i)) + noise * random.normal();
  }
  return result;
}

TEST(LogStudent, IsTheClosedFormOfOneAndTwoDegreesOfFreedom) {
  for (const double t : {0.3, 1.0, 4.0, 30.0}) {
    EXPECT_NEAR(log10_student(t * t, 1), std::log10(1 - 2 * std::atan(t) / std::numbers::pi), 1e-9);
    EXPECT_NEAR(log10_student(t * t, 2), std::log10(1 - t / std::sqrt(2 + t * t)), 1e-9);
  }
  EXPECT_EQ(log10_student(INFINITY, 3), -300);
}

// The regression on a constant, x, x^2 and a step by its normal equations, which all of a few
// places go into: the same t, size and scatter.
TEST(FindChange, IsTheRegressionOnAParabolaAndAStep) {
  const Made data = made(14, 5, 0.1, [](double x) { return 0.1 * x * x - x + (x > 5 ? 2 : 0); });
  const auto found = find_change(data.places, kNothing, data.values, {.stretch = 1000});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->shape, CourseShape::kStep);
  const double gap = (data.places(found->below) + data.places(found->above)) / 2;
  MatrixXd design(14, 4);
  for (Index i = 0; i < 14; ++i) {
    const double x = data.places(i);
    design.row(i) << 1, x, x * x, x > gap ? 1.0 : 0.0;
  }
  const MatrixXd inverse = (design.transpose() * design).inverse();
  const VectorXd y = data.values.row(0).transpose();
  const VectorXd fit = inverse * (design.transpose() * y);
  const double scatter = std::sqrt((y - design * fit).squaredNorm() / 10);
  EXPECT_NEAR(found->size, fit(3), 1e-9);
  EXPECT_NEAR(found->scatter, scatter, 1e-9);
  const double t_squared = fit(3) * fit(3) / (scatter * scatter * inverse(3, 3));
  EXPECT_NEAR(found->log10_p, log10_student(t_squared, 10), 1e-6);
}

TEST(FindChange, AStepLiesBetweenItsEnds) {
  int outside = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Made data = made(24, seed, 1, [](double x) { return 3 - 0.5 * x + (x > 5.3 ? 6 : 0); });
    MatrixXd values = MatrixXd::Zero(3, 24);
    values.row(1) = data.values;
    CounterStream random(seed, 2);
    for (Index i = 0; i < 24; ++i) values(0, i) = random.normal();
    const auto found = find_change(data.places, kNothing, values, {.stretch = 10, .chance = 0.01});
    if (!found) continue;  // No places near enough, now and then.
    EXPECT_EQ(found->number, 1) << seed;
    EXPECT_LT(data.places(found->below), data.places(found->above));
    const bool inside =
        data.places(found->outer_below) <= 5.3 && data.places(found->outer_above) >= 5.3;
    outside += inside ? 0 : 1;
  }
  // 95 % of 200 are 10, with three standard deviations of chance 20.
  EXPECT_LE(outside, 20);
}

// The true place is nowhere measured, and mostly between the places at which a bend is fitted.
TEST(FindChange, ABendLiesBetweenItsEnds) {
  for (const double noise : {0.2, 0.05, 0.01}) {
    int found = 0, outside = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      const double kink = 3.5 + 0.01 * static_cast<double>(seed);
      const Made data =
          made(24, seed, noise, [&](double x) { return 2 * std::max(0.0, x - kink); });
      const auto change = find_change(data.places, kNothing, data.values, {.stretch = 10});
      if (!change || change->shape != CourseShape::kBend) continue;
      ++found;
      const bool inside =
          data.places(change->outer_below) <= kink && data.places(change->outer_above) >= kink;
      outside += inside ? 0 : 1;
    }
    EXPECT_GE(found, 100) << noise;
    EXPECT_LE(outside, 20) << noise;  // As for a step.
  }
}

// What is no parabola over 1000 places is one over 256 of them.
TEST(FindChange, JudgesAGapByTheNearest256AtMost) {
  const Made data = made(1000, 4, 0.05, [](double x) { return std::sin(x / 3); });
  EXPECT_FALSE(find_change(data.places, kNothing, data.values, {.stretch = 20}));
  const Made few = made(256, 4, 0.01, [](double x) { return std::sin(x / 3); });
  EXPECT_TRUE(find_change(few.places, kNothing, few.values, {.stretch = 20}));
}

TEST(FindChange, FindsMostStepsOfTenTimesTheScatter) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Made data = made(24, seed, 1, [](double x) { return x > 5.3 ? 10 : 0; });
    found += find_change(data.places, kNothing, data.values, {.stretch = 10}) ? 1 : 0;
  }
  EXPECT_GE(found, 90);
}

// Rates that can be counted; the parabola is a hundred times the scatter.
TEST(FindChange, FalseOnesAreNoMoreThanAllowedAndASmoothCourseIsNone) {
  for (const double bend : {0.0, 1.0}) {
    int alarms = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
      const Made data = made(20, seed, 1, [&](double x) { return bend * x * x; });
      alarms +=
          find_change(data.places, kNothing, data.values, {.stretch = 8, .chance = 0.05}) ? 1 : 0;
    }
    EXPECT_LE(alarms, 50) << bend;
  }
}

TEST(FindChange, ABendIsFoundWhereTheSlopeChanges) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Made data = made(40, seed, 0.05, [](double x) { return 2 * std::max(0.0, x - 4); });
    const auto found = find_change(data.places, kNothing, data.values, {.stretch = 10});
    ASSERT_TRUE(found) << seed;
    EXPECT_EQ(found->shape, CourseShape::kBend);
    EXPECT_NEAR(data.places(found->below), 4, 0.8) << seed;
    EXPECT_NEAR(found->size, 2, 0.6) << seed;  // It begins at a place that was measured.
  }
}

// What varies with another coordinate neither hides a change nor looks like one.
TEST(FindChange, KnowsWhatElseDiffers) {
  for (const double step : {0.0, 1.0}) {
    Made data = made(30, 9, 0.05, [&](double x) { return x > 6 ? step : 0; });
    CounterStream random(3, 3);
    MatrixXd others(1, 30);
    for (Index i = 0; i < 30; ++i) others(0, i) = random.uniform();
    data.values += 20 * others;
    const auto with = find_change(data.places, others, data.values, {.stretch = 10});
    EXPECT_EQ(with.has_value(), step > 0);
    EXPECT_FALSE(find_change(data.places, kNothing, data.values, {.stretch = 10}));
    if (with) {
      EXPECT_NEAR(with->size, 1, 0.1);
    }
  }
}

TEST(FindChange, TakesEqualPlacesAsOneAndDoesNotMindTheOrder) {
  VectorXd places(16);
  MatrixXd values(1, 16);
  for (Index i = 0; i < 16; ++i) {
    places(i) = static_cast<double>(i / 2);
    values(0, i) = (i < 8 ? 0 : 5) + 0.01 * static_cast<double>(i % 3);
  }
  const auto found = find_change(places, kNothing, values, {.stretch = 20});
  ASSERT_TRUE(found);
  EXPECT_EQ(places(found->below), 3);
  EXPECT_EQ(places(found->above), 4);
  const auto reversed =
      find_change(places.reverse(), kNothing, values.rowwise().reverse(), {.stretch = 20});
  ASSERT_TRUE(reversed);
  EXPECT_EQ(places.reverse()(reversed->below), 3);
  EXPECT_NEAR(reversed->log10_p, found->log10_p, 1e-6);
}

TEST(FindChange, WantsEightMeasurementsAndOneMoreForEachOther) {
  const Made data = made(8, 2, 0.001, [](double x) { return x > 5 ? 9 : 0; });
  const MatrixXd others = VectorXd::LinSpaced(8, 0, 1).transpose();
  EXPECT_TRUE(find_change(data.places, kNothing, data.values, {.stretch = 10}));
  EXPECT_FALSE(find_change(data.places, others, data.values, {.stretch = 10}));
  EXPECT_FALSE(
      find_change(data.places.head(7), kNothing, data.values.leftCols(7), {.stretch = 10}));
}

TEST(FindChange, RefusesWhatDoesNotGoTogether) {
  const VectorXd places = VectorXd::LinSpaced(10, 0, 1);
  MatrixXd values = MatrixXd::Zero(2, 10);
  EXPECT_FALSE(find_change(places, kNothing, values, {}));  // All of one value.
  EXPECT_THROW(static_cast<void>(find_change(places, kNothing, values.leftCols(9), {})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(find_change(places, MatrixXd::Zero(1, 9), values, {})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(find_change(places, kNothing, MatrixXd(0, 10), {})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(find_change(places, kNothing, values, {.stretch = 0})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(find_change(places, kNothing, values, {.chance = 1})),
               std::invalid_argument);
  values(0, 3) = NAN;
  EXPECT_THROW(static_cast<void>(find_change(places, kNothing, values, {})), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::course_test
