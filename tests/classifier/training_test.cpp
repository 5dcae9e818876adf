#include "foray/classifier/training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "classifier/toy_frames.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/preprocessing.h"

namespace foray::classifier::training_test {
namespace {

using testing::toy_frame;
using Examples = std::vector<LabelledFrame>;

const LabelHierarchy kToy = {{{"t", {"ring"}, {{"ring", {"one", "two"}, ""}}}}};

// No ring, one ring, or two rings at a ratio of 2, in turn.
std::vector<LabelledFrame> toy_examples(int count, std::uint64_t seed) {
  const Preprocessor preprocessor;
  std::vector<LabelledFrame> examples;
  for (int k = 0; k < count; ++k) {
    const double q = 0.04 + 0.0005 * (k % 17);
    std::vector<testing::ToyRing> rings;
    std::vector<std::string> paths = {"t"};
    if (k % 3 > 0) {
      rings.push_back({q, 0.002, 30});
      paths.insert(paths.end(), {"t/ring", k % 3 == 1 ? "t/ring/one" : "t/ring/two"});
    }
    if (k % 3 == 2) rings.push_back({2 * q, 0.002, 15});
    const auto frame = toy_frame(rings, seed + static_cast<std::uint64_t>(k), 60, 50);
    examples.push_back({preprocessor.prepare(frame), encode_labels(kToy, paths), k});
  }
  return examples;
}

TrainingOptions quick_options() {
  TrainingOptions options;
  options.members = 2;
  options.epochs = 8;
  options.batch = 16;
  options.seed = 5;
  return options;
}

class Training : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "this build has no LibTorch";
  }
};

TEST_F(Training, LowersTheLossAndSeparatesToyClasses) {
  TrainingOptions options = quick_options();
  std::map<int, std::vector<double>> losses;
  options.progress = [&](int member, int, double loss) { losses[member].push_back(loss); };
  const Weights weights = train(kToy, toy_examples(150, 100), toy_examples(90, 5000), options);
  ASSERT_EQ(losses.size(), 2U);
  for (const auto& [member, loss] : losses) {
    ASSERT_EQ(loss.size(), 8U);
    EXPECT_LT(loss.back(), 0.3 * loss.front()) << member;
  }
  for (const PathFigures& figures : evaluate(weights, toy_examples(60, 9000))) {
    EXPECT_GE(figures.accuracy, 0.95) << figures.path;
    EXPECT_GE(figures.average_precision, 0.97) << figures.path;
  }
}

TEST_F(Training, LearnsTraitsAndAspectsAndTakesFramesWithoutARoot) {
  const LabelHierarchy labels = {{{"t", {"ring"}, {{"ring", {}, "", {"broad"}}}}, {"u", {}, {}}},
                                 {{"problem", {"empty"}}}};
  const Preprocessor preprocessor;
  const auto examples_of = [&](int count, std::uint64_t seed) {
    std::vector<LabelledFrame> examples;
    for (int k = 0; k < count; ++k) {
      const double q = 0.05 + 0.0005 * (k % 17);
      std::vector<testing::ToyRing> rings;
      std::vector<std::string> paths = {"problem/empty"};
      if (k % 3 > 0) {
        rings.push_back({q, k % 3 == 1 ? 0.002 : 0.01, 40});
        paths = {"t", "t/ring"};
        if (k % 3 == 2) paths.emplace_back("t/ring/broad");
      }
      const auto frame = toy_frame(rings, seed + static_cast<std::uint64_t>(k), 60, 50);
      examples.push_back({preprocessor.prepare(frame), encode_labels(labels, paths), k});
    }
    return examples;
  };
  const Weights weights =
      train(labels, examples_of(150, 100), examples_of(90, 5000), quick_options());
  const auto figures = evaluate(weights, examples_of(60, 9000));
  ASSERT_EQ(figures.size(), 5U);       // t, t/ring, t/ring/broad, u, problem/empty
  EXPECT_EQ(figures[0].examples, 40);  // of an empty frame the root is not known
  EXPECT_EQ(figures[1].examples, 60);
  for (const PathFigures& one : figures) EXPECT_GE(one.accuracy, 0.95) << one.path;
}

