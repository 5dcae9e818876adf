#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::replay_test {
namespace {

using ::testing::HasSubstr;

// What a person does in every run: queues a point after the fourth result, narrows a range after
// the sixth and changes the objective after the eighth. Depends on the journal alone, so a resumed
// run does it too.
void act(Campaign& campaign, const Journal& journal) {
  const std::size_t scored = records<Scored>(journal).size();
  if (scored == 4 && records<PointQueued>(journal).empty()) {
    campaign.queue_point(point(2.5, 0.25), "operator");
  }
  if (scored == 6 && records<RangeSet>(journal).empty()) {
    campaign.set_range("x", 1.5, 3.5, "operator");
  }
  if (scored == 8 && records<ObjectiveSet>(journal).empty()) {
    campaign.set_objective(single(optimizer::ObjectiveKind::kExplore, "f"), "operator");
  }
}

void script(Bench& bench) {
  bench.sink.react = [&bench](const JournalEntry& entry) {
    if (std::holds_alternative<Scored>(entry.record)) {
      act(*bench.campaign, bench.journal);
    }
  };
}

CampaignSpec replay_spec(int in_flight, bool joint = false) {
  CampaignSpec spec = small_spec();
  spec.in_flight = in_flight;
  spec.joint_batch = joint;
  spec.surrogate.retrain_growth = 0.2;  // so that some models are rebuilt and not trained
  return spec;
}

std::string training_bits(const Journal& journal) {
  std::string text;
  for (const Trained& trained : records<Trained>(journal)) {
    for (const TrainedModel& model : trained.models) {
      text += std::to_string(model.points) + " " + std::to_string(model.evaluations);
      for (Eigen::Index i = 0; i < model.hyperparameters.size(); ++i) {
        char buffer[40];
        std::snprintf(buffer, sizeof buffer, " %a", model.hyperparameters(i));
        text += buffer;
      }
      text += "\n";
    }
  }
  return text;
}

struct ReplayCase {
  int in_flight;
  RequestState lost;
  bool curves;
  bool joint = false;
};

class CutEverywhere : public ::testing::TestWithParam<ReplayCase> {};

// Ends the process in thought after every single entry; what was in flight is lost, done or
// unknown to the instrument.
TEST_P(CutEverywhere, TheContinuedRunIsTheUndisturbedOneBitForBit) {
  const CampaignSpec spec = replay_spec(GetParam().in_flight, GetParam().joint);
  Bench whole;
  whole.instrument.as_curve = GetParam().curves;
  whole.create(spec).start("tester");
  script(whole);
  ASSERT_EQ(whole.campaign->run(), CampaignState::kFinished);
  const auto entries = whole.journal.read(1);
  ASSERT_GE(entries.size(), 60u);
  for (const Proposed& proposed : records<Proposed>(whole.journal)) {
    if (proposed.id > 9) {  // At most two were on their way when the range was set.
      EXPECT_TRUE(proposed.position(0) >= 1.5 && proposed.position(0) <= 3.5);
    }
  }
  std::map<MeasurementId, MeasureRequest> requests;
  for (const MeasureRequest& request : whole.instrument.submitted) {
    requests[request.id] = request;
  }
  for (std::size_t cut = 2; cut <= entries.size(); ++cut) {
    Bench again(std::vector<JournalEntry>(entries.begin(),
                                          entries.begin() + static_cast<std::ptrdiff_t>(cut)));
    again.instrument.as_curve = GetParam().curves;
    again.instrument.known = requests;
    again.instrument.lost_outcome = GetParam().lost;
    again.store.saved = whole.store.saved;
    Campaign& campaign = again.resume();
    script(again);
    act(campaign, again.journal);
    ASSERT_EQ(campaign.run(), CampaignState::kFinished);
    ASSERT_EQ(proposal_bits(again.journal), proposal_bits(whole.journal)) << "cut at " << cut;
    ASSERT_EQ(training_bits(again.journal), training_bits(whole.journal)) << "cut at " << cut;
    std::set<MeasurementId> recorded;
    for (std::size_t i = 0; i < cut; ++i) {
      if (const auto* done = std::get_if<MeasureDone>(&entries[i].record)) {
        recorded.insert(done->id);
      }
    }
    for (const MeasureRequest& request : again.instrument.submitted) {
      ASSERT_EQ(recorded.count(request.id), 0u) << "measured again: " << request.id;
    }
    const auto duplicates = records<PossibleDuplicate>(again.journal).size();
    const bool unknown = GetParam().lost == RequestState::kUnknown;
    ASSERT_EQ(duplicates, unknown ? again.instrument.asked_outcomes.size() : 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Lives, CutEverywhere,
                         ::testing::Values(ReplayCase{1, RequestState::kNotStarted, false},
                                           ReplayCase{2, RequestState::kDone, true},
                                           ReplayCase{2, RequestState::kUnknown, false},
                                           ReplayCase{3, RequestState::kDone, false, true}),
                         [](const auto& tested) {
                           return (tested.param.joint ? "Together" : "InFlight") +
                                  std::to_string(tested.param.in_flight) +
                                  (tested.param.lost == RequestState::kDone      ? "Done"
                                   : tested.param.lost == RequestState::kUnknown ? "Unknown"
                                                                                 : "Lost");
                         });

TEST(CampaignReplay, AFinishedCampaignStaysFinishedAndUnchanged) {
  Bench bench;
  bench.run(small_spec());
  const auto entries = bench.journal.read(1);
  Bench again(entries);
  EXPECT_EQ(again.resume().run(), CampaignState::kFinished);
  EXPECT_EQ(again.journal.read(1).size(), entries.size());
  EXPECT_TRUE(again.instrument.submitted.empty());
  EXPECT_TRUE(again.campaign->models().find("f") != nullptr) << "its maps can still be asked for";
}

TEST(CampaignReplay, APausedCampaignStaysPausedUntilItIsResumed) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (const auto* request = std::get_if<MeasureRequested>(&entry.record)) {
      if (request->id == 6) {
        campaign.pause("night", "tester");
        campaign.leave();
      }
    }
  };
  bench.instrument.silent = {6};
  campaign.run();
  std::vector<JournalEntry> entries = bench.journal.read(1);
  if (!std::holds_alternative<CampaignPaused>(entries.back().record)) {
    entries.push_back(
        {static_cast<std::int64_t>(entries.size()) + 1, 0, CampaignPaused{"night"}, "tester"});
  }
  Bench again(entries);
  Campaign& resumed = again.resume();
  EXPECT_EQ(resumed.status().state, CampaignState::kPaused);
  again.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignResumed>(entry.record)) {
      EXPECT_TRUE(again.instrument.submitted.empty()) << "nothing moves while it is paused";
    }
  };
  resumed.unpause("tester");
  EXPECT_EQ(resumed.run(), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(again.journal).size(), 12u);
}

