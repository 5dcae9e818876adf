#include "foray/scattering/peak_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/common/random.h"

namespace foray::scattering::peak_series_test {
namespace {

std::vector<Estimate> noisy(Lattice lattice, double spacing, int count, double sigma,
                            std::uint64_t seed) {
  CounterStream random(31, seed);
  std::vector<Estimate> positions;
  for (const Ring& ring : rings(lattice, spacing, count)) {
    positions.push_back({ring.q + sigma * random.normal(), sigma * sigma});
  }
  return positions;
}

TEST(ScoreSeries, RecognisesEachLatticeFromItsFirstRings) {
  for (const Lattice lattice : {Lattice::kLamellar, Lattice::kHexagonal, Lattice::kSquare}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto result = score_series(noisy(lattice, 250, 4, 1e-5, seed), SeriesOptions{});
      EXPECT_EQ(result.scores[0].lattice, lattice) << seed;
      EXPECT_GT(result.scores[0].probability, 0.9);
      EXPECT_EQ(result.scores[0].matched, 4);
      EXPECT_EQ(result.scores[0].missing, 0);
    }
  }
}

TEST(ScoreSeries, SpacingIsRightWithinItsError) {
  double square = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto score =
        score_series(noisy(Lattice::kHexagonal, 250, 5, 3e-4, seed), SeriesOptions{}).scores[0];
    EXPECT_EQ(score.lattice, Lattice::kHexagonal);
    square += std::pow(score.spacing.value - 250, 2) / score.spacing.variance;
  }
  // The fits' errors alone make it 1; the tolerance for calibration only adds to the error.
  EXPECT_LT(square / 200, 1.2);
  EXPECT_GT(square / 200, 0.5);
}

TEST(ScoreSeries, LivesWithAMissingRing) {
  auto positions = noisy(Lattice::kHexagonal, 250, 5, 1e-5, 1);
  positions.erase(positions.begin() + 2);  // the ring at 2
  const auto result = score_series(positions, SeriesOptions{});
  EXPECT_EQ(result.scores[0].lattice, Lattice::kHexagonal);
  EXPECT_EQ(result.scores[0].missing, 1);
  EXPECT_EQ(result.scores[0].ring_of_peak, (std::vector<int>{0, 1, 3, 4}));
}

TEST(ScoreSeries, SaysThatPeaksWithoutOrderAreNone) {
  const std::vector<Estimate> positions = {
      {0.0300, 1e-9}, {0.0413, 1e-9}, {0.0571, 1e-9}, {0.0697, 1e-9}};
  const auto result = score_series(positions, SeriesOptions{});
  EXPECT_GT(result.none_probability, 0.9);
}

// Two peaks of a lamellar stack at q = 1 and 2 (1 + e): the weighted first ring and M by hand.
TEST(ScoreSeries, HasDeWolffsFigureOfMerit) {
  const double e = 1e-3;
  const auto score = score_series(std::vector<Estimate>{{1, 0}, {2 * (1 + e), 0}},
                                  {.lattices = {Lattice::kLamellar}})
                         .scores[0];
  // Both have the same relative error, so that the second weighs (1 + e)^-2 of the first.
  const double weight = 1 / ((1 + e) * (1 + e));
  const double first = (1 + weight * (1 + e)) / (1 + weight);
  EXPECT_NEAR(score.first_q.value, first, 1e-12);
  const double discrepancy =
      0.5 * (std::abs(1 - first * first) + 4 * std::abs((1 + e) * (1 + e) - first * first));
  EXPECT_NEAR(score.figure_of_merit, 4 * first * first / (2 * discrepancy * 2), 1e-6);
  const auto exact = score_series(std::vector<Estimate>{{1, 0}, {2, 0}}, SeriesOptions{});
  EXPECT_GT(exact.scores[0].figure_of_merit, 1e9);
  EXPECT_TRUE(std::isfinite(exact.scores[0].figure_of_merit));
  const auto alone = score_series(std::vector<Estimate>{{1, 0}}, SeriesOptions{});
  EXPECT_EQ(alone.scores[0].figure_of_merit, 0);
}

TEST(ScoreSeries, TellsAllKnownLatticesApartFromEightRings) {
  for (const Lattice lattice : known_lattices()) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto result =
          score_series(noisy(lattice, 250, 8, 1e-5, seed), {.lattices = known_lattices()});
      EXPECT_EQ(result.scores[0].lattice, lattice) << to_string(lattice) << seed;
      EXPECT_GT(result.scores[0].probability, 0.7) << to_string(lattice) << seed;
      EXPECT_NEAR(result.scores[0].spacing.value, 250, 1);
    }
  }
}

TEST(ScoreSeries, OnePeakDecidesNothing) {
  const auto result = score_series(std::vector<Estimate>{{0.03, 1e-8}}, SeriesOptions{});
  ASSERT_EQ(result.scores.size(), 3U);
  for (const SeriesScore& score : result.scores) EXPECT_DOUBLE_EQ(score.probability, 0.25);
  EXPECT_DOUBLE_EQ(result.none_probability, 0.25);
  EXPECT_TRUE(score_series(std::vector<Estimate>{}, SeriesOptions{}).scores.empty());
}

TEST(ScoreSeries, TakesOnlyConvergedFits) {
  std::vector<PeakFit> fits(3);
  for (int i = 0; i < 3; ++i) {
    fits[static_cast<std::size_t>(i)].status = PeakFitStatus::kConverged;
    fits[static_cast<std::size_t>(i)].center = {0.03 * (i + 1), 1e-10};
  }
  fits[1].status = PeakFitStatus::kNotConverged;
  const auto result = score_series(fits, SeriesOptions{});
  EXPECT_EQ(result.scores[0].ring_of_peak.size(), 2U);
}

TEST(ScoreSeries, RefusesBadPositionsAndOptions) {
  EXPECT_THROW(score_series(std::vector<Estimate>{{-1, 0}}, SeriesOptions{}),
               std::invalid_argument);
  EXPECT_THROW(score_series(std::vector<Estimate>{{1, 0}}, {.lattices = {}}),
               std::invalid_argument);
  EXPECT_THROW(score_series(std::vector<Estimate>{{1, 0}}, {.relative_tolerance = 0}),
               std::invalid_argument);
  EXPECT_THROW(score_series(std::vector<Estimate>{{1, 0}}, {.missing_chance = 1}),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::peak_series_test
