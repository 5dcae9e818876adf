#include "novelty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

namespace foray::classifier::novelty_test {
namespace {

constexpr NetworkShape kShape{.outputs = 3};
constexpr int kTrunkFeatures = kShape.trunk_features();
constexpr int kAll = 2 * kTrunkFeatures;

// Two networks: the first three features of the second and the first one of the first are given, by
// frame; all others are 0.
EnsembleResult result_of(const std::vector<std::vector<float>>& frames) {
  EnsembleResult result;
  result.shape = kShape;
  result.trunk.assign(2, std::vector<float>(frames.size() * kTrunkFeatures, 0.0F));
  for (std::size_t k = 0; k < frames.size(); ++k) {
    for (std::size_t i = 0; i < 3; ++i) {
      result.trunk[1][k * kTrunkFeatures + i] = frames[k][i];
    }
    result.trunk[0][k * kTrunkFeatures] = frames[k][3];
  }
  return result;
}

TEST(Novelty, ComparesSquareRootsThatHaveLengthOneWithSigns) {
  const auto features = compared_features(result_of({{1, 1, 1, 1}, {-9, 16, 0, 0}}), 1);
  ASSERT_EQ(features.size(), static_cast<std::size_t>(kAll));
  EXPECT_FLOAT_EQ(features[0], 0);  // nothing stays nothing
  EXPECT_FLOAT_EQ(features[kTrunkFeatures], -0.6F);
  EXPECT_FLOAT_EQ(features[kTrunkFeatures + 1], 0.8F);
  EXPECT_FLOAT_EQ(features[kTrunkFeatures + 2], 0);
}

// Of 3 frames, so that the plane has two directions: squares of the second's features are 1, 0, 0
// and so on, their mean a third each.
TEST(Novelty, IsTheDistanceFromThePlaneThroughKnownFrames) {
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0, 1, 0, 2}, {0, 0, 1, 2}});
  const KnownFrames frames = measure_known(known, known, -1, 0.5);
  EXPECT_EQ(frames.mean.size(), static_cast<std::size_t>(kAll));
  EXPECT_EQ(frames.axes.size(), 2U * kAll);
  for (int k = 0; k < 3; ++k) EXPECT_LT(std::exp(log_distance(frames, known, k)), 1e-5) << k;
  // The plane is x + y + z = 1 of the second network, at 1 of the first.
  const EnsembleResult others =
      result_of({{1, 1, 1, 5}, {1, 0, 0, 0}, {-1, 0, 0, 1}, {0, 0, 0, 0}});
  const double root = std::sqrt(3.0);
  EXPECT_NEAR(std::exp(log_distance(frames, others, 0)), (root - 1) / root, 1e-5);
  EXPECT_NEAR(std::exp(log_distance(frames, others, 1)), 1, 1e-5);
  EXPECT_NEAR(std::exp(log_distance(frames, others, 2)), 2 / root, 1e-5);
  EXPECT_NEAR(std::exp(log_distance(frames, others, 3)), std::sqrt(1 + 1.0 / 3), 1e-5);
}

TEST(Novelty, PutsItsThresholdWhereTheStatedShareOfHeldOutFramesLiesBeyond) {
  std::mt19937_64 rng(3);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<std::vector<float>> held_out;
  for (int k = 0; k < 200; ++k) held_out.push_back({1, 0, uniform(rng), uniform(rng)});
  const EnsembleResult result = result_of(held_out);
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0, 1, 0, 2}, {0.5F, 0.5F, 0, 2}});
  const KnownFrames frames = measure_known(known, result, -1, 0.05);
  int beyond = 0;
  for (int k = 0; k < 200; ++k) {
    beyond += log_distance(frames, result, k) > frames.log_threshold ? 1 : 0;
  }
  EXPECT_EQ(beyond, 10);
  EXPECT_DOUBLE_EQ(frames.false_alarms, 0.05);
}

TEST(Novelty, StatesTheShareThatAFewHeldOutFramesCanTell) {
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0, 1, 0, 2}, {0, 0, 1, 2}});
  std::vector<std::vector<float>> held_out;
  for (int k = 0; k < 20; ++k) held_out.push_back({1, 0.1F * static_cast<float>(k), 1, 5});
  const EnsembleResult result = result_of(held_out);
  for (const auto& [asked, told] : {std::pair{0.01, 0.05}, {0.26, 0.25}, {0.999, 0.95}}) {
    const KnownFrames frames = measure_known(known, result, -1, asked);
    int beyond = 0;
    for (int k = 0; k < 20; ++k) {
      beyond += log_distance(frames, result, k) > frames.log_threshold ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(frames.false_alarms, told);
    EXPECT_DOUBLE_EQ(beyond / 20.0, told);
  }
  EXPECT_THROW((void)measure_known(known, result_of({{1, 0, 0, 2}}), -1, 0.5),
               std::invalid_argument);
}

