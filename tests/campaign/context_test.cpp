// Campaigns with a parameter that is measured and not chosen, and with parts that add up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::context_test {
namespace {

using ::testing::HasSubstr;

// x and y as in small_spec, and T, which the fake instrument moves on by 0.2 in each measurement.
CampaignSpec drifting_spec(int in_flight) {
  CampaignSpec spec = small_spec();
  optimizer::Parameter t;
  t.name = "T";
  t.lower = 0;
  t.upper = 2;
  t.role = optimizer::ParameterRole::kContext;
  spec.parameters.push_back(t);
  spec.in_flight = in_flight;
  return spec;
}

const Eigen::Vector3d kDrift(0, 0, 0.2);

std::vector<JournalEntry> first_of(const std::vector<JournalEntry>& entries, std::size_t count) {
  return {entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST(Context, ProposalsAreMadeForWhatWasMeasuredLast) {
  Bench bench;
  bench.instrument.read_back_offset = kDrift;
  ASSERT_EQ(bench.run(drifting_spec(1)), CampaignState::kFinished);
  double last = 1;  // The middle of the range, before anything is known.
  const auto proposed = records<Proposed>(bench.journal);
  const auto done = records<MeasureDone>(bench.journal);
  ASSERT_EQ(done.size(), 12U);
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_NEAR(proposed[i].position(2), last, 1e-12);
    last = done[i].read_back(2);
  }
  EXPECT_NEAR(last, 1 + 12 * 0.2, 1e-12);  // Far beyond its range.
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_EQ(request.measured, std::vector<std::string>{"T"});
  }
  const CampaignView view = bench.campaign->view();
  const ObservableData data = view.data(0, search_space(view));
  EXPECT_NEAR(data.points.x(2, 11), 1.7, 1e-12);
}

TEST(Context, AContinuedRunIsTheUndisturbedOneBitForBit) {
  for (const int in_flight : {1, 3}) {
    Bench whole;
    whole.instrument.read_back_offset = kDrift;
    ASSERT_EQ(whole.run(drifting_spec(in_flight)), CampaignState::kFinished);
    const auto entries = whole.journal.read(1);
    for (std::size_t cut = 2; cut <= entries.size(); cut += 3) {
      Bench again(first_of(entries, cut));
      again.instrument.read_back_offset = kDrift;
      again.store.saved = whole.store.saved;
      Campaign& campaign = again.resume();
      if (cut == 2) {
        ASSERT_EQ(campaign.status().state, CampaignState::kRunning);
      }
      ASSERT_EQ(campaign.run(), CampaignState::kFinished);
      EXPECT_EQ(proposal_bits(again.journal), proposal_bits(whole.journal)) << "cut at " << cut;
    }
  }
}

TEST(Context, ComesFromANamedValueOrIsAFault) {
  CampaignSpec spec = drifting_spec(1);
  spec.parameters[2].from = "f";
  Bench good;
  ASSERT_EQ(good.run(spec), CampaignState::kFinished);
  for (const MeasureDone& done : records<MeasureDone>(good.journal)) {
    EXPECT_EQ(done.read_back(2), done.values->at(0).value);
  }
  spec.parameters[2].from = "temperature";
  spec.patience.consecutive_faults = 3;
  Bench bad;
  bad.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bad.campaign->leave();
  };
  bad.run(spec);
  const auto failures = records<MeasureFailed>(bad.journal);
  ASSERT_EQ(failures.size(), 3U);
  EXPECT_EQ(failures[0].fault, FaultKind::kMalformed);
  EXPECT_THAT(failures[0].message, HasSubstr("expected \"temperature\" for \"T\", got none"));
}

// Every request takes half a minute.
void let_time_pass(Bench& bench) {
  bench.sink.react = [&bench](const JournalEntry& entry) {
    if (std::holds_alternative<MeasureRequested>(entry.record)) bench.clock.advance(30);
  };
}

