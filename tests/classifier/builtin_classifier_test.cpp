#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <set>
#include <stdexcept>
#include <thread>

#include "classifier/toy_frames.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/classifying_scorer.h"
#include "foray/classifier/training.h"
#include "foray/common/draws.h"
#include "foray/common/random.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/sample_library.h"
#include "training_frames.h"

namespace foray::classifier::builtin_classifier_test {
namespace {

using scattering::ClassProbability;
using ::testing::HasSubstr;

const std::string kRoot = "transmission_small_angle";
const std::array<std::string, 4> kPhases = {"disordered", "lamellar", "hexagonal", "oriented"};

std::string path_of(const std::string& phase) {
  return kRoot + (phase == "disordered" ? "/" : "/ring/") + phase;
}

double probability(const std::vector<ClassProbability>& classes, const std::string& path) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const auto& one) { return one.path == path; });
  EXPECT_NE(found, classes.end()) << path;
  return found == classes.end() ? 0 : found->probability;
}

std::string likeliest_phase(const std::vector<ClassProbability>& classes) {
  return *std::max_element(kPhases.begin(), kPhases.end(), [&](const auto& a, const auto& b) {
    return probability(classes, path_of(a)) < probability(classes, path_of(b));
  });
}

// Whether the phase is the same all around at a distance [mm].
bool is_inside(const simulator::SampleLibrary& library, const Eigen::Vector2d& place,
               double distance) {
  const std::string phase = library.truth(place).phase;
  for (int k = 0; k < 12; ++k) {
    const double angle = k * std::numbers::pi / 6;
    const Eigen::Vector2d other =
        place + distance * Eigen::Vector2d(std::cos(angle), std::sin(angle));
    if (library.truth(other.cwiseMax(0).cwiseMin(20)).phase != phase) return false;
  }
  return true;
}

class BuiltinClassifier : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "this build has no LibTorch";
    classifier_ = builtin_classifier();
  }
  std::unique_ptr<Classifier> classifier_;
};

TEST_F(BuiltinClassifier, TellsThePhasesOfFilmLibrariesAwayFromBoundaries) {
  const simulator::FrameMaker maker(simulator::demo_beamline());
  std::map<std::string, int> seen;
  int places = 0;
  int right = 0;
  for (std::uint64_t seed = 101; seed <= 104; ++seed) {
    const auto library = simulator::make_sample_library("film_library", seed);
    Rng rng(seed);
    for (int k = 0; k < 15;) {
      const double x = 20 * uniform(rng);
      const Eigen::Vector2d place(x, 20 * uniform(rng));
      if (!is_inside(*library, place, 0.8)) continue;
      ++k;
      ++places;
      const auto frame = maker.make(library->scene(place), 1.0, seed, k).frame;
      const std::string phase = library->truth(place).phase;
      ++seen[phase];
      right += likeliest_phase(classifier_->classify(frame)) == phase ? 1 : 0;
    }
  }
  EXPECT_EQ(seen.size(), 4U);
  // docs of the weights: 1.000 over thousands of places; one miss is allowed here.
  EXPECT_GE(right, places - 1) << "of " << places;
}

// Where, from the true boundary [mm], the likeliest phase changes on the way between two places.
double switch_position(const Classifier& classifier, const simulator::SampleLibrary& library,
                       const simulator::FrameMaker& maker, Eigen::Vector2d a, Eigen::Vector2d b) {
  const std::string first = library.truth(a).phase;
  for (int k = 0; k < 16; ++k) {
    const Eigen::Vector2d middle = (a + b) / 2;
    (library.truth(middle).phase == first ? a : b) = middle;
  }
  const Eigen::Vector2d boundary = (a + b) / 2;
  const Eigen::Vector2d along = (b - a).normalized();
  double low = -1.0;
  double high = 1.0;
  for (int k = 0; k < 6; ++k) {
    const double middle = (low + high) / 2;
    const auto frame = maker.make(library.scene(boundary + middle * along), 1.0, 7, k).frame;
    (likeliest_phase(classifier.classify(frame)) == first ? low : high) = middle;
  }
  return (low + high) / 2;
}

