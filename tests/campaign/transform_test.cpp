#include "foray/campaign/transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace foray::campaign::transform_test {
namespace {

double slope(Transform transform, double value) {
  const double step = 1e-6 * value;
  return (to_model(transform, value + step, 0)->value -
          to_model(transform, value - step, 0)->value) /
         (2 * step);
}

TEST(Transform, VarianceFollowsTheSquaredDerivative) {
  for (const Transform transform : {Transform::kNone, Transform::kLog, Transform::kLogit}) {
    for (const double value : {0.21, 0.3, 0.79}) {
      const auto estimate = to_model(transform, value, 4e-4);
      ASSERT_TRUE(estimate.has_value());
      const double derivative = slope(transform, value);
      EXPECT_NEAR(estimate->variance, 4e-4 * derivative * derivative, 1e-6 * estimate->variance);
    }
  }
}

TEST(Transform, RefusesWhatLiesOutsideItsDomain) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(to_model(Transform::kLog, 0, 1));
  EXPECT_FALSE(to_model(Transform::kLog, -1, 1));
  EXPECT_FALSE(to_model(Transform::kLogit, -0.1, 1));
  EXPECT_FALSE(to_model(Transform::kLogit, 1.1, 1));
  EXPECT_FALSE(to_model(Transform::kNone, nan, 1));
  EXPECT_FALSE(to_model(Transform::kNone, 1, nan));
  EXPECT_FALSE(to_model(Transform::kNone, 1, -1));
  EXPECT_TRUE(to_model(Transform::kLogit, 0, 1)) << "a certain classifier is kept finite";
  EXPECT_TRUE(std::isfinite(to_model(Transform::kLogit, 1, 1)->value));
}

TEST(Transform, ACertainProbabilityIsABound) {
  const auto yes = to_model(Transform::kLogit, 0.999, 1e-4);
  const auto no = to_model(Transform::kLogit, 0, 1e-4);
  const auto perhaps = to_model(Transform::kLogit, 0.9, 1e-4);
  EXPECT_EQ(yes->bound, surrogate::Bound::kAtLeast);
  EXPECT_EQ(no->bound, surrogate::Bound::kAtMost);
  EXPECT_EQ(perhaps->bound, surrogate::Bound::kNone);
  EXPECT_DOUBLE_EQ(yes->value, perhaps->value);
  EXPECT_DOUBLE_EQ(yes->variance, perhaps->variance);
  EXPECT_DOUBLE_EQ(no->value, -yes->value);
  EXPECT_EQ(to_model(Transform::kNone, 0.999, 1e-4)->bound, surrogate::Bound::kNone);
  EXPECT_DOUBLE_EQ(least_scale(Transform::kLogit), yes->value);
  EXPECT_GT(level_to_model(Transform::kLogit, 0.99, "level"), yes->value) << "a level is no bound";
}

TEST(Transform, LevelsOutsideTheDomainAreNamed) {
  EXPECT_THROW(level_to_model(Transform::kLog, -2, "objective.level"), std::invalid_argument);
  EXPECT_DOUBLE_EQ(level_to_model(Transform::kLog, 10, "level"), std::log(10));
  EXPECT_DOUBLE_EQ(level_to_model(Transform::kLogit, 0.5, "level"), 0);
}

TEST(Transform, BackTransformOfAPointIsItsInverse) {
  for (const Transform transform : {Transform::kNone, Transform::kLog, Transform::kLogit}) {
    for (const double value : {0.2, 0.4, 0.79}) {
      const Estimate back = from_model(transform, to_model(transform, value, 0)->value, 0);
      EXPECT_NEAR(back.value, value, 1e-12);
      EXPECT_NEAR(back.variance, 0, 1e-12);
    }
  }
}

TEST(Transform, LogHasLogNormalMoments) {
  const Estimate moments = from_model(Transform::kLog, 0.7, 0.3);
  EXPECT_NEAR(moments.value, std::exp(0.85), 1e-12);
  EXPECT_NEAR(moments.variance, (std::exp(0.3) - 1) * std::exp(2 * 0.7 + 0.3), 1e-12);
}

TEST(Transform, LogitMomentsAgreeWithDirectSummation) {
  for (const double mean : {-3.0, 0.0, 1.5}) {
    for (const double sd : {0.1, 1.0, 3.0, 10.0}) {
      double first = 0;
      double second = 0;
      double total = 0;
      for (int i = -400000; i <= 400000; ++i) {
        const double z = i * 2.5e-5;
        const double weight = std::exp(-0.5 * z * z);
        const double p = 1 / (1 + std::exp(-(mean + sd * z)));
        total += weight;
        first += weight * p;
        second += weight * p * p;
      }
      first /= total;
      second /= total;
      const Estimate moments = from_model(Transform::kLogit, mean, sd * sd);
      EXPECT_NEAR(moments.value, first, 1e-9) << mean << " " << sd;
      EXPECT_NEAR(moments.variance, second - first * first, 1e-9) << mean << " " << sd;
    }
  }
}

TEST(Transform, LogitIsSymmetric) {
  const Estimate low = from_model(Transform::kLogit, -1.2, 2);
  const Estimate high = from_model(Transform::kLogit, 1.2, 2);
  EXPECT_NEAR(low.value + high.value, 1, 1e-12);
  EXPECT_NEAR(low.variance, high.variance, 1e-12);
}

}  // namespace
}  // namespace foray::campaign::transform_test
