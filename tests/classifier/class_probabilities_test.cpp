#include "class_probabilities.h"

#include <gtest/gtest.h>

#include <memory>

#include "classifier/toy_frames.h"
#include "foray/classifier/classifying_scorer.h"

namespace foray::classifier::class_probabilities_test {
namespace {

using scattering::Observable;
using scattering::ObservableStatus;
using testing::toy_frame;

const std::string kRoot = "transmission_small_angle";

TEST(DoubtOfKind, IsWhatTheLikeliestKindLeavesWhateverTheTraits) {
  const std::string ring = kRoot + "/ring";
  EXPECT_DOUBLE_EQ(doubt_of_kind({{kRoot, 1, 0}, {ring, 1, 0}}), 0);
  EXPECT_DOUBLE_EQ(
      doubt_of_kind({{kRoot, 1, 0}, {ring + "/lamellar", 0.6, 0}, {ring + "/bcc", 0.3, 0}}), 0.4);
  EXPECT_DOUBLE_EQ(
      doubt_of_kind({{kRoot, 1, 0}, {ring + "/lamellar", 0.6, 0}, {ring + "/isotropic", 1, 0}}),
      0.4);
  EXPECT_DOUBLE_EQ(doubt_of_kind({{kRoot, 1, 0}, {ring + "/isotropic", 0.7, 0}}), 0);
}

// Sees a ring of some kind, and problems.
class FakeWithProblems final : public Classifier {
 public:
  explicit FakeWithProblems(double saturation) : saturation_(saturation) {}
  [[nodiscard]] Recognition recognise(const scattering::Frame& /*frame*/) const override {
    return {{{kRoot, 1.0, 0.1},
             {kRoot + "/ring", 1.0, 0.5},
             {kRoot + "/ring/lamellar", 0.6, 0.5},
             {kRoot + "/ring/isotropic", 1.0, 0.5},
             {"problem/saturation", saturation_, 0.5},
             {"problem/weak", 1.0, 0.5}}};
  }
  [[nodiscard]] std::vector<std::string> labels() const override {
    return {kRoot,
            kRoot + "/ring",
            kRoot + "/ring/lamellar",
            kRoot + "/ring/isotropic",
            "problem/saturation",
            "problem/weak"};
  }

 private:
  double saturation_;
};

TEST(LikelyProblems, StandInTheNoteOfEveryObservable) {
  const auto frame = toy_frame({{0.06, 0.002, 200}}, 1);
  const auto asked = [&](double saturation, const std::string& from) {
    const ClassifyingScorer scorer(std::make_unique<FakeWithProblems>(saturation),
                                   {{"it", from, ""}});
    return scorer.score(frame).observables.at(0);
  };
  EXPECT_EQ(asked(0.93, "peak:first/q").note, "problem: saturation 0.93");
  EXPECT_EQ(asked(0.93, "class:" + kRoot + "/ring").note, "problem: saturation 0.93");
  EXPECT_EQ(asked(0.4, "peak:first/q").note, "");
  const Observable itself = asked(0.93, "class:problem/saturation");
  EXPECT_EQ(itself.status, ObservableStatus::kPresent);
  EXPECT_DOUBLE_EQ(itself.value, 0.93);
}

TEST(LikelyProblems, AreListedWithTheirProbabilities) {
  EXPECT_EQ(likely_problems({}), "");
  EXPECT_EQ(likely_problems({{"problem/blocked", 0.7, 0},
                             {"problem/zingers", 1, 0},
                             {"problem/saturation", 0.5, 0},
                             {"problem/empty", 0.49, 0}}),
            "problem: saturation 0.50, blocked 0.70");
}

}  // namespace
}  // namespace foray::classifier::class_probabilities_test