TEST_F(BuiltinClassifier, SwitchesPhasesCloseToTheTrueBoundary) {
  const simulator::FrameMaker maker(simulator::demo_beamline());
  double sum = 0;
  double squares = 0;
  int count = 0;
  for (std::uint64_t seed = 201; seed <= 203; ++seed) {
    const auto library = simulator::make_sample_library("film_library", seed);
    Rng rng(seed);
    for (int k = 0; k < 4;) {
      const double x = 20 * uniform(rng);
      const Eigen::Vector2d a(x, 20 * uniform(rng));
      const double angle = 2 * std::numbers::pi * uniform(rng);
      const Eigen::Vector2d b =
          (a + 3 * Eigen::Vector2d(std::cos(angle), std::sin(angle))).cwiseMax(0).cwiseMin(20);
      if (library->truth(a).phase == library->truth(b).phase) continue;
      ++k;
      ++count;
      const double at = switch_position(*classifier_, *library, maker, a, b);
      sum += at;
      squares += at * at;
    }
  }
  // Measured over many more: mean below 0.05 mm, root mean square 0.1 mm, along lines that cross
  // at any angle; the transition is 0.5 mm wide.
  EXPECT_LT(std::abs(sum / count), 0.15);
  EXPECT_LT(std::sqrt(squares / count), 0.3);
}

TEST_F(BuiltinClassifier, IsCalibratedOnInstrumentsThatItHasNotSeen) {
  const auto examples = app::make_examples(default_hierarchy(), 4800, 0xfeed, 2, nullptr);
  ASSERT_GE(examples.size(), 4000U);
  const std::string ring = kRoot + "/ring";
  const std::set<std::string> surest = {kRoot, ring, ring + "/lamellar", ring + "/hexagonal",
                                        ring + "/oriented"};
  for (const PathFigures& figures : evaluate(builtin_weights(), examples)) {
    if (figures.positives < 10) continue;
    EXPECT_GE(figures.accuracy, 0.9) << figures.path;
    // What is true of an instrument is true of all its four frames: there are 1200 only. Of
    // beamstops a quarter are in no mask.
    const bool beamstop = figures.path.rfind("instrument/beamstop", 0) == 0;
    EXPECT_LE(figures.calibration_error, beamstop ? 0.06 : 0.04) << figures.path;
    if (figures.positives >= 30) {
      EXPECT_GT(figures.brier_skill, 0) << figures.path;
    }
    if (surest.count(figures.path) > 0) {
      EXPECT_GE(figures.accuracy, 0.95) << figures.path;
      EXPECT_GE(figures.average_precision, 0.93) << figures.path;
    }
  }
}

TEST_F(BuiltinClassifier, TellsFramesOfAnotherKindFromThoseOfInstrumentsThatItHasNotSeen) {
  int frames = 0;
  int known = 0;
  int farther = 0;
  const auto is_foreign = foreign_test(default_hierarchy());
  for (std::uint64_t instrument = 0; instrument < 24; ++instrument) {
    for (auto& one : app::frames_of_instrument(default_hierarchy(), 77, instrument)) {
      if (is_foreign(one.targets)) continue;
      ++frames;
      const auto novelty = classifier_->recognise(one.frame).novelty;
      ASSERT_TRUE(novelty.has_value());
      EXPECT_GT(novelty->variance, 0);
      known += novelty->unknown() ? 0 : 1;
      // Every row pushed along itself by another amount.
      auto& counts = one.frame.counts;
      for (Eigen::Index i = 0; i < counts.rows(); ++i) {
        const auto row = counts.row(i).eval();
        for (Eigen::Index j = 0; j < counts.cols(); ++j) {
          counts(i, (j + i * i * 31) % counts.cols()) = row(j);
        }
      }
      farther += classifier_->recognise(one.frame).novelty->score > novelty->score ? 1 : 0;
    }
  }
  ASSERT_GE(frames, 80);
  EXPECT_GE(known, 0.95 * frames);
  // Half would be chance.
  EXPECT_GE(farther, 0.8 * frames);
}

