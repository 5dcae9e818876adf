// When a stream of frames changes its course.

#include "foray/classifier/transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "foray/common/random.h"

namespace foray::classifier::transitions_test {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using ::testing::HasSubstr;

// Four numbers with unit scatter around a course.
std::vector<Transition> watch(int frames, std::uint64_t seed,
                              const std::function<VectorXd(int)>& course,
                              const TransitionOptions& options = {}) {
  TransitionDetector detector(options);
  Rng rng(seed);
  std::normal_distribution<double> normal;
  std::vector<Transition> found;
  for (int i = 0; i < frames; ++i) {
    VectorXd features = course(i);
    for (double& value : features) value += normal(rng);
    if (const auto transition = detector.add(features)) found.push_back(*transition);
  }
  return found;
}

VectorXd at(double second) { return Eigen::Vector4d(3, second, -1, 100); }

TEST(Transitions, AStepIsSeenWithinThreeFrames) {
  int late = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto found = watch(120, seed, [](int i) { return at(i < 70 ? 0 : 6); });
    ASSERT_GE(found.size(), 1U) << seed;
    EXPECT_EQ(found[0].feature, 1);
    EXPECT_NEAR(static_cast<double>(found[0].onset), 70, 1);
    late += found[0].seen > 72 ? 1 : 0;
  }
  EXPECT_LE(late, 4);
}

TEST(Transitions, ARampIsSeenToBeginAndToEnd) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto found =
        watch(200, seed, [](int i) { return at(40 * std::clamp((i - 80) / 40.0, 0.0, 1.0)); });
    ASSERT_GE(found.size(), 2U) << seed;
    EXPECT_LE(found.size(), 3U) << seed;  // Now and then once in between.
    EXPECT_NEAR(static_cast<double>(found.front().onset), 80, 6);
    EXPECT_NEAR(static_cast<double>(found.back().onset), 120, 6);
  }
}

TEST(Transitions, TheEndOfAShortRampIsSeenSoon) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto found =
        watch(140, seed, [](int i) { return at(30 * std::clamp((i - 79) / 5.0, 0.0, 1.0)); });
    ASSERT_GE(found.size(), 1U) << seed;
    EXPECT_EQ(found.front().onset, 80);
    EXPECT_LT(found.back().seen, 95) << seed;
  }
}

TEST(Transitions, FalseAlarmsAreNoMoreThanAllowedAndADriftIsNone) {
  // Rates that can be counted; the drift is ten times the scatter over the whole.
  for (const double drift : {0.0, 10.0}) {
    std::size_t alarms = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
      alarms += watch(600, seed, [&](int i) { return at(drift * i / 600.0); },
                      {.frames_per_false_alarm = 200})
                    .size();
    EXPECT_LE(alarms, 30U);  // Of 6000 frames.
    EXPECT_GE(alarms, 1U);   // And the rate is no empty promise: not a hundred times less.
  }
}

TEST(Transitions, FollowFromNumbersAloneWhateverTheirScale) {
  const auto step = [](int i) { return at(i < 50 ? 0 : 8); };
  TransitionDetector plain;
  TransitionDetector scaled;
  Rng rng(3);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 100; ++i) {
    VectorXd features = step(i);
    for (double& value : features) value += normal(rng);
    const VectorXd other = 1024 * features;
    const auto a = plain.add(features);
    const auto b = scaled.add(other);
    ASSERT_EQ(a.has_value(), b.has_value());
    if (!a) continue;
    EXPECT_EQ(a->onset, b->onset);
    EXPECT_EQ(a->log10_p, b->log10_p);
  }
}

TEST(Transitions, AStreamWithoutScatterIsNoTransitionUntilItChanges) {
  TransitionDetector detector;
  for (int i = 0; i < 80; ++i) EXPECT_FALSE(detector.add(at(0.1 * i))) << i;
  const auto found = detector.add(at(30));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->onset, 80);
  EXPECT_EQ(found->seen, 80);
  EXPECT_EQ(found->log10_p, -300);
}

TEST(Transitions, RefuseWhatTheyCannotWatch) {
  TransitionDetector detector;
  EXPECT_FALSE(detector.add(at(0)));
  EXPECT_THROW((void)detector.add(Eigen::Vector2d(0, 0)), std::invalid_argument);
  EXPECT_THROW((void)detector.add(at(std::nan(""))), std::invalid_argument);
  EXPECT_THROW(TransitionDetector({.frames_per_false_alarm = 0}), std::invalid_argument);
  EXPECT_THROW(TransitionDetector({.memory = 10}), std::invalid_argument);
  EXPECT_THROW(TransitionDetector({.longest = 60}), std::invalid_argument);
  EXPECT_THROW(TransitionDetector({.least = 2}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::transitions_test