TEST(CampaignReplay, ModelsOfAnyMomentAreThoseThatTheCampaignHad) {
  Bench bench;
  Campaign& campaign = bench.create(replay_spec(1));
  campaign.start("tester");
  Eigen::MatrixXd points(2, 3);
  points << 0.5, 2, 3.5, -0.5, 0.5, 1.5;
  std::map<std::int64_t, Eigen::VectorXd> seen;
  bench.sink.react = [&](const JournalEntry& entry) {
    // When a proposal is made the models are up to date with all results so far.
    if (std::holds_alternative<Proposed>(entry.record) && campaign.models().find("f") != nullptr) {
      seen[campaign.status().measured] = campaign.predict("f", points).mean;
    }
  };
  campaign.run();
  ASSERT_GT(seen.size(), 5u);
  const CampaignView view(bench.journal.read(1));
  for (const auto& [count, mean] : seen) {
    const Models models = Models::at(view, bench.fitter, count);
    EXPECT_EQ(models.predict("f", points).mean, mean) << "after " << count << " results";
  }
  EXPECT_EQ(Models::at(view, bench.fitter, 0).find("f"), nullptr);
}

TEST(CampaignView, RefusesEntriesThatContradictEachOther) {
  Bench bench;
  bench.run(small_spec());
  const auto entries = bench.journal.read(1);
  const auto error = [](std::vector<JournalEntry> wrong) -> std::string {
    try {
      CampaignView view(wrong);
    } catch (const JournalError& thrown) {
      return thrown.what();
    }
    return "no error";
  };
  auto gap = entries;
  gap.erase(gap.begin() + 3);
  EXPECT_THAT(error(gap), HasSubstr("expected entry 4, found entry 5"));
  std::vector<JournalEntry> headless(entries.begin() + 1, entries.end());
  headless[0].sequence = 1;
  EXPECT_THAT(error(headless), HasSubstr("expected campaign.created"));
  auto stranger = entries;
  std::get<MeasureRequested>(stranger[3].record).id = 50;
  EXPECT_THAT(error(stranger), HasSubstr("measurement 50"));
  auto twice = entries;
  twice[3].record = CampaignCreated{small_spec(), "", ""};
  EXPECT_THAT(error(twice), HasSubstr("no second creation"));
  auto unrequested = entries;
  unrequested[3].record = std::get<MeasureDone>(entries[4].record);
  EXPECT_THAT(error(unrequested), HasSubstr("a measurement that was requested"));
}

TEST(CampaignView, AnEntryThatIsRefusedLeavesItUnchanged) {
  Bench bench;
  bench.run(small_spec());
  const auto entries = bench.journal.read(1);
  CampaignView view(std::vector<JournalEntry>(entries.begin(), entries.begin() + 4));
  JournalEntry wrong = entries[4];
  std::get<MeasureDone>(wrong.record).id = 50;
  EXPECT_THROW(view.apply(wrong), JournalError);
  EXPECT_EQ(view.sequence(), 4);
  view.apply(entries[4]);
  EXPECT_EQ(view.measurement(1).state, MeasurementState::kDone);
}

TEST(MemoryJournal, RefusesARecordThatMayOccurOnlyOnce) {
  MemoryJournal journal;
  MeasureDone done;
  done.id = 3;
  EXPECT_EQ(journal.append(done, "tester", 1).sequence, 1);
  EXPECT_THROW(journal.append(done, "tester", 2), JournalError);
  EXPECT_EQ(journal.read(1).size(), 1u);
  EXPECT_EQ(journal.append(CampaignPaused{"a"}, "tester", 2).sequence, 2);
  EXPECT_EQ(journal.append(CampaignPaused{"a"}, "tester", 3).sequence, 3);
  EXPECT_EQ(journal.read(3).size(), 1u);
}

TEST(MemoryJournal, RefusesAGap) {
  MemoryJournal journal;
  journal.append(CampaignPaused{"a"}, "tester", 1);
  auto entries = journal.read(1);
  entries[0].sequence = 2;
  EXPECT_THROW(MemoryJournal{entries}, JournalError);
}

}  // namespace
}  // namespace foray::campaign::testing::replay_test