TEST(TrainingFrames, LaterOnesAreOthersOfTheSameInstrument) {
  for (std::uint64_t instrument = 0; instrument < 4; ++instrument) {
    const auto early = app::frames_of_instrument(default_hierarchy(), 5, instrument);
    const auto late =
        app::frames_of_instrument(default_hierarchy(), 5, instrument, app::kFramesPerInstrument);
    ASSERT_FALSE(early.empty());
    ASSERT_FALSE(late.empty());
    EXPECT_EQ(early[0].frame.geometry.dist, late[0].frame.geometry.dist);
    EXPECT_EQ(early[0].frame.geometry.poni1, late[0].frame.geometry.poni1);
    for (const auto& one : early) {
      EXPECT_FALSE((one.frame.counts == late[0].frame.counts).all());
    }
  }
}

TEST_F(BuiltinClassifier, NeverGivesAChildMoreThanItsParent) {
  for (std::uint64_t instrument = 0; instrument < 6; ++instrument) {
    for (const auto& one : app::frames_of_instrument(default_hierarchy(), 5, instrument)) {
      const auto classes = classifier_->classify(one.frame);
      double roots = 0;
      for (const ClassProbability& node : classes) {
        EXPECT_GE(node.probability, 0);
        EXPECT_GT(node.logit_variance, 0);
        const auto slash = node.path.rfind('/');
        if (slash == std::string::npos) {
          roots += node.probability;
          continue;
        }
        const std::string above = node.path.substr(0, slash);
        if (above == "instrument" || above == "problem") continue;  // no classes themselves
        EXPECT_LE(node.probability, probability(classes, above) + 1e-12);
      }
      EXPECT_NEAR(roots, 1, 1e-12);
    }
  }
}

TEST_F(BuiltinClassifier, GivesTheSameNumbersFromTwoThreadsAndAgain) {
  const auto frame = testing::toy_frame({{0.05, 0.002, 50}}, 3);
  const auto first = classifier_->classify(frame);
  std::vector<ClassProbability> other;
  std::thread worker([&] { other = classifier_->classify(frame); });
  const auto again = classifier_->classify(frame);
  worker.join();
  for (std::size_t k = 0; k < first.size(); ++k) {
    EXPECT_EQ(first[k].probability, other[k].probability);
    EXPECT_EQ(first[k].logit_variance, other[k].logit_variance);
    EXPECT_EQ(first[k].probability, again[k].probability);
  }
}

TEST_F(BuiltinClassifier, IsLessSureOfAShorterExposure) {
  const simulator::FrameMaker maker(simulator::demo_beamline());
  const auto library = simulator::make_sample_library("film_library", 101);
  double spread[2] = {0, 0};
  for (int k = 0; k < 10; ++k) {
    const Eigen::Vector2d place(1.0 + 2 * k, 19.0 - 2 * k);
    for (const int longer : {0, 1}) {
      const auto frame = maker.make(library->scene(place), longer == 1 ? 3 : 0.01, 5, k).frame;
      for (const auto& node : classifier_->classify(frame)) {
        spread[longer] += node.path.rfind(kRoot + "/", 0) == 0 ? node.logit_variance : 0;
      }
    }
  }
  EXPECT_GT(spread[0], 1.5 * spread[1]);
}

// Noise twice looks like more structure than noise once: of such frames replicas lie all to one
// side, which made the variance ten times as large.
TEST_F(BuiltinClassifier, TellsTheVarianceThatRepeatedExposuresOfAFlatFrameHave) {
  constexpr int kExposures = 16;
  double sum = 0;
  double squares = 0;
  double told = 0;
  for (int k = 0; k < kExposures; ++k) {
    const auto novelty =
        classifier_->recognise(testing::toy_frame({}, 100 + k, 240, 200, 0.3)).novelty;
    ASSERT_TRUE(novelty.has_value());
    sum += novelty->score;
    squares += novelty->score * novelty->score;
    told += novelty->variance / kExposures;
  }
  const double variance = (squares - sum * sum / kExposures) / (kExposures - 1);
  EXPECT_GT(told, variance / 4);
  EXPECT_LT(told, variance * 4);
}

