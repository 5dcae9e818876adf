#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "fakes.h"

namespace foray::campaign::testing::faults_test {
namespace {

using ::testing::HasSubstr;

class EveryFault : public ::testing::TestWithParam<FaultKind> {};

TEST_P(EveryFault, IsRecordedAsWhatItIsAndTheLoopGoesOn) {
  Bench bench;
  bench.instrument.faults[3] = GetParam();
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  const auto failed = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].id, 3);
  EXPECT_EQ(failed[0].fault, GetParam());
  EXPECT_EQ(failed[0].message, "fake fault");
  const CampaignView view = bench.campaign->view();
  EXPECT_EQ(view.measurement(3).state, MeasurementState::kFailed);
  EXPECT_TRUE(view.measurement(3).observables.empty()) << "never a number";
  EXPECT_EQ(view.scored().size(), 12u);
  EXPECT_EQ(view.data(0, search_space(view)).points.y.size(), 12);
  const bool retried = GetParam() == FaultKind::kTimeout ||
                       GetParam() == FaultKind::kDisconnected ||
                       GetParam() == FaultKind::kBeamLoss || GetParam() == FaultKind::kMalformed;
  EXPECT_EQ(view.measurement(4).source,
            retried ? ProposalSource::kRetry : ProposalSource::kInitial);
  if (retried) {
    EXPECT_EQ(view.measurement(4).requested, view.measurement(3).requested);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryFault,
                         ::testing::Values(FaultKind::kTimeout, FaultKind::kDisconnected,
                                           FaultKind::kRefused, FaultKind::kBeamLoss,
                                           FaultKind::kSaturated, FaultKind::kNotFinite,
                                           FaultKind::kMalformed, FaultKind::kAborted),
                         [](const auto& tested) { return fault_name(tested.param); });

TEST(CampaignFaults, TenInARowPauseItAndItGoesOnWhenAsked) {
  Bench bench;
  bench.instrument.fault_all_from = 6;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bool paused = false;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* record = std::get_if<CampaignPaused>(&entry.record)) {
      paused = true;
      EXPECT_THAT(record->reason, HasSubstr("10 measurements in a row failed"));
      EXPECT_THAT(record->reason, HasSubstr("fake fault"));
      EXPECT_EQ(campaign.status().failed, 10);
      bench.instrument.fault_all_from = 1000000;
      campaign.unpause("tester");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_TRUE(paused);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(CampaignFaults, NineInARowDoNotPauseIt) {
  Bench bench;
  for (MeasurementId id = 6; id < 15; ++id) {
    bench.instrument.faults[id] = FaultKind::kDisconnected;
  }
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  EXPECT_TRUE(records<CampaignPaused>(bench.journal).empty());
}

// Others that answer all the while keep nothing waiting for ever.
TEST(CampaignFaults, WhatHangsTimesOutBesideWhatAnswers) {
  Bench bench;
  bench.instrument.silent = {3};
  CampaignSpec spec = small_spec();
  spec.in_flight = 2;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<Scored>(entry.record)) bench.clock.advance(25);
  };
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  std::size_t scored = 0;
  for (const JournalEntry& entry : bench.journal.read(1)) {
    scored += std::holds_alternative<Scored>(entry.record) ? 1 : 0;
    if (std::holds_alternative<MeasureFailed>(entry.record)) break;
  }
  EXPECT_LE(scored, 6u) << "two before it, and what takes 60 s";
  EXPECT_EQ(records<MeasureFailed>(bench.journal).at(0).fault, FaultKind::kTimeout);
}

TEST(CampaignFaults, NumbersThatAreNotFiniteAreAFault) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Bench bench;
    bench.instrument.replace_value[4] = bad;
    EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
    const auto failed = records<MeasureFailed>(bench.journal);
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0].fault, FaultKind::kNotFinite);
    EXPECT_THAT(failed[0].message, HasSubstr("\"f\""));
  }
}

TEST(CampaignFaults, AScoreThatIsNotFiniteHasFailedAndIsNoData) {
  Bench bench;
  bench.instrument.replace_value[4] = 0.25;
  bench.scorer.not_finite_values = {0.25};
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  const CampaignView view = bench.campaign->view();
  const auto& observable = view.measurement(4).observables.at(0);
  EXPECT_EQ(observable.status, scattering::ObservableStatus::kFailed);
  EXPECT_THAT(observable.note, HasSubstr("finite"));
  EXPECT_EQ(view.data(0, search_space(view)).points.y.size(), 11);
}

