#include "foray/campaign/comparison.h"

#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::comparison_test {
namespace {

// One narrow peak, known to 1 at its top and as good as 0 elsewhere on a slope.
double peak(const Eigen::VectorXd& x) {
  return std::exp(-4 * (std::pow(x(0) - 3.1, 2) + std::pow(x(1) - 1.2, 2))) + 0.02 * x(0);
}

Comparison compared(Bench& bench, const CampaignSpec& spec, double scale = 1) {
  bench.instrument.function = [scale](const Eigen::VectorXd& x) { return scale * peak(x); };
  bench.instrument.noise_sd = 1e-3;
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  const CampaignView view(bench.journal.read(1));
  return compare_with_random(view, Models::at(view, bench.fitter), bench.fitter);
}

CampaignSpec searching(std::int64_t measurements) {
  CampaignSpec spec = small_spec();
  spec.budget.measurements = measurements;
  return spec;
}

TEST(CompareWithRandom, FindsASearchBetterAndKnowsWhatRandomPointsReach) {
  Bench bench;
  const auto comparison = compared(bench, searching(25));
  ASSERT_TRUE(comparison.search);
  EXPECT_TRUE(comparison.maps.empty());
  const SearchComparison& search = *comparison.search;
  EXPECT_EQ(search.observable, "f");
  EXPECT_EQ(search.points, 25);
  EXPECT_NEAR(search.found, 1.062, 0.01) << "the top of the peak";
  EXPECT_GT(search.probability, 0.95);
  // What 25 uniform points of the true function reach, from 2000 repetitions.
  Rng rng(3);
  std::uniform_real_distribution<double> uniform;
  double mean = 0;
  for (int i = 0; i < 2000; ++i) {
    double best = 0;
    for (int j = 0; j < 25; ++j) {
      best = std::max(best, peak(point(4 * uniform(rng), 3 * uniform(rng) - 1)));
    }
    mean += best / 2000;
  }
  EXPECT_NEAR(search.random, mean, 0.1);
}

TEST(CompareWithRandom, FindsMeasuringInOneCornerNoBetter) {
  Bench bench;
  CampaignSpec spec = searching(12);
  spec.parameters[0].max_move = 1e-3;
  spec.parameters[1].max_move = 1e-3;
  const auto comparison = compared(bench, spec);
  ASSERT_TRUE(comparison.search);
  EXPECT_LT(comparison.search->probability, 0.5);
}

TEST(CompareWithRandom, ReflectsForAMinimum) {
  Bench bench;
  CampaignSpec spec = searching(25);
  spec.objective = single(optimizer::ObjectiveKind::kMinimise, "f");
  bench.instrument.function = [](const Eigen::VectorXd& x) { return -peak(x); };
  bench.instrument.noise_sd = 1e-3;
  bench.run(spec);
  const CampaignView view(bench.journal.read(1));
  const auto comparison = compare_with_random(view, Models::at(view, bench.fitter), bench.fitter);
  ASSERT_TRUE(comparison.search);
  EXPECT_NEAR(comparison.search->found, -1.062, 0.01);
  EXPECT_GT(comparison.search->probability, 0.95);
  EXPECT_GT(comparison.search->random, comparison.search->found);
}

TEST(CompareWithRandom, ComparesAMapWithEvenPointsUnderTheSameHyperparameters) {
  Bench bench;
  CampaignSpec spec = searching(20);
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  // Known, as a corner teaches nothing of it.
  const Eigen::VectorXd lengthscale = Eigen::VectorXd::Constant(1, 1.0);
  spec.surrogate.kernel.limits = {
      {surrogate::ParameterKind::kLengthscale, lengthscale, lengthscale}};
  const auto map = compared(bench, spec);
  EXPECT_FALSE(map.search);
  ASSERT_EQ(map.maps.size(), 1u);
  EXPECT_EQ(map.maps[0].points, 20);
  EXPECT_GT(map.maps[0].spread_out, 0);
  EXPECT_LT(map.maps[0].remaining, 1.5 * map.maps[0].spread_out);
  // All in one corner: nearly everything remains.
  Bench corner;
  spec.parameters[0].max_move = 1e-3;
  spec.parameters[1].max_move = 1e-3;
  const auto poor = compared(corner, spec, 1e6);  // So that the noise hides nothing there.
  ASSERT_EQ(poor.maps.size(), 1u);
  EXPECT_GT(poor.maps[0].remaining, 2 * poor.maps[0].spread_out);
}

TEST(CompareWithRandom, RepeatsBitForBit) {
  Bench bench;
  const auto once = compared(bench, searching(10));
  const CampaignView view(bench.journal.read(1));
  const auto again = compare_with_random(view, Models::at(view, bench.fitter), bench.fitter);
  EXPECT_EQ(once.search->probability, again.search->probability);
  EXPECT_EQ(once.search->random, again.search->random);
}

TEST(CompareWithRandom, HasNothingToSayBeforeThereIsASurrogate) {
  const CampaignView view;
  const surrogate::GpFitter fitter;
  const Comparison comparison = compare_with_random(view, Models(), fitter);
  EXPECT_FALSE(comparison.search);
  EXPECT_TRUE(comparison.maps.empty());
}

}  // namespace
}  // namespace foray::campaign::testing::comparison_test
