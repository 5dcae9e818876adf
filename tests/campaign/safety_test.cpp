// Campaigns that begin where people say, stay where it is safe, and choose how long to count.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fakes.h"

namespace foray::campaign::testing::safety_test {
namespace {

using ::testing::HasSubstr;

// f is to be large and must not pass 1.2: known to be so at three places.
CampaignSpec safe_spec(double probability) {
  CampaignSpec spec = small_spec();
  spec.objective.subject_to = {{"f", std::nullopt, 1.2, probability}};
  spec.start = {{point(0.2, 0), {}}, {point(0.3, -0.4), {}}, {point(0.1, -0.2), {}}};
  return spec;
}

double linear(const Eigen::VectorXd& x) { return 0.5 * x(0) + 0.2 * x(1); }

TEST(Start, IsMeasuredFirstAndTheDesignFollows) {
  CampaignSpec spec = small_spec();
  spec.start = {{point(0.25, 1.5), {}}, {point(4, -1), {}}};
  Bench bench;
  ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  EXPECT_EQ(proposed[0].position, point(0.25, 1.5));
  EXPECT_EQ(proposed[1].position, point(4, -1));
  EXPECT_EQ(proposed[1].acquisition, "start");
  EXPECT_EQ(proposed[2].acquisition, "initial_design");
  EXPECT_EQ(proposed[4].acquisition, "initial_design");
  EXPECT_NE(proposed[5].acquisition, "initial_design");
  EXPECT_EQ(initial_design_size(spec), 5);
}

TEST(SafeCampaign, NeverMeasuresWhereItWasNotKnownToBeSafe) {
  Bench bench;
  bench.instrument.function = linear;
  ASSERT_EQ(bench.run(safe_spec(0.95)), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  ASSERT_EQ(proposed.size(), 12U);
  EXPECT_EQ(proposed[2].acquisition, "start");
  EXPECT_EQ(proposed[3].acquisition, "log_noisy_expected_improvement");
  double most = 0;
  for (const Proposed& one : proposed) most = std::max(most, linear(one.position));
  EXPECT_GT(most, 1.0);  // From 0.16, so that it does go as far as it may.
  EXPECT_LT(most, 1.25);
  Bench reckless;
  reckless.instrument.function = linear;
  CampaignSpec spec = safe_spec(0);
  ASSERT_EQ(reckless.run(spec), CampaignState::kFinished);
  most = 0;
  for (const Proposed& one : records<Proposed>(reckless.journal))
    most = std::max(most, linear(one.position));
  EXPECT_GT(most, 1.4);
}

// What is said of each proposal holds for many, and what passes the limit does not pass it far.
TEST(SafeCampaign, PassesTheLimitNoMoreOftenThanItSays) {
  int beyond = 0;
  int all = 0;
  double most = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Bench bench;
    bench.instrument.function = linear;
    CampaignSpec spec = safe_spec(0.95);
    spec.seed = seed;
    ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
    for (const Proposed& one : records<Proposed>(bench.journal)) {
      if (one.acquisition == "start") continue;
      ++all;
      beyond += linear(one.position) > 1.2 ? 1 : 0;
      most = std::max(most, linear(one.position));
    }
  }
  ASSERT_EQ(all, 108);
  EXPECT_LE(beyond, 5);  // A twentieth.
  EXPECT_LT(most, 1.25);
}

TEST(SafeCampaign, GoesOnWhereMuchIsAskedOfNoisyMeasurements) {
  Bench bench;
  bench.instrument.function = linear;
  ASSERT_EQ(bench.run(safe_spec(0.99)), CampaignState::kFinished);
  double most = 0;
  for (const Proposed& one : records<Proposed>(bench.journal))
    most = std::max(most, linear(one.position));
  EXPECT_GT(most, 0.5);
  EXPECT_LT(most, 1.2);
}

TEST(SafeCampaign, PausesWhereNothingIsSafe) {
  Bench bench;
  bench.instrument.function = [](const Eigen::VectorXd& x) { return 5 + linear(x); };
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bench.campaign->leave();
  };
  ASSERT_EQ(bench.run(safe_spec(0.95)), CampaignState::kPaused);
  EXPECT_THAT(records<CampaignPaused>(bench.journal).at(0).reason,
              HasSubstr("at no measured point the constraints"));
  EXPECT_EQ(records<Proposed>(bench.journal).size(), 3U);
}

TEST(SafeCampaign, NeedsPlacesToBeginWith) {
  const auto refused = [](const CampaignSpec& spec) {
    try {
      validate(spec);
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  CampaignSpec spec = safe_spec(0.95);
  EXPECT_EQ(refused(spec), "accepted");
  spec.start.pop_back();
  EXPECT_THAT(refused(spec), HasSubstr("campaign.start: expected 3 positions or more"));
  EXPECT_THAT(refused(safe_spec(1)), HasSubstr("expected a number above 0 and below 1"));
  spec = safe_spec(0.95);
  for (Candidate& one : spec.start) one.position(1) = 0.5;
  EXPECT_THAT(refused(spec),
              HasSubstr("safe positions that differ in every parameter, got y = 0.5 in all"));
  spec.objective.subject_to.clear();
  EXPECT_EQ(refused(spec), "accepted");
  spec = safe_spec(0.95);
  spec.start[0].position(0) = 7;
  EXPECT_THAT(refused(spec), HasSubstr("campaign.start[0]: expected a value in [0, 4]"));
  spec = small_spec();
  spec.objective.terms[0].where = {{"f", 0.0, std::nullopt, 0.9}};
  EXPECT_THAT(refused(spec), HasSubstr("where: expected a probability in subject_to only"));
}

TEST(DecidedExposure, GrowsWithWhatMovingCosts) {
  std::vector<double> medians;
  for (const double settle_s : {0.5, 50.0}) {
    CampaignSpec spec = small_spec();
    spec.parameters[0].settle_s = settle_s;
    optimizer::Parameter exposure;
    exposure.name = "exposure";
    exposure.lower = 0.01;
    exposure.upper = 1000;
    exposure.scale = optimizer::ParameterScale::kLog;
    exposure.role = optimizer::ParameterRole::kExposure;
    spec.parameters.push_back(exposure);
    spec.acquisition.decide_exposure = true;
    spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
    Bench bench;
    bench.instrument.noise_sd = 0.5;
    bench.instrument.function = [](const Eigen::VectorXd& x) { return std::sin(x(0)) + x(1); };
    ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
    std::vector<double> exposures;
    for (const MeasureRequest& request : bench.instrument.submitted) {
      EXPECT_EQ(request.exposure_s, request.position(2));
      if (request.id <= 5) {
        EXPECT_EQ(request.exposure_s, 1);
      } else {
        exposures.push_back(request.exposure_s);
      }
    }
    std::sort(exposures.begin(), exposures.end());
    medians.push_back(exposures[exposures.size() / 2]);
  }
  // As the root of the overhead, whatever is unknown at the places chosen: ten times.
  EXPECT_GT(medians[1], 3 * medians[0]);
}

}  // namespace
}  // namespace foray::campaign::testing::safety_test
