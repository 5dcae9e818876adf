#include "foray/classifier/tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "classifier/toy_frames.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/preprocessing.h"
#include "foray/common/random.h"

namespace foray::classifier::tuning_test {
namespace {

using ::testing::HasSubstr;
using testing::toy_frame;

const std::string kRoot = "transmission_small_angle";
const std::string kRing = kRoot + "/ring";
const std::string kTwo = kRing + "/hexagonal";

// No ring, one ring, or two rings at a ratio that no lattice has, in turn; a user calls the second
// kind lamellar and the third hexagonal.
std::vector<LabelledFrame> toy_examples(int count, std::uint64_t seed) {
  const Preprocessor preprocessor;
  std::vector<LabelledFrame> examples;
  for (int k = 0; k < count; ++k) {
    const double q = 0.04 + 0.0005 * (k % 17);
    std::vector<testing::ToyRing> rings;
    std::vector<std::string> paths = {kRoot};
    if (k % 3 > 0) {
      rings.push_back({q, 0.002, 30});
      paths = {k % 3 == 1 ? kRing + "/lamellar" : kTwo};
    }
    if (k % 3 == 2) rings.push_back({1.4 * q, 0.002, 15});
    const auto frame = toy_frame(rings, seed + static_cast<std::uint64_t>(k), 60, 50);
    examples.push_back(
        {preprocessor.prepare(frame), encode_judgement(default_hierarchy(), paths), k});
  }
  return examples;
}

// With a faint ring or without, behind a flat field of eight by eight parts that nobody corrected.
std::vector<LabelledFrame> spoilt_examples(int count, std::uint64_t seed) {
  const Preprocessor preprocessor;
  CounterStream parts(5, 0);
  Eigen::ArrayXXd gains(8, 8);
  for (double& gain : gains.reshaped()) gain = std::exp(0.5 * parts.normal());
  std::vector<LabelledFrame> examples;
  for (int k = 0; k < count; ++k) {
    std::vector<testing::ToyRing> rings;
    if (k % 2 == 1) rings.push_back({0.04 + 0.0005 * (k % 17), 0.002, 12});
    auto frame = toy_frame(rings, seed + static_cast<std::uint64_t>(k), 60, 50, 20);
    for (Eigen::Index i = 0; i < 60; ++i) {
      for (Eigen::Index j = 0; j < 50; ++j) {
        frame.counts(i, j) = std::round(frame.counts(i, j) * gains(i * 8 / 60, j * 8 / 50));
      }
    }
    examples.push_back({preprocessor.prepare(frame),
                        encode_judgement(default_hierarchy(), {k % 2 == 1 ? kRing : kRoot}), k});
  }
  return examples;
}

// One of the networks of the program's own weights, which is quicker to train on.
Weights one_network() {
  Weights weights = builtin_weights();
  weights.members.resize(1);
  weights.known = {};
  return weights;
}

// With or without a ring by the toss of a coin, whatever the frame shows.
Targets tossed(Rng& rng) {
  return encode_judgement(default_hierarchy(), {rng() % 2 == 0 ? kRing : kRoot});
}

PathFigures figures_of(const std::vector<PathFigures>& figures, const std::string& path) {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const PathFigures& one) { return one.path == path; });
  EXPECT_NE(found, figures.end()) << path;
  return found == figures.end() ? PathFigures{} : *found;
}

double accuracy(const std::vector<PathFigures>& figures, const std::string& path) {
  return figures_of(figures, path).accuracy;
}

class Tune : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "this build has no LibTorch";
  }
};

TEST_F(Tune, LearnsWhatIsNewAndSaysHowMuch) {
  const auto labelled = toy_examples(120, 7000);
  const auto others = toy_examples(360, 9000);
  const auto tuned = tune(builtin_weights(), labelled);
  const auto before = evaluate(builtin_weights(), labelled);
  ASSERT_EQ(tuned.before.size(), before.size());
  for (std::size_t k = 0; k < before.size(); ++k) {
    EXPECT_EQ(tuned.before[k].path, before[k].path);
    EXPECT_EQ(tuned.before[k].accuracy, before[k].accuracy);
    EXPECT_NEAR(tuned.before[k].brier_skill, before[k].brier_skill, 1e-12);
  }
  const double was = accuracy(evaluate(builtin_weights(), others), kTwo);
  const double is = accuracy(evaluate(tuned.weights, others), kTwo);
  EXPECT_LT(was, 0.85);
  EXPECT_GT(is, was + 0.1);
  // What held-out frames promised is what new frames give: 3 standard errors of 360 and 120.
  EXPECT_NEAR(accuracy(tuned.after, kTwo), is, 0.12);
}