TEST_F(Training, GivesTheSameWeightsOnOneAndTwoThreads) {
  const auto examples = toy_examples(45, 100);
  TrainingOptions options = quick_options();
  options.epochs = 2;
  const std::string one = serialize_weights(train(kToy, examples, examples, options));
  options.threads = 2;
  EXPECT_EQ(one, serialize_weights(train(kToy, examples, examples, options)));
  options.seed = 6;
  EXPECT_NE(one, serialize_weights(train(kToy, examples, examples, options)));
}

TEST_F(Training, LearnsFromOneRoundAfterTheOther) {
  TrainingOptions options = quick_options();
  options.rounds = 4;
  options.epochs = 2;
  std::vector<int> asked;
  const auto source = [&](int round) {
    asked.push_back(round);
    return toy_examples(150, 100 + 1000 * static_cast<std::uint64_t>(round));
  };
  std::map<int, std::vector<int>> epochs;
  options.progress = [&](int member, int epoch, double) { epochs[member].push_back(epoch); };
  const Weights weights = train(kToy, source, toy_examples(90, 5000), options);
  EXPECT_EQ(asked, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(epochs[1], (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  for (const PathFigures& figures : evaluate(weights, toy_examples(60, 9000))) {
    EXPECT_GE(figures.accuracy, 0.95) << figures.path;
  }
  options.threads = 2;
  options.progress = nullptr;
  EXPECT_EQ(serialize_weights(weights),
            serialize_weights(train(kToy, source, toy_examples(90, 5000), options)));
  // One round from a source is what the same examples give.
  options.rounds = 1;
  const auto examples = toy_examples(150, 100);
  EXPECT_EQ(serialize_weights(train(kToy, source, examples, options)),
            serialize_weights(train(kToy, examples, examples, options)));
  const auto fails = [&](int round) {
    if (round == 1) throw std::runtime_error("no beam");
    return toy_examples(45, 100);
  };
  options.rounds = 3;
  EXPECT_THROW((void)train(kToy, fails, examples, options), std::runtime_error);
  EXPECT_THROW((void)train(kToy, examples, examples, options), std::invalid_argument);
  options.rounds = 0;
  EXPECT_THROW((void)train(kToy, source, examples, options), std::invalid_argument);
}

TEST_F(Training, StartsFromNetworksOfOtherLabels) {
  const auto examples = toy_examples(150, 100);
  const Weights first = train(kToy, examples, {}, quick_options());
  // Another order, one question more and one kind fewer.
  const LabelHierarchy labels = {{{"t", {"halo", "ring"}, {{"ring", {"two"}, ""}}}}};
  std::vector<LabelledFrame> others = examples;
  for (std::size_t k = 0; k < others.size(); ++k) {
    std::vector<std::string> paths = {"t"};
    if (k % 3 > 0) paths.emplace_back("t/ring");
    if (k % 3 == 2) paths.emplace_back("t/ring/two");
    others[k].targets = encode_labels(labels, paths);
  }
  TrainingOptions options = quick_options();
  options.epochs = 1;
  options.learning_rate = 1e-12;
  options.start = first;
  const Weights weights = train(labels, others, {}, options);
  EXPECT_EQ(weights.members.size(), first.members.size());
  const auto before = predict(first, examples);
  const auto after = predict(weights, others);
  for (std::size_t k = 0; k < before.size(); ++k) {
    EXPECT_NEAR(after[k].probability[2], before[k].probability[1], 1e-5) << k;  // t/ring
  }
  options.learning_rate = 1e-3;
  options.epochs = 4;
  for (const PathFigures& figures : evaluate(train(labels, others, {}, options), others)) {
    EXPECT_GE(figures.accuracy, 0.95) << figures.path;
  }
  options.start->members.front().pop_back();
  EXPECT_THROW((void)train(labels, others, {}, options), std::exception);
}

TEST_F(Training, LeavesForeignFramesOutOfTheKnownOnes) {
  const LabelHierarchy labels = {{{"t", {"ring"}, {}}}, {{"problem", {"foreign"}}}};
  const auto place = sigmoid_place(labels, kForeign);
  ASSERT_TRUE(place.has_value());
  const auto with_foreign = [&](std::uint64_t seed, bool shown) {
    std::vector<LabelledFrame> examples = toy_examples(90, seed);
    for (std::size_t k = 0; k < examples.size(); ++k) {
      examples[k].targets = encode_labels(labels, {"t"});
      if (k % 3 == 2) examples[k].targets.sigmoid[*place] = 1;
    }
    if (shown) return examples;
    std::vector<LabelledFrame> kept;
    for (std::size_t k = 0; k < examples.size(); ++k) {
      if (k % 3 != 2) kept.push_back(examples[k]);
    }
    return kept;
  };
  TrainingOptions options = quick_options();
  options.epochs = 1;
  const Weights weights = train(labels, with_foreign(100, true), with_foreign(5000, true), options);
  const Weights again =
      with_known_frames(weights, with_foreign(100, false), with_foreign(5000, false), 0.01);
  EXPECT_EQ(weights.known.mean, again.known.mean);
  EXPECT_EQ(weights.known.log_threshold, again.known.log_threshold);
}

TEST_F(Training, WiderNetworksAreLargerAndTellTheirWidth) {
  const auto examples = toy_examples(90, 100);
  TrainingOptions options = quick_options();
  options.members = 1;
  const Weights narrow = train(kToy, examples, examples, options);
  options.width = 2;
  const Weights wide = train(kToy, examples, examples, options);
  EXPECT_GT(serialize_weights(wide).size(), 2 * serialize_weights(narrow).size());
  const Weights read = parse_weights(serialize_weights(wide), "wide.weights");
  for (const PathFigures& figures : evaluate(read, toy_examples(60, 9000))) {
    EXPECT_GE(figures.accuracy, 0.95) << figures.path;
  }
  const auto classifier = make_classifier(read, "wide.weights");
  EXPECT_GT(classifier->recognise(toy_frame({{0.05, 0.002, 30}}, 3, 60, 50)).features.size(),
            make_classifier(narrow, "narrow.weights")
                ->recognise(toy_frame({{0.05, 0.002, 30}}, 3, 60, 50))
                .features.size());
  Weights mixed = read;
  mixed.members.push_back(narrow.members.front());
  EXPECT_THROW((void)make_classifier(mixed, "mixed.weights"), std::runtime_error);
  for (Tensor& tensor : mixed.members.back()) {
    if (tensor.name == "head.weight") tensor = {tensor.name, {0, 96 * 1000}, {}};
  }
  EXPECT_THROW((void)make_classifier(mixed, "mixed.weights"), std::runtime_error);
  options.width = 9;
  EXPECT_THROW((void)train(kToy, examples, examples, options), std::invalid_argument);
}

TEST_F(Training, OnAGpuLearnsLikeOnAProcessorOrSaysThatThereIsNone) {
  const auto examples = toy_examples(150, 100);
  TrainingOptions options = quick_options();
  options.on_gpu = true;
  if (!finds_gpu()) {
    EXPECT_THROW((void)train(kToy, examples, examples, options), std::runtime_error);
    return;
  }
  const Weights weights = train(kToy, examples, toy_examples(90, 5000), options);
  for (const PathFigures& figures : evaluate(weights, toy_examples(60, 9000))) {
    EXPECT_GE(figures.accuracy, 0.95) << figures.path;
  }
}

TEST_F(Training, PredictsTheSameOnOneAndTwoThreads) {
  TrainingOptions options = quick_options();
  options.epochs = 1;
  const auto examples = toy_examples(300, 100);
  const Weights weights = train(kToy, examples, examples, options);
  const auto one = predict(weights, examples), two = predict(weights, examples, 2);
  ASSERT_EQ(one.size(), 300U);
  for (std::size_t k = 0; k < one.size(); ++k) {
    EXPECT_EQ(one[k].probability, two[k].probability) << k;
    EXPECT_EQ(one[k].novelty, two[k].novelty) << k;
  }
}

TEST_F(Training, TellsFramesOfAnotherKindFromThoseThatItKnows) {
  const auto training = toy_examples(150, 100);
  const auto held_out = toy_examples(90, 5000);
  TrainingOptions options = quick_options();
  options.false_alarms = 0.1;
  const Weights weights = train(kToy, training, held_out, options);
  const auto unknown = [&](const Weights& of, const std::vector<LabelledFrame>& examples) {
    const auto predictions = predict(of, examples);
    return std::count_if(predictions.begin(), predictions.end(),
                         [](const Prediction& one) { return one.novelty > 0; });
  };
  EXPECT_EQ(unknown(weights, held_out), 9);
  // A ring that comes and goes along itself, of which no training frame had one.
  const Preprocessor preprocessor;
  std::vector<LabelledFrame> others;
  for (int k = 0; k < 30; ++k) {
    const auto frame = toy_frame({{0.02 + 0.001 * k, 0.004, 400, 0.9}}, 70 + k, 60, 50);
    others.push_back({preprocessor.prepare(frame), encode_labels(kToy, {"t"}), k});
  }
  EXPECT_GE(unknown(weights, others), 28);
  // Measured anew on the same examples it is the same, and more false alarms let less pass.
  Weights bare = weights;
  bare.known = {};
  EXPECT_EQ(predict(bare, others)[0].novelty, 0);
  EXPECT_EQ(serialize_weights(with_known_frames(bare, training, held_out, 0.1)),
            serialize_weights(weights));
  EXPECT_EQ(unknown(with_known_frames(bare, training, held_out, 0.3), held_out), 27);
  EXPECT_THROW((void)with_known_frames(bare, training, {}, 0.1), std::invalid_argument);
  EXPECT_THROW((void)with_known_frames(bare, training, held_out, 1.0), std::invalid_argument);
}

TEST_F(Training, RefusesWhatItCannotTrainOn) {
  const auto examples = toy_examples(3, 100);
  EXPECT_THROW((void)train(kToy, Examples{}, examples, quick_options()), std::invalid_argument);
  auto misshapen = examples;
  misshapen[1].frame.curve.pop_back();
  EXPECT_THROW((void)train(kToy, misshapen, examples, quick_options()), std::invalid_argument);
  TrainingOptions options = quick_options();
  options.epochs = 0;
  EXPECT_THROW((void)train(kToy, examples, examples, options), std::invalid_argument);
}

TEST(PathFigures, FollowFromProbabilitiesByHand) {
  // Sorted by probability: yes, no, yes; precision at the two hits is 1 and 2/3.
  const PathFigures figures = path_figures("p", {0.9, 0.6, 0.3, 0.1}, {1, 0, 1, 0});
  EXPECT_EQ(figures.examples, 4);
  EXPECT_EQ(figures.positives, 2);
  EXPECT_DOUBLE_EQ(figures.accuracy, 0.5);
  EXPECT_DOUBLE_EQ(figures.average_precision, (1.0 + 2.0 / 3.0) / 2);
  EXPECT_NEAR(figures.calibration_error, (0.1 + 0.6 + 0.7 + 0.1) / 4, 1e-12);
  // Squares 0.01, 0.36, 0.49, 0.01 over those of always saying one half.
  EXPECT_NEAR(figures.brier_skill, 1 - 0.87, 1e-12);
  EXPECT_EQ(path_figures("p", {0.5, 0.7}, {1, 1}).brier_skill, 0);
  EXPECT_THROW((void)path_figures("p", {0.5}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::training_test
