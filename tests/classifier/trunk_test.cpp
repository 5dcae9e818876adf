// A network of somebody else's as the trunk of weights that are trained.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "classifier/toy_frames.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/encoder.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/training.h"

namespace foray::classifier::trunk_test {
namespace {

using ::testing::HasSubstr;
using testing::toy_frame;

const LabelHierarchy kRingOrNone = {{{"t", {"ring"}, {}}}};

ForeignTrunk trunk(const std::string& file = "encoder.pt") {
  std::ifstream in(std::string(FORAY_TEST_DATA) + "/classifier/" + file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return {bytes.str(), 64, 3};
}

std::shared_ptr<const ImageEncoder> encoder_of(const ForeignTrunk& one) {
  return std::make_shared<const ImageEncoder>(one.torchscript, "test",
                                              ImageEncoder::Options{one.side, one.channels});
}

scattering::Frame frame_with(bool ring, std::uint64_t seed) {
  return toy_frame(
      ring ? std::vector<testing::ToyRing>{{0.05, 0.002, 30}} : std::vector<testing::ToyRing>{},
      seed, 60, 50);
}

std::vector<LabelledFrame> examples(int count, std::uint64_t seed, const Preprocessor& with) {
  std::vector<LabelledFrame> all;
  for (int k = 0; k < count; ++k) {
    std::vector<std::string> paths = {"t"};
    if (k % 2 == 1) paths.emplace_back("t/ring");
    all.push_back({with.prepare(frame_with(k % 2 == 1, seed + static_cast<std::uint64_t>(k))),
                   encode_labels(kRingOrNone, paths), k});
  }
  return all;
}

std::string refusal(const Weights& weights) {
  try {
    (void)make_classifier(weights, "mine.weights");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

class Trunk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "this build has no LibTorch";
  }

  static TrainingOptions quick() {
    TrainingOptions options;
    options.members = 2;
    options.epochs = 8;
    options.batch = 16;
    options.trunk = trunk();
    return options;
  }
};

TEST_F(Trunk, TellsItsNumbersOfTheImageOfAFrame) {
  const Preprocessor preprocessor(encoder_of(trunk()));
  const auto prepared = preprocessor.prepare_replicas(frame_with(true, 1), 1, 3);
  ASSERT_EQ(prepared[0].told.size(), 4U);
  ASSERT_EQ(prepared[1].told.size(), 4U);
  EXPECT_NE(prepared[0].told, prepared[1].told);  // the noise goes through it
  EXPECT_GT(prepared[0].told[0], 0.3);            // mean |x| of something of variance 1
  EXPECT_LT(prepared[0].told[0], 1);
  EXPECT_TRUE(Preprocessor().prepare(frame_with(true, 1)).told.empty());
}

TEST_F(Trunk, IsTrainedUponKeptInTheWeightsAndAskedByTheClassifier) {
  const Preprocessor preprocessor(encoder_of(trunk()));
  const Weights weights =
      train(kRingOrNone, examples(60, 10, preprocessor), examples(40, 400, preprocessor), quick());
  for (const Member& member : weights.members) {
    EXPECT_TRUE(std::any_of(member.begin(), member.end(),
                            [](const Tensor& one) { return one.name == "told1.weight"; }));
    EXPECT_TRUE(std::none_of(member.begin(), member.end(),
                             [](const Tensor& one) { return one.name == "image1.weight"; }));
  }
  const Weights again = parse_weights(serialize_weights(weights), "again");
  ASSERT_TRUE(again.trunk.has_value());
  EXPECT_EQ(again.trunk->torchscript, trunk().torchscript);
  EXPECT_EQ(again.trunk->side, 64);
  const auto classifier = make_classifier(again, "again");
  int right = 0;
  for (int k = 0; k < 20; ++k) {
    const auto said = classifier->classify(frame_with(k % 2 == 1, 900 + k));
    right += (said[1].probability > 0.5) == (k % 2 == 1) ? 1 : 0;
  }
  EXPECT_GE(right, 19);
  // A later fit prepares frames as the weights want them.
  const Preprocessor theirs(trunk_of(again, "again"));
  EXPECT_EQ(theirs.prepare(frame_with(true, 1)).told,
            preprocessor.prepare(frame_with(true, 1)).told);
  EXPECT_EQ(trunk_of(Weights{}, "none"), nullptr);
}

TEST_F(Trunk, FramesThatItDidNotSeeAreRefused) {
  const Preprocessor with(encoder_of(trunk()));
  const Preprocessor without;
  EXPECT_THROW((void)train(kRingOrNone, examples(8, 1, without), {}, quick()),
               std::invalid_argument);
  TrainingOptions plain = quick();
  plain.trunk.reset();
  EXPECT_THROW((void)train(kRingOrNone, examples(8, 1, with), {}, plain), std::invalid_argument);
  plain.epochs = 1;
  const Weights weights = train(kRingOrNone, examples(8, 1, without), {}, plain);
  EXPECT_THROW((void)predict(weights, examples(4, 1, with)), std::invalid_argument);
}

TEST_F(Trunk, WeightsWithWhatIsNoNetworkAreRefusedByTheirName) {
  const Preprocessor with(encoder_of(trunk()));
  TrainingOptions options = quick();
  options.epochs = 1;
  Weights weights = train(kRingOrNone, examples(8, 1, with), {}, options);
  weights.trunk->torchscript.resize(500);
  EXPECT_THAT(refusal(weights), HasSubstr("mine.weights: expected a network as TorchScript"));
}

TEST_F(Trunk, WeightsWhosePartsAreOfDifferentTrunksAreRefusedByTheirName) {
  TrainingOptions options = quick();
  options.epochs = 1;
  const Weights weights =
      train(kRingOrNone, examples(8, 1, Preprocessor(encoder_of(trunk()))), {}, options);
  EXPECT_EQ(refusal(weights), "");
  Weights other = weights;
  other.trunk = trunk("encoder_of_maps.pt");
  EXPECT_THAT(refusal(other), HasSubstr("mine.weights: expected a trunk that tells the 4 numbers "
                                        "that its networks take, got one that tells 1"));
  other.trunk.reset();
  EXPECT_THAT(refusal(other), HasSubstr("that its networks take, got none"));
  options.trunk.reset();
  const Weights plain = train(kRingOrNone, examples(8, 1, Preprocessor()), {}, options);
  other = plain;
  other.trunk = trunk();
  EXPECT_THAT(refusal(other), HasSubstr("mine.weights: expected a trunk that tells the 0 numbers"));
  other = weights;
  other.members[1] = plain.members[1];
  EXPECT_THAT(refusal(other), HasSubstr("mine.weights: expected networks that all take 4 numbers "
                                        "of a trunk, got one that takes 0"));
}

}  // namespace
}  // namespace foray::classifier::trunk_test
