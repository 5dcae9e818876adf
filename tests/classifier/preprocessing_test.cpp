#include "foray/classifier/preprocessing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include "classifier/toy_frames.h"

namespace foray::classifier::preprocessing_test {
namespace {

using scattering::Frame;
using testing::toy_frame;

// Lag (in bins) of the highest autocorrelation beyond the width of a peak.
int best_lag(const PreparedFrame& prepared) {
  int best = 5;
  for (int lag = 6; lag <= kLags; ++lag) {
    if (prepared.summary[lag - 1] > prepared.summary[best - 1]) best = lag;
  }
  return best;
}

bool same(const PreparedFrame& a, const PreparedFrame& b) {
  return a.image == b.image && a.polar == b.polar && a.curve == b.curve && a.summary == b.summary;
}

bool finite(const PreparedFrame& prepared) {
  for (const auto* part : {&prepared.image, &prepared.polar, &prepared.curve, &prepared.summary}) {
    for (const float value : *part) {
      if (!std::isfinite(value)) return false;
    }
  }
  return true;
}

TEST(Preprocessor, ShowsTheRatioOfTwoOrdersAsALag) {
  const Preprocessor preprocessor;
  const Frame lamellar = toy_frame({{0.05, 0.001, 200}, {0.10, 0.001, 60}}, 1);
  const Frame hexagonal = toy_frame({{0.05, 0.001, 200}, {0.05 * std::sqrt(3.0), 0.001, 60}}, 2);
  EXPECT_NEAR(best_lag(preprocessor.prepare(lamellar)), kBinsPerOctave, 1);
  EXPECT_NEAR(best_lag(preprocessor.prepare(hexagonal)), kBinsPerOctave * std::log2(std::sqrt(3.0)),
              1);
}

TEST(Preprocessor, MeasuresTheContrastOfAnOrientedRing) {
  const Preprocessor preprocessor;
  const auto contrast = [&](double truth) {
    const auto prepared = preprocessor.prepare(toy_frame({{0.06, 0.003, 200, truth}}, 3));
    // The scalar that holds the contrast of 2 chi at the peak.
    return prepared.summary[2 * kLags + 12];
  };
  // The flat background (3 of about 200 counts) and the ridge of the fit take a few percent.
  EXPECT_NEAR(contrast(0.6), 0.6, 0.06);
  EXPECT_NEAR(contrast(0.0), 0.0, 0.03);
}

TEST(Preprocessor, GivesTheSameInputFromCacheAndFresh) {
  const Preprocessor kept;
  const Frame frame = toy_frame({{}}, 4);
  const PreparedFrame first = kept.prepare(frame);
  EXPECT_TRUE(same(first, kept.prepare(frame)));
  EXPECT_TRUE(same(first, Preprocessor().prepare(frame)));
}

TEST(Preprocessor, KeepsGeometriesAndMasksApart) {
  const Preprocessor preprocessor;
  Frame frame = toy_frame({{}}, 4);
  const PreparedFrame first = preprocessor.prepare(frame);
  for (int k = 0; k < 6; ++k) {  // more than the cache holds
    frame.geometry.dist = 1.1 + k;
    EXPECT_FALSE(same(first, preprocessor.prepare(frame)));
  }
  frame.geometry.dist = 1.0;
  EXPECT_TRUE(same(first, preprocessor.prepare(frame)));
  frame.mask.bottomRows(40) = scattering::kMaskUser;
  EXPECT_FALSE(same(first, preprocessor.prepare(frame)));
}

TEST(Preprocessor, DoesNotLookAtMaskedPixels) {
  const Preprocessor preprocessor;
  Frame frame = toy_frame({{}}, 5);
  const PreparedFrame first = preprocessor.prepare(frame);
  for (Eigen::Index k = 0; k < frame.counts.size(); ++k) {
    if (frame.mask.data()[k] != 0) frame.counts.data()[k] = 1e9;
  }
  EXPECT_TRUE(same(first, preprocessor.prepare(frame)));
}

TEST(Preprocessor, TreatsNegativeAndNonFiniteCountsAsMasked) {
  const Preprocessor preprocessor;
  Frame marked = toy_frame({{}}, 6);
  Frame masked = marked;
  marked.counts(3, 4) = -2;
  marked.counts(50, 60) = std::numeric_limits<double>::quiet_NaN();
  masked.mask(3, 4) = masked.mask(50, 60) = scattering::kMaskDead;
  EXPECT_TRUE(same(preprocessor.prepare(marked), preprocessor.prepare(masked)));
}

TEST(Preprocessor, RecoversCountsFromScaledValuesWithTheirVariance) {
  const Preprocessor preprocessor;
  const Frame counts = toy_frame({{}}, 7);
  Frame scaled = counts;
  constexpr double kFactor = 0.01;
  scaled.counts = kFactor * counts.counts;
  scaled.variance = kFactor * kFactor * counts.counts;
  const PreparedFrame a = preprocessor.prepare(counts);
  const PreparedFrame b = preprocessor.prepare(scaled);
  for (std::size_t k = 0; k < a.curve.size(); ++k) EXPECT_NEAR(a.curve[k], b.curve[k], 1e-4);
}

TEST(Preprocessor, TakesAnErrorBeyondAThousandMedianOnesForNoMeasurement) {
  const Preprocessor preprocessor;
  Frame marked = toy_frame({{}}, 7);
  marked.variance = marked.counts.max(1);
  Frame masked = marked;
  masked.mask(70, 30) = scattering::kMaskDead;
  marked.counts(70, 30) = 0;
  (*marked.variance)(70, 30) = 1e12;
  EXPECT_TRUE(same(preprocessor.prepare(marked), preprocessor.prepare(masked)));
  // A large error that may be one does not decide what counts the others are worth.
  marked.variance = masked.variance;
  (*marked.variance)(70, 30) = 1e6;
  const auto large = preprocessor.prepare(marked);
  const auto plain = preprocessor.prepare(toy_frame({{}}, 7));
  // The information of a bin in the middle: 0.1 + ln(1 + counts) / 10.
  const std::size_t at = 3 * kPolarBins + 100;
  EXPECT_NEAR(large.curve[at], plain.curve[at], 0.01);
}

// A count with its own variance is one however many there are.
TEST(Preprocessor, KeepsAPixelThatIsBrighterThanAMillionMedianOnes) {
  const Preprocessor preprocessor;
  Frame frame = toy_frame({{0.06, 0.002, 0.5}}, 7);
  frame.counts = frame.counts.min(1);
  frame.counts(70, 30) = 4e6;
  const PreparedFrame counts = preprocessor.prepare(frame);
  frame.variance = frame.counts.max(1);
  const PreparedFrame values = preprocessor.prepare(frame);
  // The cell that it lies in.
  const auto end = counts.image.begin() + kImageSide * kImageSide;
  const auto brightest = std::max_element(counts.image.begin(), end);
  EXPECT_GT(*brightest, 2);
  EXPECT_NEAR(values.image[brightest - counts.image.begin()], *brightest, 0.2);
}

// Counts of values with errors may nearly cancel; where they lie is then unknown.
TEST(Preprocessor, BoundsEveryInputOfValuesThatCancel) {
  const Preprocessor preprocessor;
  Frame frame = toy_frame({{0.06, 0.002, 50}}, 9);
  frame.variance = frame.counts.max(1);
  for (Eigen::Index k = 0; k < frame.counts.size(); ++k) {
    frame.counts.data()[k] -= k % 2 == 0 ? 51 : 49;
  }
  const PreparedFrame prepared = preprocessor.prepare(frame);
  for (const float value : prepared.curve) EXPECT_LT(std::abs(value), 20);
}

// The half below the beam is lit and has no pixels far from it, where the dark half has some.
TEST(Preprocessor, ComparesNoCellWithALitHalfThatIsNotThere) {
  Frame frame = toy_frame({}, 8, 120, 100, 100);
  frame.mask.setZero();
  frame.mask.topRows(30) = scattering::kMaskUser;
  frame.counts.bottomRows(60) *= 0.1;
  const PreparedFrame prepared = Preprocessor().prepare(frame);
  const auto at = [&](int channel, int row, int sector) {
    return prepared.polar[(channel * kPolarRows + row) * kPolarSectors + sector];
  };
  // The corner of the dark half, as far away as pixels are.
  int corner = 0;
  for (int s = 0; s < kPolarSectors / 2; ++s) {
    if (at(2, kPolarRows - 1, s) == 0) continue;
    EXPECT_EQ(at(3, kPolarRows - 1, s), 0.0F) << s;
    ++corner;
  }
  EXPECT_GT(corner, 0);
  EXPECT_NEAR(at(3, 50, 9), std::log(0.1), 0.3);
  EXPECT_NEAR(at(3, 50, 27), 0, 0.3);
}

TEST(Preprocessor, SurvivesNoCountsNoGoodPixelAndOnePixel) {
  const Preprocessor preprocessor;
  Frame dark = toy_frame({}, 8, 120, 100, 0);
  EXPECT_TRUE(finite(preprocessor.prepare(dark)));
  dark.mask.setConstant(scattering::kMaskUser);
  EXPECT_TRUE(finite(preprocessor.prepare(dark)));
  EXPECT_TRUE(finite(preprocessor.prepare(toy_frame({}, 8, 41, 1))));
}

TEST(Preprocessor, RefusesAMaskOfAnotherShape) {
  Frame frame = toy_frame({{}}, 9);
  frame.mask = scattering::Mask::Zero(10, 10);
  EXPECT_THROW((void)Preprocessor().prepare(frame), std::invalid_argument);
}

TEST(Preprocessor, DisturbsReplicasByTheCountingNoise) {
  const Preprocessor preprocessor;
  const Frame frame = toy_frame({{}}, 10);
  const auto a = preprocessor.prepare_replicas(frame, 3, 77);
  ASSERT_EQ(a.size(), 4U);
  EXPECT_TRUE(same(a[0], preprocessor.prepare(frame)));
  EXPECT_FALSE(same(a[1], a[2]));
  const auto b = preprocessor.prepare_replicas(frame, 2, 77);
  EXPECT_TRUE(same(a[1], b[1]));
  EXPECT_TRUE(same(a[2], b[2]));
}

TEST(Preprocessor, DisturbsEachCellByTheRootOfItsCounts) {
  const Frame frame = toy_frame({}, 10, 240, 200, 100);
  const auto all = Preprocessor().prepare_replicas(frame, 2, 77);
  constexpr std::size_t kCells = kPolarRows * kPolarSectors;
  double mean = 0;
  double squares = 0;
  double number = 0;
  for (std::size_t k = kCells; k < 2 * kCells; ++k) {
    if (all[0].polar[k + kCells] == 0) continue;
    // Deviations from the ring's mean in units of counting noise, as asinh(x) / 3.
    const double difference = std::sinh(3 * all[1].polar[k]) - std::sinh(3 * all[2].polar[k]);
    mean += difference;
    squares += difference * difference;
    ++number;
  }
  ASSERT_GT(number, 500);
  EXPECT_NEAR(mean / number, 0, 0.15);
  // A degree of freedom of each ring's 36 cells is its mean.
  EXPECT_NEAR(squares / number, 2 * 35 / 36.0, 0.25);
}

TEST(Preprocessor, ServesTwoThreadsAtATime) {
  const Preprocessor preprocessor;
  std::vector<PreparedFrame> results[2];
  const auto work = [&](int thread) {
    for (int k = 0; k < 10; ++k) {
      Frame frame = toy_frame({{}}, 11);
      frame.geometry.dist = 1.0 + 0.1 * ((k + thread) % 6);
      results[thread].push_back(preprocessor.prepare(frame));
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (int k = 1; k < 10; ++k) EXPECT_TRUE(same(results[0][k], results[1][k - 1]));
}

}  // namespace
}  // namespace foray::classifier::preprocessing_test
