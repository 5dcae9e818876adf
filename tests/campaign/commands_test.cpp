#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fakes.h"

namespace foray::campaign::testing::commands_test {
namespace {

using ::testing::HasSubstr;

bool after_score(const JournalEntry& entry, std::size_t count, const Journal& journal) {
  return std::holds_alternative<Scored>(entry.record) && records<Scored>(journal).size() == count;
}

TEST(CampaignCommands, WaitsUntilItIsStarted) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  std::thread runner([&] { campaign.run(); });
  EXPECT_EQ(campaign.status().state, CampaignState::kCreated);
  EXPECT_EQ(campaign.start("alice").get(), 2);
  runner.join();
  EXPECT_EQ(campaign.status().state, CampaignState::kFinished);
  EXPECT_EQ(bench.journal.read(2).front().who, "alice");
}

TEST(CampaignCommands, RefusesToStartTwice) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  auto second = campaign.start("bob");
  campaign.run();
  try {
    second.get();
    FAIL() << "started twice";
  } catch (const CommandRefused& error) {
    EXPECT_THAT(error.what(), HasSubstr("running"));
  }
}

TEST(CampaignCommands, APauseHoldsProposalsAndNotResults) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  std::int64_t measured_at_pause = 0;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 6, bench.journal)) {
      campaign.pause("lunch", "alice");
    }
    if (std::holds_alternative<CampaignPaused>(entry.record)) {
      measured_at_pause = campaign.status().measured;
      EXPECT_EQ(campaign.status().reason, "lunch");
      campaign.unpause("bob");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(measured_at_pause, 6);
  const auto entries = bench.journal.read(1);
  for (const JournalEntry& entry : entries) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) {
      EXPECT_EQ(entry.who, "alice");
    }
    if (std::holds_alternative<CampaignResumed>(entry.record)) {
      EXPECT_EQ(entry.who, "bob");
    }
  }
  Bench undisturbed;
  undisturbed.run(small_spec());
  EXPECT_EQ(proposal_bits(bench.journal), proposal_bits(undisturbed.journal));
}

TEST(CampaignCommands, AnObjectiveCanBeChangedMidway) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 7, bench.journal)) {
      campaign.set_objective(single(optimizer::ObjectiveKind::kMinimise, "f"), "bob");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(records<ObjectiveSet>(bench.journal).size(), 1u);
  Bench undisturbed;
  undisturbed.run(small_spec());
  const auto changed = records<Proposed>(bench.journal);
  const auto before = records<Proposed>(undisturbed.journal);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(changed[i].position, before[i].position);
  }
  EXPECT_NE(changed[7].position, before[7].position);
  const CampaignView view = campaign.view();
  double after = 0;
  for (MeasurementId id = 9; id <= 12; ++id) {
    after += view.measurement(id).observables[0].value / 4;
  }
  EXPECT_LT(after, 0.5) << "the maximum is 2.2, the minimum about -1.4";
}

TEST(CampaignCommands, RefusesAnObjectiveOfAnUnknownObservable) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  auto refused = campaign.set_objective(single(optimizer::ObjectiveKind::kMinimise, "h"), "bob");
  campaign.run();
  try {
    refused.get();
    FAIL() << "took an unknown observable";
  } catch (const CommandRefused& error) {
    EXPECT_THAT(error.what(), HasSubstr("expected one of \"f\", got \"h\""));
  }
  EXPECT_TRUE(records<ObjectiveSet>(bench.journal).empty());
}

TEST(CampaignCommands, AnOperatorsPointIsMeasuredBeforeTheNextProposal) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 3, bench.journal)) {
      campaign.queue_point(point(3.25, 0.5), "bob");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const CampaignView view = campaign.view();
  EXPECT_EQ(view.measurement(4).source, ProposalSource::kOperator);
  EXPECT_EQ(view.measurement(4).requested, point(3.25, 0.5));
  EXPECT_EQ(view.measurement(5).source, ProposalSource::kInitial);
  EXPECT_EQ(view.scored().size(), 12u);
}

TEST(CampaignCommands, RefusesAnOperatorsPointBeyondLimitsOrConstraints) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.constraints = {"x + y <= 3"};
  spec.limits = {{"x", -1, 4.5}};
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  auto beyond = campaign.queue_point(point(4.6, 0), "bob");
  auto forbidden = campaign.queue_point(point(3, 1), "bob");
  auto short_one = campaign.queue_point(Eigen::VectorXd::Constant(1, 1.0), "bob");
  auto nan = campaign.queue_point(point(std::nan(""), 1), "bob");
  auto within = campaign.queue_point(point(-0.5, 0), "bob");
  campaign.run();
  try {
    beyond.get();
    FAIL() << "measured beyond the limits";
  } catch (const CommandRefused& error) {
    EXPECT_THAT(error.what(), HasSubstr("position.x: expected a value in [-1, 4.5] mm, got 4.6"));
  }
  EXPECT_THROW(forbidden.get(), CommandRefused);
  EXPECT_THROW(short_one.get(), CommandRefused);
  EXPECT_THROW(nan.get(), CommandRefused);
  EXPECT_GT(within.get(), 0) << "limits may be wider than the range";
  EXPECT_EQ(bench.instrument.submitted.front().position(0), -0.5);
}

