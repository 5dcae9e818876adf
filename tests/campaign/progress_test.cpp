#include "foray/campaign/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "fakes.h"

namespace foray::campaign::testing::progress_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

CampaignSpec unlimited() {
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 60;
  return spec;
}

TEST(StopRules, ConvergedEndsASearchThatGainsNothing) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.stop = {{StopKind::kConverged, 0.01, 6, "", 0, 0}};
  bench.instrument.noise_sd = 1e-3;
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("converged"));
  EXPECT_LT(records<Scored>(bench.journal).size(), 40u);
  EXPECT_GE(records<Scored>(bench.journal).size(), 11u) << "patience after the initial design";
}

TEST(StopRules, ConvergedDoesNotDependOnTheUnitOfTheObservable) {
  std::vector<std::size_t> ends;
  for (const double scale : {1.0, 1024.0}) {
    Bench bench;
    CampaignSpec spec = unlimited();
    spec.stop = {{StopKind::kConverged, 0.01, 6, "", 0, 0}};
    bench.instrument.noise_sd = 0;
    bench.instrument.function = [scale](const Eigen::VectorXd& x) {
      return scale * (std::sin(x(0)) + std::cos(x(1)));
    };
    // Before the surrogate takes part, proposals are the same whatever the scale.
    spec.initial_design = 40;
    bench.run(spec);
    ends.push_back(records<Scored>(bench.journal).size());
  }
  EXPECT_EQ(ends[0], ends[1]);
}

TEST(StopRules, ConvergedEndsAMapWhoseUncertaintyNoLongerFalls) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  spec.stop = {{StopKind::kConverged, 0.9, 4, "", 0, 0}};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_THAT(bench.campaign->status().reason, HasSubstr("uncertainty fell by"));
  EXPECT_LT(records<Scored>(bench.journal).size(), 60u);
}

TEST(StopRules, TargetReachedByAMaximum) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.stop = {{StopKind::kTargetReached, 0, 1, "f", 1.5, 0}};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("target reached: f"));
  EXPECT_GE(bench.campaign->status().best->value, 1.5);
}

TEST(StopRules, TargetReachedByAMinimumAndByALevel) {
  for (const auto kind : {optimizer::ObjectiveKind::kMinimise, optimizer::ObjectiveKind::kTarget}) {
    Bench bench;
    CampaignSpec spec = unlimited();
    spec.objective = single(kind, "f", 0.3);
    spec.stop = {{StopKind::kTargetReached, 0, 1, "f", 0.3, 0.1}};
    EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
    const double best = bench.campaign->status().best->value;
    EXPECT_TRUE(kind == optimizer::ObjectiveKind::kMinimise ? best <= 0.3
                                                            : std::abs(best - 0.3) <= 0.1);
  }
}

// g is 1 + f: the second of the two, of which less is better.
TEST(StopRules, TargetReachedByEitherOfATradeOffInItsDirection) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.observables.push_back({{"g", "value:g", ""}, Transform::kNone});
  spec.objective = single(optimizer::ObjectiveKind::kTradeOff, "f");
  spec.objective.terms[0].observables.emplace_back("g");
  spec.objective.terms[0].directions = {optimizer::Direction::kMaximise,
                                        optimizer::Direction::kMinimise};
  spec.stop = {{StopKind::kTargetReached, 0, 1, "g", 1.4, 0}};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("target reached: g"));
  const CampaignView view = bench.campaign->view();
  EXPECT_LE(view.measurement(view.scored().back()).observables.at(1).value, 1.4);
}

// Whose best value is that of the first measurement.
void make_first_the_best(Bench& bench) { bench.instrument.replace_value[1] = 50; }

StopRule stagnated(double amount, int patience) {
  return {StopKind::kStagnated, 0, patience, "", amount, 0};
}

StopRule spent(std::int64_t measurements) {
  StopRule rule;
  rule.kind = StopKind::kSpent;
  rule.budget.measurements = measurements;
  return rule;
}

StopRule combined(StopKind kind, std::vector<StopRule> rules) {
  StopRule rule;
  rule.kind = kind;
  rule.rules = std::move(rules);
  return rule;
}

std::size_t measured_under(const StopRule& rule, std::string& reason) {
  Bench bench;
  make_first_the_best(bench);
  CampaignSpec spec = unlimited();
  spec.stop = {rule};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  reason = bench.campaign->status().reason;
  EXPECT_EQ(records<CampaignFinished>(bench.journal).at(0).reason, reason);
  return records<Scored>(bench.journal).size();
}

