// Acquisition functions that somebody else computes, and such that are set while a campaign runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "fakes.h"

namespace foray::campaign::testing::remote_function_test {
namespace {

using optimizer::FunctionFailed;
using optimizer::FunctionGivenUp;
using optimizer::FunctionRequest;
using ::testing::HasSubstr;

// Answers with mean + sigma, unless told otherwise.
class FakeFunctions final : public RemoteFunctions {
 public:
  int questions = 0;
  std::function<void(const std::function<bool()>& given_up)> before =
      [](const std::function<bool()>&) {};
  Eigen::VectorXd evaluate(const FunctionRequest& request,
                           const std::function<bool()>& given_up) override {
    ++questions;
    before(given_up);
    return request.models.at(0).mean + request.models.at(0).sigma;
  }
};

struct RemoteBench : Bench {
  FakeFunctions functions;
  using Bench::Bench;
  Ports remote_ports() {
    Ports all = ports();
    all.functions = &functions;
    return all;
  }
  Campaign& create_remote(const CampaignSpec& spec) {
    campaign = std::make_unique<Campaign>(spec, "{}", remote_ports(), "tester");
    return *campaign;
  }
  Campaign& resume_remote() {
    campaign = Campaign::resume(remote_ports(), "tester");
    return *campaign;
  }
};

optimizer::AcquisitionSpec remote_acquisition() {
  optimizer::AcquisitionSpec acquisition;
  acquisition.kind = optimizer::AcquisitionKind::kRemote;
  acquisition.function = "mine";
  return acquisition;
}

CampaignSpec remote_spec(int in_flight = 1, bool joint = false) {
  CampaignSpec spec = small_spec();
  spec.acquisition = remote_acquisition();
  spec.in_flight = in_flight;
  spec.joint_batch = joint;
  return spec;
}

// After the seventh result the function is one of foray's, after the ninth it is the remote one
// again: as the journal has it, so that a resumed run does it too.
void change(RemoteBench& bench) {
  bench.sink.react = [&bench](const JournalEntry& entry) {
    if (!std::holds_alternative<Scored>(entry.record)) return;
    const auto scored = records<Scored>(bench.journal).size();
    const auto set = records<ObjectiveSet>(bench.journal).size();
    optimizer::AcquisitionSpec acquisition;
    acquisition.kind = optimizer::AcquisitionKind::kKnowledgeGradient;
    const auto objective = single(optimizer::ObjectiveKind::kMaximise, "f");
    if (scored >= 7 && set == 0) bench.campaign->set_objective(objective, "bob", acquisition);
    if (scored >= 9 && set == 1)
      bench.campaign->set_objective(objective, "bob", remote_acquisition());
  };
}

std::string chosen_by(const Journal& journal) {
  std::string text;
  for (const Proposed& proposed : records<Proposed>(journal))
    if (proposed.source == ProposalSource::kOptimizer) text += proposed.acquisition.substr(0, 1);
  return text;
}

TEST(RemoteFunctions, ChooseUntilAnotherFunctionIsSetAndAfterIt) {
  RemoteBench bench;
  bench.create_remote(remote_spec()).start("tester");
  change(bench);
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  EXPECT_EQ(chosen_by(bench.journal), "rrkkrrr");
  EXPECT_GT(bench.functions.questions, 5 * 5);
  EXPECT_EQ(bench.campaign->view().acquisition().function, "mine");
}

class RemoteCut : public ::testing::TestWithParam<std::pair<int, bool>> {};

TEST_P(RemoteCut, TheContinuedRunIsTheUndisturbedOneAndAsksNothingAgain) {
  const CampaignSpec spec = remote_spec(GetParam().first, GetParam().second);
  RemoteBench whole;
  whole.create_remote(spec).start("tester");
  change(whole);
  ASSERT_EQ(whole.campaign->run(), CampaignState::kFinished);
  const auto entries = whole.journal.read(1);
  for (std::size_t cut = 2; cut <= entries.size(); cut += 5) {
    RemoteBench again(std::vector<JournalEntry>(
        entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(cut)));
    again.store.saved = whole.store.saved;
    again.resume_remote();
    change(again);
    again.sink.react(entries[cut - 1]);  // Bob saw it before the process was lost, and acts now.
    if (cut == 2) again.campaign->start("tester");
    ASSERT_EQ(again.campaign->run(), CampaignState::kFinished) << cut;
    EXPECT_EQ(proposal_bits(again.journal), proposal_bits(whole.journal)) << cut;
    if (cut + 5 > entries.size()) {
      EXPECT_LE(again.functions.questions, 7) << "what was proposed is not asked again";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, RemoteCut,
                         ::testing::Values(std::pair(1, false), std::pair(2, false),
                                           std::pair(3, true)));

TEST(RemoteFunctions, ThatFailPauseTheCampaignWithWhyAndItGoesOnAsIfNothingHadHappened) {
  RemoteBench bench;
  int failures = 0;
  bench.functions.before = [&](const auto&) {
    if (bench.functions.questions == 9 && ++failures == 1)
      throw FunctionFailed("remote function \"mine\": gone");
  };
  bench.create_remote(remote_spec(2)).start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bench.campaign->unpause("bob");
  };
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  const auto paused = records<CampaignPaused>(bench.journal);
  ASSERT_EQ(paused.size(), 1U) << "one failure is one pause, also with others in flight";
  EXPECT_THAT(paused[0].reason,
              HasSubstr("no proposal could be made: remote function \"mine\": gone"));
  RemoteBench undisturbed;
  undisturbed.create_remote(remote_spec(2)).start("tester");
  EXPECT_EQ(undisturbed.campaign->run(), CampaignState::kFinished);
  EXPECT_EQ(chosen_by(bench.journal), chosen_by(undisturbed.journal));
}

// A client that takes longer than a measurement may: what was measured meanwhile is in time.
TEST(RemoteFunctions, ThatTakeLongMakeNoMeasurementLate) {
  RemoteBench bench;
  bench.functions.before = [&](const auto&) { bench.clock.advance(50); };
  CampaignSpec spec = remote_spec(2);
  spec.decision_budget_s = 1e4;
  spec.patience.measurement_timeout_s = 60;
  bench.create_remote(spec).start("tester");
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  EXPECT_TRUE(records<MeasureFailed>(bench.journal).empty());
  EXPECT_EQ(bench.campaign->view().scored().size(), 12U);
}

// What a client that comes late is waited for is no part of the time that a search may take.
TEST(RemoteFunctions, ThatComeLateChooseTheSame) {
  std::vector<std::string> chosen;
  for (const double late_s : {0.0, 50.0}) {
    RemoteBench bench;
    CampaignSpec spec = remote_spec();
    spec.decision_budget_s = 1;
    bench.functions.before = [&](const auto&) {
      if (bench.functions.questions % 7 == 1) bench.clock.advance(late_s);
    };
    bench.create_remote(spec).start("tester");
    EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
    EXPECT_EQ(bench.functions.questions, 7 * 7);
    chosen.push_back(proposal_bits(bench.journal));
  }
  EXPECT_EQ(chosen[1], chosen[0]);
  // But the answers after the first are.
  RemoteBench slow;
  slow.functions.before = [&](const auto&) { slow.clock.advance(50); };
  CampaignSpec spec = remote_spec();
  spec.decision_budget_s = 1;
  slow.create_remote(spec).start("tester");
  EXPECT_EQ(slow.campaign->run(), CampaignState::kFinished);
  EXPECT_EQ(slow.functions.questions, 2 * 7);
}

TEST(RemoteFunctions, ThatAreGivenUpMidwayThroughAnAskAreToBeAskedAgain) {
  RemoteBench bench;
  bool asking = false;
  std::future<AskedPoint> asked;
  std::future<std::int64_t> paused;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bench.campaign->unpause("bob");
    if (!std::holds_alternative<Scored>(entry.record)) return;
    if (records<Scored>(bench.journal).size() != 7) return;
    asking = true;
    asked = bench.campaign->ask("alice");
  };
  bench.functions.before = [&](const auto&) {
    if (!std::exchange(asking, false)) return;
    paused = bench.campaign->pause("look", "alice");
    throw FunctionGivenUp("given up");
  };
  bench.create_remote(remote_spec()).start("tester");
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  try {
    (void)asked.get();
    ADD_FAILURE() << "expected a refusal";
  } catch (const CommandRefused& refused) {
    EXPECT_STREQ(refused.what(), "ask: something else came first; ask again");
  }
  EXPECT_GT(paused.get(), 0);
}

TEST(RemoteFunctions, AreGivenUpForAPauseAndAskedAgain) {
  RemoteBench bench;
  std::future<std::int64_t> paused;
  bench.functions.before = [&](const std::function<bool()>& given_up) {
    if (bench.functions.questions != 3) return;
    EXPECT_FALSE(given_up());
    paused = bench.campaign->pause("look", "alice");
    EXPECT_TRUE(given_up());
    throw FunctionGivenUp("given up");
  };
  bench.create_remote(remote_spec()).start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    if (std::holds_alternative<CampaignPaused>(entry.record)) bench.campaign->unpause("bob");
  };
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  EXPECT_GT(paused.get(), 0);
  ASSERT_EQ(records<CampaignPaused>(bench.journal).size(), 1U);
  RemoteBench undisturbed;
  undisturbed.create_remote(remote_spec()).start("tester");
  EXPECT_EQ(undisturbed.campaign->run(), CampaignState::kFinished);
  EXPECT_EQ(proposal_bits(bench.journal), proposal_bits(undisturbed.journal));
}

TEST(RemoteFunctions, ThatNobodyCanHavePauseTheCampaignAndAreNotSet) {
  Bench bench;
  bench.create(remote_spec()).start("tester");
  std::future<std::int64_t> refused;
  bench.sink.react = [&](const JournalEntry& entry) {
    if (!std::holds_alternative<CampaignPaused>(entry.record)) return;
    refused = bench.campaign->set_objective(single(optimizer::ObjectiveKind::kExplore, "f"), "bob",
                                            remote_acquisition());
    bench.campaign->leave();
  };
  EXPECT_EQ(bench.campaign->run(), CampaignState::kPaused);
  EXPECT_THAT(bench.campaign->view().reason(), HasSubstr("expected a running service"));
  EXPECT_THROW(refused.get(), CommandRefused);
}

TEST(CampaignCommands, RefusesAnAcquisitionThatHasNoMeaningForTheObjective) {
  Bench bench;
  Campaign& campaign = bench.create(small_spec());
  campaign.start("alice");
  const auto explore = single(optimizer::ObjectiveKind::kExplore, "f");
  optimizer::AcquisitionSpec wrong;
  wrong.kind = optimizer::AcquisitionKind::kThompson;
  auto thompson = campaign.set_objective(explore, "bob", wrong);
  wrong = {};
  wrong.per_second = true;
  wrong.kind = optimizer::AcquisitionKind::kVariance;
  auto variance = campaign.set_objective(explore, "bob", wrong);
  campaign.run();
  EXPECT_THROW(thompson.get(), CommandRefused);
  EXPECT_THROW(variance.get(), CommandRefused);
  EXPECT_TRUE(records<ObjectiveSet>(bench.journal).empty());
}

}  // namespace
}  // namespace foray::campaign::testing::remote_function_test
