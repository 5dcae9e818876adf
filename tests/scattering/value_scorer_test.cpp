#include "foray/scattering/value_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace foray::scattering::value_scorer_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ValueScorer, PassesValuesOnInTheOrderOfTheSpecs) {
  const ValueScorer scorer({{"b", "value:second", ""}, {"a", "value:first", ""}});
  const Score score = scorer.score(Values{{"first", 1.5, 0.25}, {"second", -2, 0}});
  ASSERT_EQ(score.observables.size(), 2U);
  EXPECT_EQ(score.observables[0].name, "b");
  EXPECT_DOUBLE_EQ(score.observables[0].value, -2);
  EXPECT_GT(score.observables[0].variance, 0);
  EXPECT_DOUBLE_EQ(score.observables[1].value, 1.5);
  EXPECT_DOUBLE_EQ(score.observables[1].variance, 0.25);
}

TEST(ValueScorer, TellsAbsentFromFailed) {
  const ValueScorer scorer(
      {{"a", "value:x", ""}, {"b", "value:y", ""}, {"c", "curve:max_intensity", ""}});
  const Score score = scorer.score(Values{{"x", std::nan(""), 1}});
  EXPECT_EQ(score.observables[0].status, ObservableStatus::kFailed);
  EXPECT_EQ(score.observables[1].status, ObservableStatus::kAbsent);
  EXPECT_EQ(score.observables[2].status, ObservableStatus::kAbsent);
  const Score negative = scorer.score(Values{{"x", 1, -1}});
  EXPECT_EQ(negative.observables[0].status, ObservableStatus::kFailed);
}

TEST(ValueScorer, TakesFeaturesOfACurve) {
  Curve curve;
  curve.q = Eigen::VectorXd{{0.1, 0.2, 0.3}};
  curve.intensity = Eigen::VectorXd{{1.0, 5.0, 3.0}};
  curve.sigma = Eigen::VectorXd{{1.0, 2.0, 2.0}};
  const ValueScorer scorer({{"m", "curve:mean_intensity", ""},
                            {"t", "curve:total_intensity", ""},
                            {"x", "curve:max_intensity", ""}});
  const Score score = scorer.score(curve);
  EXPECT_DOUBLE_EQ(score.observables[0].value, 3);
  EXPECT_DOUBLE_EQ(score.observables[0].variance, 1);
  EXPECT_DOUBLE_EQ(score.observables[1].value, 9);
  EXPECT_DOUBLE_EQ(score.observables[1].variance, 9);
  EXPECT_DOUBLE_EQ(score.observables[2].value, 5);
  EXPECT_DOUBLE_EQ(score.observables[2].variance, 4);
  EXPECT_TRUE(score.curve.has_value());
  curve.intensity.conservativeResize(2);
  EXPECT_THROW((void)scorer.score(curve), std::invalid_argument);
}

TEST(ValueScorer, RefusesSpecsThatNameNothingKnown) {
  EXPECT_THAT(
      [] {
        ValueScorer({{"a", "class:ring", ""}});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("value:NAME")));
  EXPECT_THAT(
      [] {
        ValueScorer({{"a", "curve:sum", ""}});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("curve:sum")));
  EXPECT_THAT(
      [] {
        ValueScorer({{"a", "value:x", ""}, {"a", "value:y", ""}});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("once")));
  EXPECT_THROW(ValueScorer({}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::value_scorer_test