TEST(Context, MayBeTheTimeSinceTheCampaignWasCreated) {
  CampaignSpec spec = drifting_spec(1);
  spec.parameters[2].elapsed_unit_s = 60;
  Bench whole;
  let_time_pass(whole);
  ASSERT_EQ(whole.run(spec), CampaignState::kFinished);
  const auto done = records<MeasureDone>(whole.journal);
  ASSERT_EQ(done.size(), 12U);
  for (std::size_t i = 0; i < done.size(); ++i)
    EXPECT_NEAR(done[i].read_back(2), 0.5 * (static_cast<double>(i) + 1), 1e-6);
  const auto proposed = records<Proposed>(whole.journal);
  EXPECT_NEAR(proposed[11].position(2), done[10].read_back(2), 1e-12);
  // A campaign that goes on at the time of its last entry goes on as if nothing had happened.
  const auto entries = whole.journal.read(1);
  for (std::size_t cut = 2; cut < entries.size(); ++cut) {
    if (!std::holds_alternative<Scored>(entries[cut - 1].record)) continue;
    Bench again(first_of(entries, cut));
    again.clock.advance(entries[cut - 1].time_s - again.clock.now());
    let_time_pass(again);
    again.store.saved = whole.store.saved;
    ASSERT_EQ(again.resume().run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.journal), proposal_bits(whole.journal)) << "cut at " << cut;
  }
}

TEST(Context, TheTimeDoesNotStandInForAReadBack) {
  CampaignSpec spec = drifting_spec(1);
  optimizer::Parameter age = spec.parameters[2];
  age.name = "age";
  age.elapsed_unit_s = 60;
  spec.parameters.insert(spec.parameters.begin() + 2, age);
  spec.patience.consecutive_faults = 3;
  Bench bench;
  bench.instrument.reads_back = false;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bench.campaign->leave();
  };
  bench.run(spec);
  const auto failures = records<MeasureFailed>(bench.journal);
  ASSERT_EQ(failures.size(), 3U);
  EXPECT_THAT(failures[0].message, HasSubstr("expected one with \"T\", got none"));
}

TEST(Context, IsTheTimeOfArrivalOfWhatCouldNotBeSavedAtFirst) {
  CampaignSpec spec = drifting_spec(1);
  spec.parameters[2].elapsed_unit_s = 60;
  Bench bench;
  bench.instrument.as_curve = true;
  bench.store.full = true;
  let_time_pass(bench);
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  const auto pass = bench.sink.react;
  bench.sink.react = [&](const JournalEntry& entry) {
    pass(entry);
    if (!std::holds_alternative<CampaignPaused>(entry.record)) return;
    bench.clock.advance(60);
    bench.store.full = false;
    campaign.unpause("tester");
  };
  ASSERT_EQ(campaign.run(), CampaignState::kFinished);
  ASSERT_EQ(records<CampaignPaused>(bench.journal).size(), 1U);
  EXPECT_NEAR(records<MeasureDone>(bench.journal).at(0).read_back(2), 0.5, 1e-6);
}

TEST(Context, HasNoLimits) {
  CampaignSpec spec = drifting_spec(1);
  spec.limits = {{"T", -1, 5}};
  try {
    validate(spec);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("limits.T: expected a parameter that is set"));
  }
}

CampaignSpec ink_spec() {
  CampaignSpec spec = small_spec();
  spec.parameters.clear();
  for (const char* name : {"water", "resin", "salt"}) {
    optimizer::Parameter part;
    part.name = name;
    part.upper = 100;
    part.total = 100;
    part.step = 2.5;
    part.simplex = "ink";
    spec.parameters.push_back(part);
  }
  return spec;
}

TEST(Simplex, EveryRequestAddsUpAndOperatorsPointsMust) {
  Bench bench;
  Campaign& campaign = bench.create(ink_spec());
  campaign.start("alice");
  auto wrong = campaign.queue_point(Eigen::Vector3d(50, 25, 24), "bob");
  auto right = campaign.queue_point(Eigen::Vector3d(50, 25.5, 24.5), "bob");
  auto impossible = campaign.set_range("water", 0, 1, "bob");
  auto narrow = campaign.set_range("water", 40, 60, "bob");
  ASSERT_EQ(campaign.run(), CampaignState::kFinished);
  try {
    wrong.get();
    ADD_FAILURE();
  } catch (const CommandRefused& error) {
    EXPECT_THAT(error.what(), HasSubstr("expected water + resin + salt = 100, got 99"));
  }
  EXPECT_GT(right.get(), 0);
  EXPECT_THROW(impossible.get(), CommandRefused);
  EXPECT_GT(narrow.get(), 0);
  ASSERT_GE(bench.instrument.submitted.size(), 12U);
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_NEAR(request.position.sum(), 100, 1e-12);
    EXPECT_GE(request.position.minCoeff(), 0);
    EXPECT_GE(request.position(0), 40);
    EXPECT_LE(request.position(0), 60);
  }
}

}  // namespace
}  // namespace foray::campaign::testing::context_test