TEST_F(Tune, PromisesNothingWhereLabelsMeanNothing) {
  auto labelled = toy_examples(90, 7000);
  Rng rng(3);
  for (LabelledFrame& one : labelled) one.targets = tossed(rng);
  TuningOptions options;
  options.pull = 0.1;  // so that the frames themselves are learnt by heart
  const auto tuned = tune(builtin_weights(), labelled, options);
  // The calibration takes back what is sure of them, not their order.
  EXPECT_GT(figures_of(evaluate(tuned.weights, labelled), kRing).average_precision, 0.95);
  // Half are right by chance, give or take 16 % at 3 standard errors.
  EXPECT_NEAR(accuracy(tuned.after, kRing), 0.5, 0.16);
}

TEST_F(Tune, HoldsOutWholeExperiments) {
  // Each frame ten times: only who holds out all ten cannot know its random label.
  const auto frames = toy_examples(30, 7000);
  Rng rng(4);
  std::vector<LabelledFrame> labelled;
  for (const LabelledFrame& one : frames) {
    LabelledFrame copy = one;
    copy.targets = tossed(rng);
    for (int k = 0; k < 10; ++k) labelled.push_back(copy);
  }
  TuningOptions options;
  options.pull = 0.1;
  EXPECT_LT(accuracy(tune(builtin_weights(), labelled, options).after, kRing), 0.8);
  for (std::size_t k = 0; k < labelled.size(); ++k) {
    labelled[k].experiment = static_cast<std::int64_t>(k);
  }
  EXPECT_GT(accuracy(tune(builtin_weights(), labelled, options).after, kRing), 0.95);
}

TEST_F(Tune, LeavesAloneWhatTheFramesDoNotDifferIn) {
  const auto labelled = toy_examples(60, 7000);
  const Weights tuned = tune(builtin_weights(), labelled).weights;
  const Weights before_tuning = builtin_weights();
  const OutputLayout layout = output_layout(before_tuning.labels);
  std::set<std::string> changed;
  for (std::size_t t = 0; t < tuned.members[0].size(); ++t) {
    const Tensor& before = before_tuning.members[0][t];
    const Tensor& after = tuned.members[0][t];
    if (before.values != after.values) changed.insert(after.name);
    if (after.name != "head.bias") continue;
    const int ring = layout.sigmoid[0];
    const int halo = layout.sigmoid[1];
    EXPECT_EQ(before.values[0], after.values[0]) << "one geometry only";
    EXPECT_NE(before.values[ring], after.values[ring]);
    EXPECT_EQ(before.values[halo], after.values[halo]) << "never one";
  }
  EXPECT_EQ(changed, (std::set<std::string>{"head.bias", "head.weight"}));
  EXPECT_EQ(tuned.known.mean, before_tuning.known.mean);
  EXPECT_EQ(tuned.calibration.scale[0], before_tuning.calibration.scale[0]);
}

TEST_F(Tune, GivesTheSameAgainAndUnderAStrongPullNothingNew) {
  const auto labelled = toy_examples(60, 7000);
  EXPECT_EQ(serialize_weights(tune(builtin_weights(), labelled).weights),
            serialize_weights(tune(builtin_weights(), labelled).weights));
  TuningOptions options;
  options.pull = 1e12;
  const Weights weights = builtin_weights();
  const auto held = tune(weights, labelled, options).weights;
  for (std::size_t t = 0; t < held.members[0].size(); ++t) {
    const auto& before = weights.members[0][t].values;
    const auto& after = held.members[0][t].values;
    for (std::size_t k = 0; k < after.size(); ++k) ASSERT_NEAR(after[k], before[k], 1e-6);
  }
}

TEST_F(Tune, LearnsMoreOfUnlikeFramesWithAllArraysThanWithHeads) {
  const auto labelled = spoilt_examples(60, 7000);
  const auto others = spoilt_examples(120, 9000);
  TuningOptions options;
  options.folds = 2;
  const auto heads = tune(one_network(), labelled, options);
  options.epochs = 6;
  options.batch = 4;  // so that sixty frames are steps enough
  options.learning_rate = 3e-4;
  const auto all = tune(one_network(), labelled, options);
  const auto skill = [](const std::vector<PathFigures>& figures) {
    return figures_of(figures, kRing).brier_skill;
  };
  EXPECT_EQ(skill(all.before), skill(heads.before));
  EXPECT_GT(skill(all.after), skill(heads.after) + 0.2);
  EXPECT_GT(skill(evaluate(all.weights, others)), 0.8);
}

