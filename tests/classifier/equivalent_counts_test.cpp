#include "equivalent_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "classifier/toy_frames.h"
#include "foray/classifier/preprocessing.h"

namespace foray::classifier::equivalent_counts_test {
namespace {

using scattering::Frame;

Frame ring_of_counts(double background = 3) {
  return testing::toy_frame({{0.05, 0.004, 100}}, 11, 120, 100, background);
}

std::shared_ptr<const BinningTable> table_of(const Frame& frame) {
  return std::make_shared<const BinningTable>(make_binning_table(frame.geometry, frame.mask));
}

double scale_of(const Frame& frame) { return count_scale(frame, *table_of(frame)); }

TEST(EquivalentCounts, LeavesCountsAsTheyAre) {
  Frame frame = ring_of_counts();
  EXPECT_EQ(scale_of(frame), 1);
  frame.counts *= 7;  // nobody can tell that whole numbers are none
  EXPECT_EQ(scale_of(frame), 1);
}

TEST(EquivalentCounts, TellsTheScaleOfFractionsByTheirNoise) {
  for (const double background : {0.3, 3.0, 300.0}) {
    Frame frame = ring_of_counts(background);
    frame.counts *= 0.0371;
    EXPECT_NEAR(scale_of(frame) * 0.0371, 1, 0.1) << background;
  }
}

TEST(EquivalentCounts, TakesAVarianceThatIsGivenBeforeThatOfNeighbours) {
  Frame frame = ring_of_counts();
  frame.variance = frame.counts.max(1.0) * 0.25;
  frame.counts *= 0.5;
  EXPECT_NEAR(scale_of(frame), 2, 1e-12);
}

TEST(EquivalentCounts, GivesABackgroundBackThatWasTakenAway) {
  constexpr double kBackground = 20, kUnit = 0.3;
  const Frame counts = ring_of_counts(kBackground);
  Frame frame = counts;
  frame.variance = counts.counts.max(1.0);
  EXPECT_EQ(lost_background(frame, *table_of(frame)), 0);  // none was taken away
  frame.counts = kUnit * (counts.counts - kBackground);
  *frame.variance *= kUnit * kUnit;
  const double lost = lost_background(frame, *table_of(frame));
  EXPECT_NEAR(lost, kUnit * kBackground, 0.3 * kUnit * kBackground);
  const auto whole = with_lost_background(frame, *table_of(frame));
  ASSERT_TRUE(whole.has_value());
  EXPECT_NEAR(scale_of(*whole), 1 / kUnit, 0.2 / kUnit);
  // Noise that is the same everywhere: hardly a value stays below 0.
  frame.variance = scattering::Image::Constant(120, 100, std::pow(kUnit, 2) * kBackground);
  EXPECT_NEAR(lost_background(frame, *table_of(frame)), 3 * kUnit * std::sqrt(kBackground), 1e-9);
  frame.variance.reset();
  EXPECT_EQ(lost_background(frame, *table_of(frame)), 0);
}

TEST(EquivalentCounts, BoundsTheScaleOfWhatHasNoNoise) {
  Frame frame = ring_of_counts();
  frame.counts = scattering::Image::Constant(120, 100, 0.25);
  EXPECT_EQ(scale_of(frame), 1);  // nothing differs: nothing is known
  for (Eigen::Index i = 0; i < frame.counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < frame.counts.cols(); ++j) {
      frame.counts(i, j) = 0.25 + 1e-9 * static_cast<double>(j * j * j);
    }
  }
  EXPECT_LE(scale_of(frame), 1.01e4 / 0.25);
}

TEST(EquivalentCounts, MasksNegativeCountsAndNoNegativeFractions) {
  Frame frame = ring_of_counts();
  frame.counts(3, 3) = -2;
  const auto counts = table_of(frame);
  EXPECT_EQ(without_bad_values(frame, counts)->good_pixels, counts->good_pixels - 1);
  frame.counts *= 0.31;
  EXPECT_EQ(without_bad_values(frame, counts), counts);
}

}  // namespace
}  // namespace foray::classifier::equivalent_counts_test