TEST(CampaignCommands, ProposalsFollowANarrowedRange) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 6, bench.journal)) {
      campaign.set_range("x", 3, 3.5, "bob");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const auto proposals = records<Proposed>(bench.journal);
  for (std::size_t i = 6; i < proposals.size(); ++i) {
    EXPECT_GE(proposals[i].position(0), 3);
    EXPECT_LE(proposals[i].position(0), 3.5);
  }
  EXPECT_EQ(campaign.view().data(0, search_space(campaign.view())).points.y.size(), 12)
      << "points outside the new range still teach";
}

TEST(CampaignCommands, RefusesARangeBeyondTheLimits) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  auto wide = campaign.set_range("x", -1, 3, "bob");
  auto upside_down = campaign.set_range("x", 3, 2, "bob");
  auto unknown = campaign.set_range("z", 0, 1, "bob");
  campaign.run();
  EXPECT_THROW(wide.get(), CommandRefused);
  EXPECT_THROW(upside_down.get(), CommandRefused);
  EXPECT_THROW(unknown.get(), CommandRefused);
}

TEST(CampaignCommands, StoppingEndsItAndTellsTheInstrument) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 4, bench.journal)) {
      campaign.stop("enough", "alice");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kStopped);
  EXPECT_EQ(bench.instrument.aborts, 1);
  EXPECT_EQ(campaign.status().reason, "enough");
  EXPECT_EQ(campaign.status().measured, 4);
  EXPECT_EQ(campaign.status().in_flight, 0);
}

TEST(CampaignCommands, AnAbortGivesUpWhatIsInFlightAndPauses) {
  Bench bench;
  bench.instrument.silent = {4};
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* request = std::get_if<MeasureRequested>(&entry.record)) {
      if (request->id == 4) {
        campaign.abort("smoke", "alice");
      }
    }
    if (std::holds_alternative<CampaignPaused>(entry.record)) {
      campaign.unpause("alice");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(bench.instrument.aborts, 1);
  const auto aborted = records<Aborted>(bench.journal);
  ASSERT_EQ(aborted.size(), 1u);
  EXPECT_EQ(aborted[0].forgotten, std::vector<MeasurementId>{4});
  EXPECT_EQ(campaign.view().measurement(4).fault, FaultKind::kAborted);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(CampaignCommands, ASilentClientPausesIt) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.patience.dead_man_s = 30;
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  int pauses = 0;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (after_score(entry, 4, bench.journal)) {
      bench.clock.advance(31);
    }
    if (after_score(entry, 6, bench.journal)) {
      bench.clock.advance(29);
      campaign.heartbeat();
      bench.clock.advance(29);
    }
    if (const auto* paused = std::get_if<CampaignPaused>(&entry.record)) {
      ++pauses;
      EXPECT_THAT(paused->reason, HasSubstr("not heard of"));
      campaign.unpause("alice");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(pauses, 1);
}

TEST(CampaignCommands, PeopleCanRunTheirOwnLoopByAskingAndTelling) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.in_flight = 0;
  Campaign& campaign = bench.create(spec);
  std::thread runner([&] { campaign.run(); });
  campaign.start("alice").get();
  for (int i = 0; i < 12; ++i) {
    const AskedPoint point = campaign.ask("alice").get();
    const double value = bench.instrument.function(point.position);
    campaign
        .tell(point.id, Eigen::VectorXd(),
              {{"f", scattering::ObservableStatus::kPresent, value, 1e-4, ""}}, 3, "alice")
        .get();
  }
  runner.join();
  EXPECT_EQ(campaign.status().state, CampaignState::kFinished);
  EXPECT_TRUE(bench.instrument.submitted.empty());
  const auto best = campaign.status().best;
  ASSERT_TRUE(best.has_value());
  EXPECT_GT(best->value, 1.5);
  EXPECT_DOUBLE_EQ(campaign.view().beam_s(), 36);
}

TEST(CampaignCommands, WhatIsToldHasTheTimeSinceTheCampaignWasCreated) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.in_flight = 0;
  optimizer::Parameter age;
  age.name = "age";
  age.upper = 10;
  age.role = optimizer::ParameterRole::kContext;
  age.elapsed_unit_s = 60;
  spec.parameters.push_back(age);
  Campaign& campaign = bench.create(spec);
  std::thread runner([&] { campaign.run(); });
  campaign.start("alice").get();
  for (int i = 0; i < 12; ++i) {
    const AskedPoint point = campaign.ask("alice").get();
    bench.clock.advance(30);
    campaign
        .tell(point.id, Eigen::VectorXd(),
              {{"f", scattering::ObservableStatus::kPresent, 1.0 * i, 1e-4, ""}}, 3, "alice")
        .get();
  }
  runner.join();
  const auto told = records<Told>(bench.journal);
  ASSERT_EQ(told.size(), 12U);
  EXPECT_NEAR(told[0].position(2), 0.5, 1e-6);
  EXPECT_NEAR(told[11].position(2), 6, 1e-6);
}