TEST_F(Tune, TrainsOnTheSameOnAnyNumberOfThreads) {
  const auto labelled = toy_examples(12, 7000);
  Weights weights = one_network();
  weights.members.push_back(builtin_weights().members[1]);
  std::vector<TuningProgress> steps;
  TuningOptions options;
  options.folds = 2;
  options.epochs = 2;
  options.progress = [&](const TuningProgress& step) { steps.push_back(step); };
  const auto once = tune(weights, labelled, options);
  ASSERT_EQ(steps.size(), 3U * 2 * 2) << "parts, networks, epochs";
  for (const TuningProgress& step : steps) EXPECT_EQ(step.parts, 3);
  EXPECT_EQ(steps.back().part, 2);
  EXPECT_EQ(steps.back().member, 1);
  EXPECT_EQ(steps.back().epoch, 2);
  EXPECT_GT(steps.back().loss, 0);
  options.threads = 3;
  const auto again = tune(weights, labelled, options);
  EXPECT_EQ(serialize_weights(once.weights), serialize_weights(again.weights));
  for (std::size_t k = 0; k < once.after.size(); ++k) {
    EXPECT_EQ(once.after[k].brier_skill, again.after[k].brier_skill);
  }
  options.seed = 2;
  EXPECT_NE(serialize_weights(once.weights),
            serialize_weights(tune(weights, labelled, options).weights));
}

TEST_F(Tune, LeavesOpenWhatIsKnownOnceTheTrunksHaveChanged) {
  Weights weights = builtin_weights();
  const auto labelled = toy_examples(8, 7000);
  TuningOptions options;
  options.folds = 2;
  EXPECT_FALSE(tune(weights, labelled, options).weights.known.mean.empty());
  options.epochs = 1;
  const auto tuned = tune(weights, labelled, options);
  EXPECT_TRUE(tuned.weights.known.mean.empty());
  EXPECT_EQ(tuned.unknown_after, 0);
  for (std::size_t t = 0; t < weights.members[0].size(); ++t) {
    EXPECT_NE(tuned.weights.members[0][t].values, weights.members[0][t].values)
        << weights.members[0][t].name;
  }
}

TEST_F(Tune, PromisesNothingOfMeaninglessLabelsThatAllArraysLearn) {
  auto labelled = toy_examples(40, 7000);
  Rng rng(3);
  for (LabelledFrame& one : labelled) one.targets = tossed(rng);
  TuningOptions options;
  options.folds = 2;
  options.epochs = 12;
  options.learning_rate = 1e-3;
  const auto tuned = tune(one_network(), labelled, options);
  EXPECT_GT(figures_of(evaluate(tuned.weights, labelled), kRing).average_precision, 0.95);
  // Half are right by chance, give or take 24 % at 3 standard errors.
  EXPECT_NEAR(accuracy(tuned.after, kRing), 0.5, 0.24);
}

TEST_F(Tune, RefusesInvalidOptionsByName) {
  const auto labelled = toy_examples(6, 7000);
  const auto refused = [&](const std::string& name, const auto& change) {
    TuningOptions options;
    change(options);
    try {
      (void)tune(builtin_weights(), labelled, options);
      ADD_FAILURE() << name;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr("expected " + name));
    }
  };
  refused("pull", [](TuningOptions& options) { options.pull = 0; });
  refused("epochs", [](TuningOptions& options) { options.epochs = -1; });
  refused("learning_rate", [](TuningOptions& options) { options.learning_rate = 0; });
  refused("learning_rate", [](TuningOptions& options) { options.learning_rate = std::nan(""); });
  refused("batch", [](TuningOptions& options) { options.batch = 0; });
  refused("folds", [](TuningOptions& options) { options.folds = 1; });
  refused("threads", [](TuningOptions& options) { options.threads = 0; });
}

TEST_F(Tune, RefusesWhatItCannotHoldOut) {
  auto labelled = toy_examples(6, 7000);
  EXPECT_THROW((void)tune(builtin_weights(), {}), std::invalid_argument);
  auto misshapen = labelled;
  misshapen[2].targets.sigmoid.pop_back();
  EXPECT_THROW((void)tune(builtin_weights(), misshapen), std::invalid_argument);
  for (LabelledFrame& one : labelled) one.experiment = 4;
  try {
    (void)tune(builtin_weights(), labelled);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("at least 2 experiments"));
  }
}

}  // namespace
}  // namespace foray::classifier::tuning_test