TEST(CampaignFaults, AScorerThatRefusesIsAFaultOfThatMeasurement) {
  Bench bench;
  CampaignSpec spec = small_spec();
  bench.scorer.refuses = true;
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<MeasureFailed>(entry.record)) {
      bench.scorer.refuses = false;
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto failed = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].fault, FaultKind::kMalformed);
  EXPECT_THAT(failed[0].message, HasSubstr("fake scorer"));
  EXPECT_EQ(campaign.view().measurement(1).values->at(0).name, "f") << "what was measured is kept";
}

TEST(CampaignFaults, ASilentInstrumentTimesOutAndIsTriedAgain) {
  Bench bench;
  bench.instrument.silent = {2};
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  const auto failed = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].fault, FaultKind::kTimeout);
  EXPECT_THAT(failed[0].message, HasSubstr("60"));
  const CampaignView view = bench.campaign->view();
  EXPECT_EQ(view.measurement(3).source, ProposalSource::kRetry);
  EXPECT_GE(view.beam_s(), 12 * 3 + 60) << "waiting costs beam time";
}

TEST(CampaignFaults, ALateResultIsRecordedAndUsed) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.patience.retries = 0;
  bench.instrument.silent = {2};
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<MeasureFailed>(entry.record)) {
      bench.instrument.release(2);
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto late = records<LateResult>(bench.journal);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_TRUE(late[0].used);
  const CampaignView view = campaign.view();
  EXPECT_TRUE(view.measurement(2).late);
  EXPECT_EQ(view.measurement(2).state, MeasurementState::kScored);
  EXPECT_EQ(view.failures(), 0);
  EXPECT_EQ(view.data(0, search_space(view)).points.y.size(), 12);
  EXPECT_DOUBLE_EQ(view.beam_s(), 12 * 3.0) << "its own cost replaces the time waited";
}

TEST(CampaignFaults, ASecondResultOfTheSameMeasurementIsRecordedAndNotUsed) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* scored = std::get_if<Scored>(&entry.record)) {
      MeasureRequest again = bench.instrument.submitted.front();
      again.id = scored->id;
      bench.instrument.submit(again);
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto late = records<LateResult>(bench.journal);
  ASSERT_FALSE(late.empty());
  for (const LateResult& result : late) {
    EXPECT_FALSE(result.used);
    EXPECT_EQ(result.message, "a result of this measurement is already on record");
  }
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(CampaignFaults, AResultThatNobodyAskedForIsIgnoredWithANote) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bool sent = false;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<Scored>(entry.record) && !sent) {
      sent = true;
      MeasureRequest stray = bench.instrument.submitted.front();
      stray.id = 77;
      bench.instrument.submit(stray);
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_THAT(campaign.status().reason, HasSubstr("measurement 77"));
}

TEST(CampaignFaults, AnInstrumentThatCannotBeToldIsDisconnected) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.patience.consecutive_faults = 3;
  bench.instrument.throw_on_submit = true;
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) {
      bench.instrument.throw_on_submit = false;
      campaign.unpause("tester");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto failed = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failed.size(), 3u);
  EXPECT_EQ(failed[0].fault, FaultKind::kDisconnected);
  EXPECT_THAT(failed[0].message, HasSubstr("the line is dead"));
}

TEST(CampaignFaults, ProposalsAvoidWhereItWasRefused) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 20;
  spec.patience.avoid_distance = 0.2;
  // The function grows towards a corner that the instrument refuses.
  bench.instrument.function = [](const Eigen::VectorXd& x) { return x(0) + x(1); };
  bench.instrument.noise_sd = 1e-3;
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* request = std::get_if<MeasureRequested>(&entry.record)) {
      if (request->position(0) > 3.6 && request->position(1) > 1.7) {
        bench.instrument.faults[request->id] = FaultKind::kRefused;
      }
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto refused = records<MeasureFailed>(bench.journal);
  EXPECT_LE(refused.size(), 3u) << "two parameters, one corner: no need to try it more often";
  for (std::size_t i = 1; i < refused.size(); ++i) {
    const CampaignView view = campaign.view();
    const Eigen::VectorXd a = view.measurement(refused[i - 1].id).requested;
    const Eigen::VectorXd b = view.measurement(refused[i].id).requested;
    EXPECT_GT(point((a(0) - b(0)) / 4, (a(1) - b(1)) / 3).norm(), 0.2);
  }
}

TEST(CampaignFaults, AMeasurementThatCannotBeSavedIsKeptAndThePauseSaysWhy) {
  Bench bench;
  bench.instrument.as_curve = true;
  bench.store.full = true;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* paused = std::get_if<CampaignPaused>(&entry.record)) {
      EXPECT_THAT(paused->reason, HasSubstr("no space left on device"));
      EXPECT_THAT(paused->reason, HasSubstr("measurement 1"));
      bench.store.full = false;
      campaign.unpause("tester");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(records<CampaignPaused>(bench.journal).size(), 1u);
  EXPECT_EQ(bench.instrument.submitted.size(), 12u) << "nothing was measured twice";
  EXPECT_EQ(bench.store.saved.size(), 12u);
}