TEST(CampaignCommands, AskedPointsInFlightDiffer) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.in_flight = 0;
  Campaign& campaign = bench.create(spec);
  std::thread runner([&] { campaign.run(); });
  campaign.start("alice").get();
  std::vector<AskedPoint> points;
  for (int i = 0; i < 8; ++i) {
    points.push_back(campaign.ask("alice").get());
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GT((points[i].position - points[j].position).norm(), 1e-3);
    }
  }
  EXPECT_EQ(campaign.status().in_flight, 8);
  campaign.stop("done", "alice").get();
  runner.join();
}

TEST(CampaignCommands, TakesMeasurementsThatNobodyAskedFor) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  campaign.tell(0, point(1, 1),
                {{"f", scattering::ObservableStatus::kPresent, 1.5, 1e-4, "from last year"}}, 0,
                "alice");
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  const CampaignView view = campaign.view();
  EXPECT_EQ(view.scored().front(), 1);
  EXPECT_EQ(view.measurement(1).observables[0].note, "from last year");
  EXPECT_EQ(bench.instrument.submitted.size(), 11u);
}

TEST(CampaignCommands, RefusesToBeToldNonsense) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  const std::vector<scattering::Observable> good = {
      {"f", scattering::ObservableStatus::kPresent, 1, 1, ""}};
  auto unknown_id = campaign.tell(99, point(1, 1), good, 0, "alice");
  auto wrong_size = campaign.tell(0, Eigen::VectorXd::Constant(1, 1.0), good, 0, "alice");
  auto bad_cost = campaign.tell(0, point(1, 1), good, -1, "alice");
  auto wrong_name = campaign.tell(
      0, point(1, 1), {{"h", scattering::ObservableStatus::kPresent, 1, 1, ""}}, 0, "alice");
  campaign.run();
  EXPECT_THROW(unknown_id.get(), CommandRefused);
  EXPECT_THROW(wrong_size.get(), CommandRefused);
  EXPECT_THROW(bad_cost.get(), CommandRefused);
  EXPECT_THROW(wrong_name.get(), CommandRefused);
}

TEST(CampaignCommands, AreRefusedAfterTheEnd) {
  Bench bench;
  bench.run(small_spec());
  auto late = bench.campaign->pause("too late", "alice");
  try {
    late.get();
    FAIL() << "paused a finished campaign";
  } catch (const CommandRefused& error) {
    EXPECT_THAT(error.what(), HasSubstr("finished"));
  }
}

TEST(CampaignCommands, LeavingEndsTheRunAndNotTheCampaign) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  bench.leave_when([&](const JournalEntry& entry) { return after_score(entry, 5, bench.journal); });
  EXPECT_EQ(campaign.run(), CampaignState::kRunning);
  Bench again(bench.journal.read(1));
  EXPECT_EQ(again.resume().run(), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(again.journal).size(), 12u);
}

TEST(CampaignCommands, StatusAndViewMayBeReadWhileItRuns) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  std::thread runner([&] { campaign.run(); });
  campaign.start("alice").get();
  std::int64_t last = 0;
  while (campaign.status().state != CampaignState::kFinished) {
    const CampaignView view = campaign.view();
    EXPECT_GE(view.sequence(), last);
    last = view.sequence();
    if (campaign.models().find("f") != nullptr) {
      EXPECT_TRUE(campaign.predict("f", point(1, 1)).mean.allFinite());
    }
  }
  runner.join();
}

TEST(CampaignReactions, ARuleChangesTheCampaignOnce) {
  Bench bench;
  CampaignSpec spec = small_spec();
  ReactRule rule;
  rule.observable = "f";
  rule.at_least = -100;
  rule.range_of = "x";
  rule.lower = 1;
  rule.upper = 2;
  rule.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  spec.react = {rule};
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  const auto reacted = records<Reacted>(bench.journal);
  ASSERT_EQ(reacted.size(), 1u);
  EXPECT_EQ(reacted[0].id, 1);
  const CampaignView view = bench.campaign->view();
  EXPECT_EQ(view.objective().terms[0].kind, optimizer::ObjectiveKind::kExplore);
  for (const MeasurementView& measurement : view.measurements()) {
    if (measurement.id > 1) {
      EXPECT_GE(measurement.requested(0), 1);
      EXPECT_LE(measurement.requested(0), 2);
    }
  }
}

TEST(CampaignReactions, ARuleCanPause) {
  Bench bench;
  CampaignSpec spec = small_spec();
  ReactRule rule;
  rule.observable = "f";
  rule.at_least = -100;
  rule.pause = true;
  spec.react = {rule};
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<Reacted>(entry.record)) {
      EXPECT_EQ(campaign.status().state, CampaignState::kPaused);
      EXPECT_THAT(campaign.status().reason, HasSubstr("react rule 0"));
      campaign.unpause("alice");
    }
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
}

}  // namespace
}  // namespace foray::campaign::testing::commands_test
