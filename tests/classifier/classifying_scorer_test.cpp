#include "foray/classifier/classifying_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

#include "classifier/toy_frames.h"
#include "foray/classifier/transitions.h"
#include "foray/scattering/lattices.h"

namespace foray::classifier::classifying_scorer_test {
namespace {

using scattering::Observable;
using scattering::ObservableSpec;
using scattering::ObservableStatus;
using scattering::Score;
using ::testing::HasSubstr;
using testing::toy_frame;

const std::string kRoot = "transmission_small_angle";

// Says the same of every frame.
class FakeClassifier final : public Classifier {
 public:
  explicit FakeClassifier(double ring, double disordered = 0.0,
                          std::optional<Novelty> novelty = std::nullopt)
      : ring_(ring), disordered_(disordered), novelty_(novelty) {}
  [[nodiscard]] Recognition recognise(const scattering::Frame& /*frame*/) const override {
    return {{{kRoot, 1.0, 0.1},
             {kRoot + "/ring", ring_, 0.5},
             {kRoot + "/disordered", disordered_, 0.5}},
            novelty_,
            {}};
  }
  [[nodiscard]] bool tells_novelty() const override { return novelty_.has_value(); }
  [[nodiscard]] std::vector<std::string> labels() const override {
    return {kRoot, kRoot + "/ring", kRoot + "/disordered"};
  }