TEST_F(BuiltinClassifier, TakesAnyShapeAndTurnAndNoCounts) {
  // The same film on a detector turned by a quarter and on another shape.
  auto beamline = simulator::demo_beamline();
  const auto library = simulator::make_sample_library("film_library", 102);
  const auto frame =
      simulator::FrameMaker(beamline).make(library->scene(Eigen::Vector2d(5, 5)), 1.0, 3, 0).frame;
  auto turned = frame;
  turned.counts = frame.counts.transpose().rowwise().reverse();
  turned.mask = frame.mask.transpose().rowwise().reverse();
  turned.geometry.poni1 = frame.geometry.poni2;
  turned.geometry.poni2 =
      static_cast<double>(frame.counts.rows()) * frame.geometry.pixel1 - frame.geometry.poni1;
  EXPECT_EQ(likeliest_phase(classifier_->classify(frame)),
            library->truth(Eigen::Vector2d(5, 5)).phase);
  EXPECT_EQ(likeliest_phase(classifier_->classify(turned)),
            library->truth(Eigen::Vector2d(5, 5)).phase);
  auto empty = frame;
  empty.counts.setZero();
  double roots = 0;
  for (const auto& node : classifier_->classify(empty)) {
    ASSERT_TRUE(std::isfinite(node.probability) && std::isfinite(node.logit_variance));
    roots += node.path.find('/') == std::string::npos ? node.probability : 0;
  }
  EXPECT_NEAR(roots, 1, 1e-12);
  auto misshapen = frame;
  misshapen.mask = scattering::Mask::Zero(10, 10);
  EXPECT_THROW((void)classifier_->classify(misshapen), std::invalid_argument);
}

TEST_F(BuiltinClassifier, ScoresGrainSizesOfAFilmWithinTheirErrors) {
  const simulator::Beamline beamline = simulator::demo_beamline();
  const simulator::FrameMaker maker(beamline);
  const auto library = simulator::make_sample_library("film_library", 103);
  ScorerOptions options;
  options.domain_size.instrument_fwhm.value = beamline.resolution_fwhm;
  const ClassifyingScorer scorer(builtin_classifier(),
                                 {{"grain", "peak:first/domain_size", "nm"},
                                  {"period", "peak:first/d", "nm"},
                                  {"p", "class:" + path_of("disordered"), ""}},
                                 options);
  int ordered = 0;
  double squares = 0;
  Rng rng(5);
  for (int k = 0; k < 24; ++k) {
    const double x = 20 * uniform(rng);
    const Eigen::Vector2d place(x, 20 * uniform(rng));
    if (!is_inside(*library, place, 0.8)) continue;
    const auto truth = library->truth(place);
    const auto score = scorer.score(maker.make(library->scene(place), 1.0, 9, k).frame);
    const auto& grain = score.observables[0];
    if (truth.phase == "disordered") {
      EXPECT_EQ(grain.status, scattering::ObservableStatus::kAbsent);
      EXPECT_GT(score.observables[2].value, 0.5);
      continue;
    }
    ASSERT_EQ(grain.status, scattering::ObservableStatus::kPresent) << grain.note;
    ++ordered;
    squares += std::pow(grain.value / truth.grain_size - 1, 2);
    EXPECT_NEAR(score.observables[1].value, truth.period, 0.02 * truth.period);
  }
  ASSERT_GE(ordered, 8);
  EXPECT_LT(std::sqrt(squares / ordered), 0.06);
}

TEST_F(BuiltinClassifier, LoadsFromAFileAndRefusesWeightsOfAnotherNetwork) {
  const std::string file = ::testing::TempDir() + "builtin_classifier_test.weights";
  Weights weights = builtin_weights();
  write_weights(file, weights);
  const auto frame = testing::toy_frame({{}}, 3);
  const auto loaded = load_classifier(file);
  EXPECT_EQ(loaded->labels(), classifier_->labels());
  EXPECT_EQ(loaded->classify(frame)[0].probability, classifier_->classify(frame)[0].probability);
  std::remove(file.c_str());
  weights.members[0][0].shape = {static_cast<std::int64_t>(weights.members[0][0].values.size())};
  try {
    (void)make_classifier(weights, "other.weights");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("other.weights"));
    EXPECT_THAT(error.what(), HasSubstr(weights.members[0][0].name));
  }
}

}  // namespace
}  // namespace foray::classifier::builtin_classifier_test