TEST(StopRules, StagnatedCountsFromTheInitialDesign) {
  std::string reason;
  EXPECT_EQ(measured_under(stagnated(0.1, 4), reason), 9u);
  EXPECT_EQ(reason,
            "stagnated: the best f improved by 0 in the last 4 measurements, not by more than 0.1");
}

TEST(StopRules, StagnatedGoesOnWhileThereIsANewBest) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.budget.measurements = 20;
  spec.stop = {stagnated(0.5, 4)};
  for (int i = 1; i <= 20; ++i) {
    bench.instrument.replace_value[i] = i;
  }
  bench.run(spec);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 20u);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("budget"));
}

TEST(StopRules, AllNeedsEveryOneAndSaysWhatEachFound) {
  std::string reason;
  const StopRule rule = combined(StopKind::kAll, {stagnated(0.1, 4), spent(14)});
  EXPECT_EQ(measured_under(rule, reason), 14u);
  EXPECT_THAT(reason, StartsWith("all of (stagnated: the best f improved by 0"));
  EXPECT_THAT(reason, HasSubstr("; spent: 14 of 14 measurements)"));
}

TEST(StopRules, AnyNeedsOneAndNests) {
  std::string reason;
  const StopRule slow = combined(StopKind::kAll, {stagnated(0.1, 4), spent(14)});
  EXPECT_EQ(measured_under(combined(StopKind::kAny, {slow, spent(11)}), reason), 11u);
  EXPECT_EQ(reason, "spent: 11 of 11 measurements");
}

TEST(StopRules, SpentCountsBeamTime) {
  StopRule rule = spent(0);
  rule.budget.hours = 20.0 / 3600;
  std::string reason;
  EXPECT_EQ(measured_under(rule, reason), 7u) << "three seconds each";
  EXPECT_THAT(reason, StartsWith("spent: 0.0058"));
}

TEST(StopRules, GainRateBelowMeasuresWhatIsProposedAndEnds) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.stop = {{StopKind::kGainRateBelow, 0, 3, "", 1e6, 0}};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 8u) << "three after the initial design";
  double most = 0;
  for (const Proposed& proposed : records<Proposed>(bench.journal)) {
    EXPECT_EQ(proposed.gain.has_value(), proposed.id > 5);
    if (proposed.gain) {
      EXPECT_DOUBLE_EQ(proposed.seconds, 1) << "no speeds, an exposure of a second";
      most = std::max(most, *proposed.gain / proposed.seconds);
    }
  }
  std::ostringstream expected;
  expected << "each of the last 3 proposals promised " << most << " a second or less";
  EXPECT_THAT(bench.campaign->status().reason, HasSubstr(expected.str()));
}

TEST(StopRules, GainRateBelowGoesOnWhileMoreIsPromised) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.budget.measurements = 12;
  spec.stop = {{StopKind::kGainRateBelow, 0, 1, "", 1e-12, 0}};
  bench.run(spec);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("budget"));
}

TEST(StopRules, UncertaintyBelowEndsAMap) {
  Bench bench;
  CampaignSpec spec = unlimited();
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  spec.stop = {{StopKind::kUncertaintyBelow, 0, 1, "f", 0.25, 0}};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_THAT(bench.campaign->status().reason, HasSubstr("uncertainty below"));
  EXPECT_LT(mean_uncertainty(bench.campaign->models(), "f"), 0.25);
  EXPECT_LT(records<Scored>(bench.journal).size(), 60u);
}

TEST(BestSoFar, IsTheBestThatSatisfiesTheConstraints) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.observables.push_back({{"g", "value:g", ""}, Transform::kNone});
  spec.objective.subject_to = {{"g", std::nullopt, 1.8}};  // f <= 0.8 where g is there at all
  bench.run(spec);
  const CampaignView view = bench.campaign->view();
  const auto best = best_so_far(view);
  ASSERT_TRUE(best.has_value());
  EXPECT_LE(best->value, 0.8);
  EXPECT_GE(best->value, 0);
  double running = -1e9;
  for (std::int64_t n = 1; n <= 12; ++n) {
    if (const auto then = best_so_far(view, n)) {
      EXPECT_GE(then->value, running) << "never gets worse";
      running = then->value;
    }
  }
  EXPECT_EQ(running, best->value);
  EXPECT_FALSE(best_so_far(view, 0).has_value());
}

TEST(BestSoFar, DoesNotExistForAMap) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  bench.run(spec);
  EXPECT_FALSE(best_so_far(bench.campaign->view()).has_value());
  EXPECT_EQ(optimising_term(spec.objective), nullptr);
}

}  // namespace
}  // namespace foray::campaign::testing::progress_test