 private:
  double ring_, disordered_;
  std::optional<Novelty> novelty_;
};

Score score_of(std::unique_ptr<const Classifier> classifier, std::vector<ObservableSpec> specs,
               const scattering::Measurement& measurement) {
  return ClassifyingScorer(std::move(classifier), std::move(specs)).score(measurement);
}

Observable only(std::unique_ptr<const Classifier> classifier, const std::string& from,
                const scattering::Measurement& measurement) {
  const Score score = score_of(std::move(classifier), {{"it", from, ""}}, measurement);
  EXPECT_EQ(score.observables.size(), 1U);
  return score.observables.at(0);
}

std::unique_ptr<const Classifier> fake(double ring, double disordered = 0.0) {
  return std::make_unique<FakeClassifier>(ring, disordered);
}

TEST(ClassifyingScorer, MapsTheLogitVarianceToTheProbability) {
  const auto frame = toy_frame({{}}, 1);
  const Observable yes = only(fake(0.3), "class:" + kRoot + "/ring", frame);
  EXPECT_EQ(yes.status, ObservableStatus::kPresent);
  EXPECT_DOUBLE_EQ(yes.value, 0.3);
  EXPECT_NEAR(yes.variance, 0.21 * 0.21 * 0.5 + 1e-4, 1e-12);
  const Observable no = only(fake(0.3), "class:not " + kRoot + "/ring", frame);
  EXPECT_DOUBLE_EQ(no.value, 0.7);
  EXPECT_DOUBLE_EQ(no.variance, yes.variance);
  // Certain as it may be, a floor stays.
  EXPECT_DOUBLE_EQ(only(fake(1.0), "class:" + kRoot + "/ring", frame).variance, 1e-4);
}

TEST(ClassifyingScorer, SaysWhenAFrameIsUnknown) {
  const auto frame = toy_frame({{}}, 1);
  const auto asked = [&](double score, const std::string& from) {
    return only(std::make_unique<FakeClassifier>(0.3, 0.0, Novelty{score, 0.02, 0.01}), from,
                frame);
  };
  const Observable novelty = asked(0.4, "novelty:score");
  EXPECT_EQ(novelty.status, ObservableStatus::kPresent);
  EXPECT_DOUBLE_EQ(novelty.value, 0.4);
  EXPECT_DOUBLE_EQ(novelty.variance, 0.02);
  EXPECT_THAT(novelty.note, HasSubstr("unknown"));
  EXPECT_THAT(asked(0.4, "class:" + kRoot + "/ring").note, HasSubstr("unknown"));
  EXPECT_EQ(asked(-0.1, "novelty:score").note, "");
  EXPECT_EQ(asked(-0.1, "class:" + kRoot + "/ring").note, "");
  const scattering::Values values = {{"t", 1, 1}};
  EXPECT_EQ(
      only(std::make_unique<FakeClassifier>(0.3, 0.0, Novelty{}), "novelty:score", values).status,
      ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, RefusesNoveltyWhereNothingTellsIt) {
  const auto message_of = [](std::unique_ptr<const Classifier> classifier,
                             const std::string& from) -> std::string {
    try {
      const ClassifyingScorer scorer(std::move(classifier), {{"it", from, ""}});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message_of(fake(0.3), "novelty:score"), HasSubstr("weights that tell"));
  EXPECT_THAT(message_of(nullptr, "novelty:score"), HasSubstr("no classifier"));
  EXPECT_THAT(message_of(fake(0.3), "novelty:distance"), HasSubstr("one of score"));
}

TEST(ClassifyingScorer, FitsTheFirstPeakOfARing) {
  const double q = 0.05;
  const double sigma = 0.002;
  const auto frame = toy_frame({{q, sigma, 200}}, 2, 300, 280);
  const Score score = score_of(fake(0.99),
                               {{"q", "peak:first/q", "1/angstrom"},
                                {"d", "peak:first/d", "nm"},
                                {"w", "peak:first/fwhm", "1/angstrom"},
                                {"size", "peak:first/domain_size", "nm"},
                                {"height", "peak:first/intensity", ""}},
                               frame);
  EXPECT_EQ(score.reduction, "azimuthal");
  ASSERT_TRUE(score.curve.has_value());
  for (const Observable& one : score.observables) {
    ASSERT_EQ(one.status, ObservableStatus::kPresent) << one.name << ": " << one.note;
    EXPECT_GT(one.variance, 0);
  }
  const auto& o = score.observables;
  const double fwhm = 2.354820045 * sigma;
  EXPECT_NEAR(o[0].value, q, 5 * std::sqrt(o[0].variance) + 1e-5);
  EXPECT_NEAR(o[1].value, 2 * 3.14159265 / q / 10, 0.02);
  EXPECT_NEAR(o[2].value, fwhm, 0.03 * fwhm);
  EXPECT_NEAR(o[3].value, 2 * 3.14159265 * 0.94 / fwhm / 10, 0.03 * o[3].value);
  EXPECT_NEAR(o[4].value, 200, 10);
}

// Sure of a ring, in doubt about its kind.
class DoubtfulClassifier final : public Classifier {
 public:
  explicit DoubtfulClassifier(double lamellar) : lamellar_(lamellar) {}
  [[nodiscard]] Recognition recognise(const scattering::Frame& /*frame*/) const override {
    return {{{kRoot, 1.0, 0.1},
             {kRoot + "/ring", 1.0, 0.5},
             {kRoot + "/ring/lamellar", lamellar_, 0.5},
             {kRoot + "/ring/hexagonal", 1 - lamellar_, 0.5}},
            std::nullopt,
            {}};
  }
  [[nodiscard]] std::vector<std::string> labels() const override {
    return {kRoot, kRoot + "/ring", kRoot + "/ring/lamellar", kRoot + "/ring/hexagonal"};
  }

 private:
  double lamellar_;
};

TEST(ClassifyingScorer, ThePeakOfAMixtureHasAnErrorOfItsOwn) {
  const auto frame = toy_frame({{0.1, 0.004, 200}}, 2, 300, 280);
  const auto relative = [&](double lamellar, const std::string& from) {
    const Observable one =
        only(std::make_unique<DoubtfulClassifier>(lamellar), "peak:first/" + from, frame);
    EXPECT_EQ(one.status, ObservableStatus::kPresent) << one.note;
    return std::sqrt(one.variance) / one.value;
  };
  // 0.75 sqrt(1 - p), far above what counting leaves.
  EXPECT_NEAR(relative(0.96, "domain_size"), 0.15, 0.01);
  EXPECT_NEAR(relative(0.04, "domain_size"), 0.15, 0.01) << "the likeliest kind decides";
  EXPECT_NEAR(relative(0.96, "fwhm"), 0.15, 0.01);
  EXPECT_LT(relative(1.0, "domain_size"), 0.05);
  // Position errs by the same share of the width.
  EXPECT_NEAR(relative(0.96, "q"), 0.15 * 2.3548 * 0.004 / 0.1, 0.002);
  EXPECT_NEAR(relative(0.96, "d"), relative(0.96, "q"), 1e-6);
}

TEST(ClassifyingScorer, DividesByExposureMonitorAndTransmission) {
  auto frame = toy_frame({{}}, 3);
  const double one = only(fake(0.9), "curve:mean_intensity", frame).value;
  frame.exposure_s = 4;
  frame.monitor = 0.5;
  frame.transmission = 0.8;
  const Observable scaled = only(fake(0.9), "curve:mean_intensity", frame);
  EXPECT_NEAR(scaled.value, one / 1.6, 1e-12 * one);
}

TEST(ClassifyingScorer, GivesTheMeanOfFlatCountsWithItsPoissonError) {
  const auto frame = toy_frame({}, 4, 200, 200, 7);
  const double pixels = static_cast<double>((frame.mask == 0).count());
  const Observable mean = only(fake(0.1), "curve:mean_intensity", frame);
  EXPECT_NEAR(mean.variance, 7 / pixels, 0.1 * 7 / pixels);
  // Solid angles differ by less than a part in a hundred over this detector.
  EXPECT_NEAR(mean.value, 7, 5 * std::sqrt(mean.variance) + 0.07);
}

TEST(ClassifyingScorer, CallsThePeakAbsentWhereTheClassHasNoRing) {
  const auto frame = toy_frame({{}}, 5);
  const Observable none = only(fake(0.2), "peak:first/q", frame);
  EXPECT_EQ(none.status, ObservableStatus::kAbsent);
  EXPECT_THAT(none.note, HasSubstr("no ring"));
  // A ring is seen, but what it stands for is the smaller part.
  EXPECT_EQ(only(fake(0.95, 0.8), "peak:first/q", frame).status, ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, CallsThePeakFailedWhereARingWasSeenButNoneIsFitted) {
  const auto flat = toy_frame({}, 6);
  const Observable failed = only(fake(0.9), "peak:first/q", flat);
  EXPECT_EQ(failed.status, ObservableStatus::kFailed);
  EXPECT_FALSE(failed.note.empty());
  // Nobody said that there was one.
  EXPECT_EQ(only(nullptr, "peak:first/q", flat).status, ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, TellsTheOrientationOfARingOverABackground) {
  const auto frame = toy_frame({{0.05, 0.003, 150, 0.6}}, 7, 240, 240, 30);
  const Observable order = only(fake(0.9), "orientation:order_parameter", frame);
  ASSERT_EQ(order.status, ObservableStatus::kPresent) << order.note;
  // <cos 2 chi> of 1 + 0.6 cos 2 chi.
  EXPECT_NEAR(order.value, 0.3, 0.02);
  const Observable director = only(fake(0.9), "orientation:director", frame);
  ASSERT_EQ(director.status, ObservableStatus::kPresent);
  const double turn = std::remainder(director.value, 3.14159265358979);
  EXPECT_NEAR(turn, 0, 5 * std::sqrt(director.variance));
}

// 1 + 0.6 cos 2 chi: half a turn keeps it, quarter turns put maxima on minima.
TEST(ClassifyingScorer, TellsTheSymmetryOfARing) {
  const auto frame = toy_frame({{0.05, 0.003, 150, 0.6}}, 7, 240, 240, 30);
  const auto told = [&](const std::string& field) {
    const Observable one = only(fake(0.9), "symmetry:" + field, frame);
    EXPECT_EQ(one.status, ObservableStatus::kPresent) << field << ": " << one.note;
    return one;
  };
  const Observable two = told("rotation/2");
  EXPECT_NEAR(two.value, 1, 4 * std::sqrt(two.variance));
  EXPECT_LT(two.variance, 0.01);
  EXPECT_EQ(told("inversion").value, two.value);
  const Observable four = told("rotation/4");
  EXPECT_NEAR(four.value, -1.0 / 3, 0.05);
  EXPECT_GT(told("mirror").value, 0.95);
  const double azimuth = told("mirror_azimuth").value;  // along the maxima or across
  EXPECT_NEAR(std::remainder(azimuth, 0.5 * 3.14159265358979), 0, 0.1);
  const auto isotropic = toy_frame({{0.05, 0.003, 150, 0.0}}, 7, 240, 240, 30);
  EXPECT_EQ(only(fake(0.9), "symmetry:rotation/6", isotropic).status, ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, LeavesOutSaturatedNegativeAndNonFinitePixels) {
  auto frame = toy_frame({{}}, 8);
  frame.saturation = 1e5;
  frame.counts(10, 10) = 1e5;
  frame.counts(11, 10) = -1;
  frame.counts(12, 10) = std::nan("");
  auto masked = frame;
  for (int k = 10; k < 13; ++k) masked.mask(k, 10) = scattering::kMaskDead;
  const Observable a = only(fake(0.1), "curve:mean_intensity", frame);
  const Observable b = only(fake(0.1), "curve:mean_intensity", masked);
  ASSERT_EQ(a.status, ObservableStatus::kPresent) << a.note;
  EXPECT_NEAR(a.value, b.value, 1e-12);
}

TEST(ClassifyingScorer, ReducesAFrameThatIsMaskedAltogetherToNothing) {
  auto frame = toy_frame({{}}, 9);
  frame.mask.setConstant(scattering::kMaskUser);
  const Score score = score_of(fake(0.9), {{"m", "curve:mean_intensity", ""}}, frame);
  EXPECT_EQ(score.observables[0].status, ObservableStatus::kFailed);
  EXPECT_FALSE(score.observables[0].note.empty());
  EXPECT_FALSE(score.curve.has_value());
}

TEST(ClassifyingScorer, TakesCurvesImagesInQAndValues) {
  scattering::Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(200, 0.01, 0.2);
  curve.intensity = 5 + 100 * (-0.5 * ((curve.q.array() - 0.1) / 0.004).square()).exp();
  curve.sigma = curve.intensity.array().sqrt() * 0.1;
  const Observable peak = only(nullptr, "peak:first/q", curve);
  ASSERT_EQ(peak.status, ObservableStatus::kPresent) << peak.note;
  EXPECT_NEAR(peak.value, 0.1, 1e-4);
  EXPECT_EQ(only(fake(0.9), "class:" + kRoot, curve).status, ObservableStatus::kAbsent);

  scattering::QImage image;
  image.qx = Eigen::VectorXd::LinSpaced(500, -0.1, 0.1);
  image.qy = Eigen::VectorXd::Constant(500, 0.001);
  image.intensity = Eigen::VectorXd::Constant(500, 3);
  image.sigma = Eigen::VectorXd::Constant(500, 0.1);
  const Observable mean = only(nullptr, "curve:mean_intensity", image);
  EXPECT_NEAR(mean.value, 3, 1e-9);

  const scattering::Values values = {{"yield", 2.5, 0.04}};
  const Observable value = only(nullptr, "value:yield", values);
  EXPECT_DOUBLE_EQ(value.value, 2.5);
  EXPECT_DOUBLE_EQ(value.variance, 0.04);
  EXPECT_EQ(only(nullptr, "value:other", values).status, ObservableStatus::kFailed);
  EXPECT_EQ(only(nullptr, "peak:first/q", values).status, ObservableStatus::kAbsent);
  EXPECT_EQ(only(nullptr, "value:yield", curve).status, ObservableStatus::kAbsent);
}

// Rings of cylinders 25 nm apart, then one ring, which could be any lattice's.
TEST(ClassifyingScorer, TellsTheLatticeOfACurvesPeaks) {
  scattering::Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(600, 0.01, 0.12);
  curve.intensity = Eigen::VectorXd::Constant(600, 5);
  for (const scattering::Ring& ring : scattering::rings(scattering::Lattice::kHexagonal, 250, 5)) {
    curve.intensity.array() += 100 * (-0.5 * ((curve.q.array() - ring.q) / 8e-4).square()).exp();
  }
  curve.sigma = curve.intensity.array().sqrt() * 0.1;
  const Observable p = only(nullptr, "lattice:hexagonal/probability", curve);
  ASSERT_EQ(p.status, ObservableStatus::kPresent) << p.note;
  EXPECT_GT(p.value, 0.9);
  EXPECT_GE(p.variance, 1e-4);  // the least of a class
  EXPECT_LT(p.variance, p.value * (1 - p.value) + 1.01e-4);
  EXPECT_LT(only(nullptr, "lattice:lamellar/probability", curve).value, 0.05);
  const Observable spacing = only(nullptr, "lattice:hexagonal/spacing", curve);
  ASSERT_EQ(spacing.status, ObservableStatus::kPresent) << spacing.note;
  EXPECT_NEAR(spacing.value, 25, 0.05);
  EXPECT_GT(spacing.variance, 0);
  EXPECT_EQ(only(nullptr, "lattice:lamellar/spacing", curve).status, ObservableStatus::kAbsent);

  curve.intensity = 5 + 100 * (-0.5 * ((curve.q.array() - 0.05) / 8e-4).square()).exp();
  const Observable one = only(nullptr, "lattice:hexagonal/probability", curve);
  EXPECT_EQ(one.status, ObservableStatus::kAbsent);
  EXPECT_THAT(one.note, HasSubstr("fewer than two peaks"));
  curve.intensity.setConstant(5);
  EXPECT_EQ(only(nullptr, "lattice:hexagonal/probability", curve).status,
            ObservableStatus::kAbsent);
  const scattering::Values values = {{"yield", 2.5, 0.04}};
  EXPECT_EQ(only(nullptr, "lattice:hexagonal/spacing", values).status, ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, RefusesSpecsThatNameNothing) {
  const auto refused = [](const std::string& from) {
    try {
      ClassifyingScorer(fake(0.5), {{"it", from, ""}});
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused("class:transmision"), HasSubstr("transmission_small_angle/ring"));
  EXPECT_THAT(refused("peak:first/hight"), HasSubstr("domain_size"));
  EXPECT_THAT(refused("peak:second/q"), HasSubstr("peak:first/FIELD"));
  EXPECT_THAT(refused("curve:"), HasSubstr("curve:FIELD"));
  EXPECT_THAT(refused("lattice:hexagonal"), HasSubstr("'lattice:NAME/FIELD'"));
  EXPECT_THAT(refused("lattice:hexagnal/spacing"), HasSubstr("did you mean \"hexagonal\"?"));
  EXPECT_THAT(refused("lattice:hexagonal/size"), HasSubstr("one of probability, spacing after"));
  EXPECT_THAT(refused("lattice:/spacing"), HasSubstr("expected one of lamellar"));
  EXPECT_THAT(refused("orientation:angle"), HasSubstr("director"));
  EXPECT_THAT(refused("symmetry:rotation/7"), HasSubstr("rotation/6"));
  EXPECT_EQ(refused("value:x"), "");
  EXPECT_THROW(ClassifyingScorer(nullptr, {{"it", "class:" + kRoot, ""}}), std::invalid_argument);
  EXPECT_THROW(ClassifyingScorer(fake(0.5), {{"a", "value:x", ""}, {"a", "value:y", ""}}),
               std::invalid_argument);
}

TEST(ClassifyingScorer, OnlyClassifiesWhenToldNotToReduce) {
  const ClassifyingScorer scorer(fake(0.9),
                                 {{"p", "class:" + kRoot, ""},
                                  {"mean", "curve:mean_intensity", ""},
                                  {"d", "peak:first/d", ""}},
                                 {.reduce = false});
  const scattering::Score score = scorer.score(toy_frame({{}}, 10));
  EXPECT_FALSE(score.curve);
  EXPECT_EQ(score.reduction, "none");
  ASSERT_EQ(score.observables.size(), 3U);
  EXPECT_EQ(score.observables[0].status, scattering::ObservableStatus::kPresent);
  for (std::size_t k = 1; k < 3; ++k) {
    EXPECT_NE(score.observables[k].status, scattering::ObservableStatus::kPresent);
    EXPECT_THAT(score.observables[k].note, HasSubstr("told not to reduce"));
  }
}

TEST(ClassifyingScorer, RefusesAMalformedFrame) {
  auto frame = toy_frame({{}}, 10);
  frame.mask = scattering::Mask::Zero(3, 3);
  const ClassifyingScorer scorer(fake(0.5), {});
  EXPECT_THROW((void)scorer.score(frame), std::invalid_argument);
}

TEST(ClassifyingScorer, GivesTheSameScoreFromTwoThreads) {
  const ClassifyingScorer scorer(
      fake(0.9), {{"q", "peak:first/q", ""}, {"s", "orientation:order_parameter", ""}});
  std::vector<Score> scores(8);
  const auto work = [&](int thread) {
    for (std::size_t k = 0; k < 4; ++k) {
      auto frame = toy_frame({{0.05, 0.002, 100}}, 11 + k);
      frame.geometry.rot1 = 0.001 * static_cast<double>(k);
      scores[4 * static_cast<std::size_t>(thread) + k] = scorer.score(frame);
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t o = 0; o < 2; ++o) {
      EXPECT_EQ(scores[k].observables[o].value, scores[4 + k].observables[o].value);
      EXPECT_EQ(scores[k].observables[o].variance, scores[4 + k].observables[o].variance);
    }
  }
}

Observable distance_of(const scattering::Frame& frame, const scattering::Frame& reference) {
  ScorerOptions options;
  options.references["a.h5"] = {reference, "ab12"};
  const ClassifyingScorer scorer(nullptr, {{"it", "distance:a.h5", ""}}, options);
  EXPECT_EQ(scorer.inputs(), (std::map<std::string, std::string>{{"a.h5", "ab12"}}));
  return scorer.score(frame).observables.at(0);
}

TEST(ClassifyingScorer, TellsTheDistanceToAReference) {
  const auto reference = toy_frame({{0.05, 0.002, 200}}, 1);
  EXPECT_NEAR(distance_of(reference, reference).value, 0, 1e-5);
  const double same = distance_of(toy_frame({{0.05, 0.002, 200}}, 2), reference).value;
  const double wider = distance_of(toy_frame({{0.05, 0.004, 100}}, 3), reference).value;
  const double none = distance_of(toy_frame({}, 4), reference).value;
  EXPECT_GT(same, 0);
  EXPECT_LT(2 * same, wider);
  EXPECT_LT(wider, none);
  // Only counts tell frames of other exposures apart.
  auto longer = toy_frame({{0.05, 0.002, 800}}, 5, 120, 100, 12);
  EXPECT_LT(distance_of(longer, reference).value, 2 * same);
}

// Frames that differ by counting noise alone scatter by what the variance says.
TEST(ClassifyingScorer, TheVarianceOfADistanceIsThatOfCounting) {
  const auto reference = toy_frame({{0.05, 0.002, 200}}, 1);
  constexpr int kFrames = 40;
  double sum = 0, squares = 0, variance = 0;
  for (std::uint64_t seed = 1; seed <= kFrames; ++seed) {
    const Observable one = distance_of(toy_frame({{0.052, 0.003, 60}}, 100 + seed), reference);
    ASSERT_EQ(one.status, ObservableStatus::kPresent) << one.note;
    sum += one.value;
    squares += one.value * one.value;
    variance += one.variance / kFrames;
  }
  const double scatter = (squares - sum * sum / kFrames) / (kFrames - 1);
  // A variance of 40 is known to 22 %, and noise moves features in proportion only nearly.
  EXPECT_GT(variance, scatter / 3);
  EXPECT_LT(variance, scatter * 3);
}

TEST(ClassifyingScorer, SaysWhyADistanceIsMissing) {
  const auto reference = toy_frame({{}}, 1);
  auto masked = reference;
  masked.mask.setConstant(1);
  const Observable none = distance_of(masked, reference);
  EXPECT_EQ(none.status, ObservableStatus::kFailed);
  EXPECT_THAT(none.note, HasSubstr("fewer than half of the pixels are good"));
  auto flat = reference;
  flat.counts.setConstant(5);
  EXPECT_THAT(distance_of(flat, reference).note, HasSubstr("all good pixels have one value"));
  EXPECT_THAT(distance_of(toy_frame({{}}, 1, 12, 100), reference).note, HasSubstr("at least 16"));
  auto single = reference;  // One count, which no two halves share.
  single.counts.setZero();
  single.counts(50, 60) = 1;
  const Observable unknown = distance_of(single, reference);
  EXPECT_EQ(unknown.status, ObservableStatus::kFailed);
  EXPECT_EQ(unknown.note, "too few counts to tell how well it is known");
  EXPECT_EQ(distance_of(reference, single).status, ObservableStatus::kPresent);
  try {
    distance_of(reference, masked);
    ADD_FAILURE();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "observable 'it': reference frame 'a.h5': fewer than half of the pixels are good");
  }
  EXPECT_THROW(ClassifyingScorer(nullptr, {{"it", "distance:b.h5", ""}}), std::invalid_argument);
  ScorerOptions options;
  options.references["a.h5"] = {reference, ""};
  const ClassifyingScorer scorer(nullptr, {{"it", "distance:a.h5", ""}}, options);
  const Score values = scorer.score(scattering::Values{});
  EXPECT_EQ(values.observables.at(0).status, ObservableStatus::kAbsent);
}

TEST(ClassifyingScorer, TellsWhatFramesShowWhereAsked) {
  const auto frame = toy_frame({{}}, 1);
  ScorerOptions options;
  EXPECT_EQ(ClassifyingScorer(nullptr, {}, options).score(frame).features.size(), 0);
  options.features = true;
  const ClassifyingScorer scorer(nullptr, {}, options);
  EXPECT_EQ(scorer.score(frame).features, series_features(Preprocessor(), frame));
  EXPECT_EQ(scorer.score(scattering::Values{}).features.size(), 0);
}

}  // namespace
}  // namespace foray::classifier::classifying_scorer_test
