#include "calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace foray::classifier::calibration_test {
namespace {

// Two roots; the first has one feature.
const LabelHierarchy kLabels = {{{"a", {"x"}, {}}, {"b", {}, {}}}};

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

TEST(Calibration, RecoversHowOverconfidentOutputsAre) {
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal(0, 2);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::vector<double>> outputs;
  std::vector<Targets> targets;
  for (int k = 0; k < 20000; ++k) {
    const double root = normal(rng);     // true logit of the first root
    const double feature = normal(rng);  // true logit of the feature
    const bool first = uniform(rng) < sigmoid(root);
    const int yes = uniform(rng) < sigmoid(feature) ? 1 : 0;
    // Outputs claim twice the root's logit, and three times the feature's, off by one.
    outputs.push_back({2 * root, 0.0, 3 * feature + 1});
    targets.push_back({{first ? 0 : 1}, {first ? yes : -1}});
  }
  std::vector<const Targets*> pointers;
  for (const Targets& one : targets) pointers.push_back(&one);
  const Calibration calibration = fit_calibration(kLabels, outputs, pointers);
  EXPECT_NEAR(calibration.scale[0], 1.0 / 2, 0.03);
  EXPECT_NEAR(calibration.scale[1], 1.0 / 3, 0.02);
  EXPECT_NEAR(calibration.shift[1], -1.0 / 3, 0.06);
  // After that nothing is left to find fault with but the floor itself.
  for (const double floor : calibration.logit_floor) EXPECT_LT(floor, 0.06);
}

TEST(Calibration, StaysWithTheIdentityWithoutEnoughExamples) {
  const Targets one{{0}, {1}};
  const Calibration calibration = fit_calibration(kLabels, {{5, 0, 5}}, {&one});
  EXPECT_EQ(calibration.scale, std::vector<double>(2, 1.0));
  EXPECT_EQ(calibration.shift, std::vector<double>(2, 0.0));
}

TEST(Calibration, IsRefittedOnTopOfWhatItWas) {
  std::mt19937_64 rng(5);
  std::normal_distribution<double> normal(0, 2);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::vector<double>> outputs;
  std::vector<Targets> targets;
  for (int k = 0; k < 20000; ++k) {
    const double root = normal(rng);
    const double feature = normal(rng);
    const bool first = uniform(rng) < sigmoid(root);
    const int yes = uniform(rng) < sigmoid(feature) ? 1 : 0;
    outputs.push_back({2 * root, 0.0, 3 * feature + 1});
    targets.push_back({{first ? 0 : 1}, {first ? yes : -1}});
  }
  std::vector<const Targets*> pointers;
  for (const Targets& one : targets) pointers.push_back(&one);
  // Whatever it was before, what is right now is reached.
  const Calibration before{{0.8, 0.7}, {0, -2}, {0.3, 0.3, 0.9}};
  const Calibration after = refit_calibration(kLabels, before, outputs, pointers);
  EXPECT_NEAR(after.scale[0], 1.0 / 2, 0.03);
  EXPECT_NEAR(after.scale[1], 1.0 / 3, 0.02);
  EXPECT_NEAR(after.shift[1], -1.0 / 3, 0.06);
  for (const double floor : after.logit_floor) EXPECT_LT(floor, 0.06);
}

TEST(Calibration, StaysAsItWasWhereExamplesAreFewOrAllAlike) {
  // Thirty of one root are no reason to be surer of it, nor are thirty features that are there.
  const std::vector<std::vector<double>> outputs(30, {6, 0, 9});
  const Targets one{{0}, {1}};
  const std::vector<const Targets*> targets(30, &one);
  const Calibration before{{0.8, 0.7}, {0, -2}, {0.3, 0.4, 0.9}};
  const Calibration after = refit_calibration(kLabels, before, outputs, targets);
  EXPECT_EQ(after.scale, before.scale);
  EXPECT_EQ(after.shift, before.shift);
  EXPECT_EQ(after.logit_floor, before.logit_floor);
}

TEST(Calibration, IsNotMuchSurerForAFewDozenThatAreAllRight) {
  std::vector<std::vector<double>> outputs;
  std::vector<Targets> targets;
  for (int k = 0; k < 60; ++k) {
    outputs.push_back(k % 2 == 0 ? std::vector<double>{4, 0, 0} : std::vector<double>{0, 4, 0});
    targets.push_back({{k % 2}, {-1}});
  }
  std::vector<const Targets*> pointers;
  for (const Targets& target : targets) pointers.push_back(&target);
  const Calibration before = identity_calibration(kLabels);
  const double scale = refit_calibration(kLabels, before, outputs, pointers).scale[0];
  // Where the slope of 60 ln(1 + exp(-4 s)) + (s - 1)^2 / 2 is 0.
  EXPECT_NEAR(scale - 1, 60 * 4 / (1 + std::exp(4 * scale)), 1e-3);
}

TEST(Calibration, DecidesBySoftmaxAndSigmoid) {
  const auto p = decide(output_layout(kLabels), identity_calibration(kLabels), {1.0, 0.0, -2.0});
  EXPECT_NEAR(p[0], sigmoid(1), 1e-15);
  EXPECT_NEAR(p[0] + p[1], 1, 1e-15);
  EXPECT_NEAR(p[2], sigmoid(-2), 1e-15);
  // Far out nothing overflows.
  const auto far = decide(output_layout(kLabels), identity_calibration(kLabels), {900, -900, -900});
  EXPECT_EQ(far[0], 1);
  EXPECT_EQ(far[1], 0);
  EXPECT_EQ(far[2], 0);
}

TEST(Logit, IsTheInverseOfTheSigmoidAndFiniteAtTheEnds) {
  for (const double z : {-3.0, 0.0, 2.5}) EXPECT_NEAR(logit(sigmoid(z)), z, 1e-12);
  EXPECT_TRUE(std::isfinite(logit(0)));
  EXPECT_NEAR(logit(1), -logit(0), 1e-9);
}

}  // namespace
}  // namespace foray::classifier::calibration_test
