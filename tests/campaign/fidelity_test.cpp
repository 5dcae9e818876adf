// Campaigns that choose between a fast and a slow way of measuring the same thing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fakes.h"
#include "foray/campaign/progress.h"

namespace foray::campaign::testing::fidelity_test {
namespace {

using ::testing::HasSubstr;

// Largest, 1, at (2.6, 0.4).
double slow(const Eigen::VectorXd& x) {
  return std::exp(-std::pow(x(0) - 2.6, 2) - 3 * std::pow(x(1) - 0.4, 2));
}

// The fast way is off by something smooth, and by more where it is best.
double measured(const Eigen::VectorXd& x) {
  return x(2) > 0 ? slow(x) : 1.3 * slow(x) + 0.3 * std::sin(x(0));
}

CampaignSpec two_ways() {
  CampaignSpec spec = small_spec();
  optimizer::Parameter way;
  way.name = "way";
  way.role = optimizer::ParameterRole::kFidelity;
  way.categories = {"fast", "slow"};
  way.seconds = {1, 60};
  spec.parameters.push_back(way);
  spec.budget.measurements = 40;
  spec.initial_design = 8;
  return spec;
}

TEST(FidelityCampaign, LearnsFromTheFastWayAndAnswersForTheSlowOne) {
  Bench bench;
  bench.instrument.function = measured;
  bench.instrument.noise_sd = 0.01;
  ASSERT_EQ(bench.run(two_ways()), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  ASSERT_EQ(proposed.size(), 40U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(proposed[i].position(2), i % 2 == 0 ? 0 : 1);
  const auto fast = std::count_if(proposed.begin() + 8, proposed.end(),
                                  [](const Proposed& one) { return one.position(2) == 0; });
  EXPECT_GE(fast, 8);
  EXPECT_LE(fast, 24);
  const auto best = best_so_far(bench.campaign->view());
  ASSERT_TRUE(best);
  EXPECT_EQ(best->position(2), 1);
  EXPECT_GT(slow(best->position), 0.98);
}

// Seconds of measuring until the slow way has seen 98 % of what there is; moving takes none.
double seconds_to_the_top(CampaignSpec spec, std::uint64_t seed) {
  Bench bench;
  bench.instrument.function = measured;
  bench.instrument.noise_sd = 0.01;
  spec.seed = seed;
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  double seconds = 0;
  for (const Proposed& one : records<Proposed>(bench.journal)) {
    seconds += one.position(2) > 0 ? 61 : 2;
    if (one.position(2) > 0 && slow(one.position) > 0.98) return seconds;
  }
  return std::numeric_limits<double>::infinity();
}

TEST(FidelityCampaign, IsThereSoonerThanWithTheSlowWayAlone) {
  CampaignSpec both = two_ways();
  both.budget.measurements = 24;
  CampaignSpec alone = two_ways();
  alone.parameters[2] = optimizer::Parameter();
  alone.parameters[2].name = "way";
  alone.parameters[2].role = optimizer::ParameterRole::kFixed;
  alone.parameters[2].lower = alone.parameters[2].upper = 1;
  alone.initial_design = 6;
  alone.budget.measurements = 16;
  double with = 0;
  double without = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    with += seconds_to_the_top(both, seed);
    without += seconds_to_the_top(alone, seed);
  }
  EXPECT_LT(with, 0.75 * without);
}

// The fast way reads up to 1.6 where the slow one never passes 1.
TEST(FidelityCampaign, StopsAndReactsForWhatTheSlowWaySays) {
  CampaignSpec spec = two_ways();
  StopRule rule;
  rule.kind = StopKind::kTargetReached;
  rule.observable = "f";
  rule.value = 1.2;
  spec.stop = {rule};
  ReactRule react;
  react.observable = "f";
  react.at_least = 1.2;
  react.pause = true;
  spec.react = {react};
  Bench bench;
  bench.instrument.function = measured;
  bench.instrument.noise_sd = 0.01;
  ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
  double fast = 0;
  for (const Proposed& one : records<Proposed>(bench.journal))
    if (one.position(2) == 0) fast = std::max(fast, measured(one.position));
  EXPECT_GT(fast, 1.3);
  EXPECT_TRUE(records<Reacted>(bench.journal).empty());
  EXPECT_EQ(records<Proposed>(bench.journal).size(), 40U);
}

TEST(FidelityCampaign, StartsTheWayThatIsAskedFor) {
  CampaignSpec spec = two_ways();
  spec.start = {{Eigen::Vector3d(1, 0.5, 0), {}}, {Eigen::Vector3d(2, -1, 1), {}}};
  spec.budget.measurements = 3;
  Bench bench;
  bench.instrument.function = measured;
  ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  EXPECT_EQ(proposed[0].position, Eigen::Vector3d(1, 0.5, 0));
  EXPECT_EQ(proposed[1].position, Eigen::Vector3d(2, -1, 1));
}

TEST(FidelityCampaign, IsRefusedBesideWhatDoesNotGoWithIt) {
  const auto refused = [](const CampaignSpec& spec) {
    try {
      validate(spec);
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(refused(two_ways()), "accepted");
  CampaignSpec spec = two_ways();
  spec.acquisition.trust_region = optimizer::TrustRegion{};
  EXPECT_THAT(refused(spec), HasSubstr("trust_region: expected none beside a parameter with"));
  spec = two_ways();
  optimizer::Parameter exposure;
  exposure.name = "exposure";
  exposure.lower = 0.1;
  exposure.role = optimizer::ParameterRole::kExposure;
  spec.parameters.push_back(exposure);
  EXPECT_EQ(refused(spec), "accepted");
  spec.acquisition.decide_exposure = true;
  EXPECT_THAT(refused(spec), HasSubstr("decide_exposure: expected false beside a parameter with"));
  spec = two_ways();
  spec.candidates = {{Eigen::Vector3d(1, 0.5, 1), {}}, {Eigen::Vector3d(2, 0, 0), {}}};
  EXPECT_THAT(refused(spec), HasSubstr("candidates[1]: expected no way of measuring"));
}

}  // namespace
}  // namespace foray::campaign::testing::fidelity_test