TEST(Novelty, OfFramesThatWereMadeKnownIsGoneAndThatOfOthersStays) {
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0.5F, 0.5F, 0, 2}, {0, 1, 0, 2}});
  const KnownFrames before = measure_known(known, known, -1, 0.5);
  // Frames with as much of a third feature each and none of the first network; one that differs
  // from known ones in the third feature only.
  std::vector<std::vector<float>> frames;
  for (int k = 0; k < 20; ++k) {
    const float first = 0.04F * static_cast<float>(k + 1);
    frames.push_back({first, 0.8F - first, 0.2F, 0});
  }
  frames.push_back({0.5F, 0.3F, 0.2F, 2});
  const EnsembleResult result = result_of(frames);
  std::vector<std::size_t> labelled;
  for (std::size_t k = 0; k < 20; k += 2) labelled.push_back(k);
  const KnownFrames after = with_more_known(before, result, labelled);
  for (int k = 0; k < 20; ++k) {
    EXPECT_NEAR(std::exp(log_distance(before, result, k)), std::sqrt(1.2), 1e-5) << k;
    EXPECT_LT(std::exp(log_distance(after, result, k)), 1e-3) << k;
  }
  EXPECT_EQ(after.axes.size(), before.axes.size() + kAll);
  EXPECT_EQ(after.mean, before.mean);
  EXPECT_EQ(after.log_threshold, before.log_threshold);
  // What it has across the new direction, (sqrt(0.2), -1) / sqrt(1.2), is left.
  EXPECT_NEAR(std::exp(log_distance(after, result, 20)), std::sqrt(0.2 - 0.04 / 1.2), 1e-5);
  // Known already: no direction is new.
  EXPECT_EQ(with_more_known(before, known, {0, 1, 2}).axes, before.axes);
  EXPECT_EQ(with_more_known(before, result, {}).axes, before.axes);
}

TEST(Novelty, CountsTheAnswerForForeignFramesAsMuchAsTheDistance) {
  const LabelHierarchy labels = {{{"t", {}, {}}}, {{"problem", {"empty", "foreign"}}}};
  const int foreign = foreign_output(labels);
  EXPECT_EQ(foreign, 2);
  EXPECT_EQ(foreign_output({{{"t", {}, {}}}, {{"problem", {"empty"}}}}), -1);
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0, 1, 0, 2}, {0, 0, 1, 2}});
  EnsembleResult held_out = result_of({{1, 1, 1, 5}, {1, 0, 0, 0}, {-1, 0, 0, 1}, {0, 0, 0, 0}});
  held_out.outputs.assign(2, std::vector<float>(4 * 3, 7.0F));
  // The mean of the two networks is -2, -4, 2, -4.
  const std::vector<float> answers = {-2, -4, 2, -4};
  for (std::size_t k = 0; k < 4; ++k) {
    held_out.outputs[0][3 * k + 2] = answers[k] - 1;
    held_out.outputs[1][3 * k + 2] = answers[k] + 1;
  }
  const KnownFrames without = measure_known(known, held_out, -1, 0.25);
  const KnownFrames with = measure_known(known, held_out, foreign, 0.25);
  EXPECT_EQ(without.foreign_weight, 0);
  EXPECT_EQ(with.axes, without.axes);
  double logs = 0, squares = 0;
  for (int k = 0; k < 4; ++k) {
    logs += log_distance(with, held_out, k) / 4;
    squares += std::pow(log_distance(with, held_out, k), 2) / 4;
  }
  EXPECT_NEAR(with.foreign_weight, std::sqrt((squares - logs * logs) / 6), 1e-9);  // variance 6
  int unknown = 0;
  for (int k = 0; k < 4; ++k) {
    const double score = log_distance(with, held_out, k) +
                         with.foreign_weight * answers[static_cast<std::size_t>(k)] -
                         with.log_threshold;
    EXPECT_NEAR(novelty_score(with, foreign, held_out, k), score, 1e-6) << k;
    EXPECT_EQ(novelty_score(without, -1, held_out, k),
              log_distance(without, held_out, k) - without.log_threshold);
    unknown += novelty_score(with, foreign, held_out, k) > 0 ? 1 : 0;
  }
  EXPECT_EQ(unknown, 1);
}

TEST(Novelty, RefusesKnownFramesOfAnotherEnsemble) {
  const EnsembleResult known = result_of({{1, 0, 0, 2}, {0, 1, 0, 2}, {0, 0, 1, 2}});
  const KnownFrames frames = measure_known(known, known, -1, 0.5);
  EXPECT_NO_THROW(require_fit(frames, 2, kShape, "here"));
  EXPECT_NO_THROW(require_fit({}, 3, kShape, "none"));
  try {
    require_fit(frames, 3, kShape, "some.weights");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("some.weights"));
  }
  EXPECT_THROW((void)measure_known(result_of({{1, 0, 0, 2}}), known, -1, 0.5),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::novelty_test