TEST(CampaignFaults, WhatIsHeldIsSavedWhenItsProcessIsLeft) {
  Bench bench;
  bench.instrument.as_curve = true;
  bench.store.full = true;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) {
      EXPECT_EQ(campaign.status().unsaved, 1);
      bench.store.full = false;
      campaign.leave();
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kPaused);
  EXPECT_EQ(campaign.status().unsaved, 0);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 1u);
  EXPECT_EQ(bench.store.saved.size(), 1u);
}

TEST(CampaignFaults, WhatIsHeldIsAskedOfTheInstrumentWhenItCouldNotBeSavedAtAll) {
  Bench bench;
  bench.instrument.as_curve = true;
  bench.store.full = true;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bench.leave_when([](const JournalEntry& entry) {
    return std::holds_alternative<CampaignPaused>(entry.record);
  });
  EXPECT_EQ(campaign.run(), CampaignState::kPaused);
  EXPECT_EQ(campaign.status().unsaved, 1);

  Bench again(bench.journal.read(1));
  again.instrument.as_curve = true;
  again.instrument.known[1] = bench.instrument.submitted.at(0);
  again.instrument.lost_outcome = RequestState::kDone;
  again.resume().unpause("tester");
  EXPECT_EQ(again.campaign->run(), CampaignState::kFinished);
  EXPECT_EQ(again.instrument.asked_outcomes, std::vector<MeasurementId>{1});
  EXPECT_EQ(again.instrument.submitted.size(), 11u) << "it was not measured again";
}

TEST(CampaignFaults, AMeasurementThatNoFileCanHoldIsMalformedAndTheLoopGoesOn) {
  Bench bench;
  bench.instrument.as_curve = true;
  bench.store.malformed = {3};
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  const auto failed = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].id, 3);
  EXPECT_EQ(failed[0].fault, FaultKind::kMalformed);
  EXPECT_THAT(failed[0].message, HasSubstr("expected at least one point, got none"));
  EXPECT_TRUE(records<CampaignPaused>(bench.journal).empty());
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(CampaignFaults, AJournalThatCannotBeWrittenEndsTheRunAndNothingIsLost) {
  Bench bench;
  CampaignSpec spec = small_spec();
  bench.journal.full_after = 20;
  EXPECT_EQ(bench.run(spec), CampaignState::kFailed);
  EXPECT_THAT(bench.campaign->status().reason, HasSubstr("disk is full"));
  EXPECT_EQ(bench.campaign->status().state, CampaignState::kFailed);
  EXPECT_EQ(bench.journal.read(1).size(), 20u);
  auto refused = bench.campaign->pause("", "tester");
  EXPECT_THROW(refused.get(), CommandRefused);

  Bench again(bench.journal.read(1));
  for (const MeasureRequest& request : bench.instrument.submitted) {
    again.instrument.known[request.id] = request;
  }
  again.instrument.lost_outcome = RequestState::kDone;
  EXPECT_EQ(again.resume().run(), CampaignState::kFinished);
  Bench undisturbed;
  undisturbed.run(spec);
  EXPECT_EQ(proposal_bits(again.journal), proposal_bits(undisturbed.journal));
}

TEST(CampaignFaults, AFitterThatFailsLeavesTheCampaignWithoutModelsButRunning) {
  class FailingFitter final : public surrogate::ModelFitter {
   public:
    [[nodiscard]] surrogate::FitOutcome fit(const surrogate::Observations&,
                                            const std::optional<Eigen::VectorXd>&,
                                            const surrogate::FitBudget&, Rng&) const override {
      throw std::runtime_error("singular");
    }
    [[nodiscard]] std::unique_ptr<surrogate::Model> rebuild(
        const surrogate::Observations&, const Eigen::Ref<const Eigen::VectorXd>&) const override {
      throw std::runtime_error("singular");
    }
  };
  Bench bench;
  const FailingFitter fitter;
  Campaign campaign(
      small_spec(), "",
      {bench.instrument, bench.scorer, bench.journal, bench.clock, bench.sink, bench.store, fitter},
      "tester");
  campaign.start("tester");
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
  EXPECT_THAT(records<Proposed>(bench.journal).back().acquisition, HasSubstr("space_filling"));
}

}  // namespace
}  // namespace foray::campaign::testing::faults_test
