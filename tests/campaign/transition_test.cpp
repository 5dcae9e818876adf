// A transition along an axis is found, told, and what rules wait for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "fakes.h"

namespace foray::campaign::testing::transition_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double kPlace = 63.7;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What is measured jumps by 2 at kPlace and varies smoothly elsewhere.
double jumping(const Eigen::VectorXd& x) { return std::sin(x(0) / 40) + (x(0) > kPlace ? 2 : 0); }

CampaignSpec axis_spec() {
  CampaignSpec spec = small_spec();
  optimizer::Parameter x;
  x.name = "x";
  x.unit = "K";
  x.lower = 0;
  x.upper = 100;
  spec.parameters = {x};
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  spec.budget.measurements = 24;
  spec.initial_design = 8;
  spec.transitions = TransitionWatch{"x", {"f"}};
  return spec;
}

ReactRule when_found(double within = kInfinity) {
  ReactRule rule;
  rule.transition_within = within;
  return rule;
}

// Narrows to 20 about it and measures more where it may be.
CampaignSpec refining_spec() {
  CampaignSpec spec = axis_spec();
  spec.react = {when_found(), when_found()};
  spec.react[0].around = 20;
  spec.react[0].objective = single(optimizer::ObjectiveKind::kLevelSet, "f", 2);
  spec.react[1].densify = Densify{0.5, 12};
  return spec;
}

double width(const TransitionFound& found) { return found.between.upper - found.between.lower; }

void run_jumping(Bench& bench, const CampaignSpec& spec) {
  bench.instrument.function = jumping;
  bench.run(spec);
}

TEST(CampaignTransition, IsOnRecordFromWhereItIsFound) {
  Bench bench;
  run_jumping(bench, axis_spec());
  const auto found = records<TransitionFound>(bench.journal);
  ASSERT_FALSE(found.empty());
  const CampaignView view = bench.campaign->view();
  ASSERT_TRUE(view.transition());
  EXPECT_EQ(view.transitions().size(), found.size());
  EXPECT_EQ(view.transition()->at, found.back().at);
  const TransitionFound& last = found.back();
  EXPECT_LE(last.between.lower, kPlace);
  EXPECT_GE(last.between.upper, kPlace);
  EXPECT_EQ(last.shape, scattering::CourseShape::kStep);
  EXPECT_EQ(last.of, "f");
  EXPECT_NEAR(last.size, 2, 0.5);
  EXPECT_LT(last.log10_p, -4);
  EXPECT_EQ(view.measurement(last.below).position(0) < kPlace, true);
  EXPECT_EQ(view.measurement(last.above).position(0) > kPlace, true);
  EXPECT_TRUE(records<Reacted>(bench.journal).empty());
  EXPECT_FALSE(bench.campaign->view().reacted(0));
}

TEST(CampaignTransition, NothingIsFoundWhereNothingBegins) {
  Bench bench;
  bench.instrument.function = [](const Eigen::VectorXd& x) { return std::sin(x(0) / 40); };
  bench.run(axis_spec());
  EXPECT_TRUE(records<TransitionFound>(bench.journal).empty());
  EXPECT_FALSE(bench.campaign->view().transition());
}

TEST(CampaignTransition, RulesNarrowTheRangeChangeTheObjectiveAndMeasureMore) {
  Bench bench;
  run_jumping(bench, refining_spec());
  const auto reacted = records<Reacted>(bench.journal);
  ASSERT_EQ(reacted.size(), 2U);
  const auto first = records<TransitionFound>(bench.journal).front();
  ASSERT_TRUE(reacted[0].range);
  EXPECT_DOUBLE_EQ(reacted[0].range->lower, first.at - 10);
  EXPECT_DOUBLE_EQ(reacted[0].range->upper, first.at + 10);
  EXPECT_THAT(reacted[0].message, HasSubstr("react rule 0: transition in x between"));
  EXPECT_FALSE(reacted[1].range);
  const CampaignView view = bench.campaign->view();
  EXPECT_EQ(view.parameters()[0].lower, reacted[0].range->lower);
  EXPECT_EQ(view.objective().terms[0].kind, optimizer::ObjectiveKind::kLevelSet);
  bool after = false, more = false;
  for (const JournalEntry& entry : bench.journal.read(1)) {
    after = after || std::holds_alternative<Reacted>(entry.record);
    const auto* proposed = std::get_if<Proposed>(&entry.record);
    if (!after || proposed == nullptr) continue;
    EXPECT_GE(proposed->position(0), reacted[0].range->lower);
    EXPECT_LE(proposed->position(0), reacted[0].range->upper);
    more = more || proposed->acquisition == "transition";
  }
  EXPECT_TRUE(more);
  EXPECT_LE(width(*view.transition()), 0.5);
  EXPECT_LE(view.transition()->between.lower, kPlace);
  EXPECT_GE(view.transition()->between.upper, kPlace);
  // It was the rules: without them, denser where measurements surprise as it is, the place is not
  // known nearly as well.
  Bench plain;
  run_jumping(plain, axis_spec());
  EXPECT_GT(width(*plain.campaign->view().transition()), 2 * width(*view.transition()));
}

TEST(CampaignTransition, MeasuringMoreEndsWithItsMeasurements) {
  Bench bench;
  CampaignSpec spec = refining_spec();
  spec.react[1].densify = Densify{1e-6, 3};
  run_jumping(bench, spec);
  int more = 0;
  for (const Proposed& proposed : records<Proposed>(bench.journal)) {
    more += proposed.acquisition == "transition" ? 1 : 0;
  }
  EXPECT_EQ(more, 3);
}

// Each rule has its own measurements, from where it comes to hold.
TEST(CampaignTransition, ARuleMeasuresMoreWhateverAnotherHasMeasured) {
  Bench bench;
  CampaignSpec spec = refining_spec();
  spec.react[1].densify = Densify{1e-6, 4};
  spec.react.push_back(when_found(4));
  spec.react[2].densify = Densify{1e-6, 3};
  run_jumping(bench, spec);
  int before = 0, after = 0;
  bool second = false;
  for (const JournalEntry& entry : bench.journal.read(1)) {
    const auto* reacted = std::get_if<Reacted>(&entry.record);
    second = second || (reacted != nullptr && reacted->rule == 2);
    const auto* proposed = std::get_if<Proposed>(&entry.record);
    if (proposed != nullptr && proposed->acquisition == "transition") ++(second ? after : before);
  }
  EXPECT_TRUE(second);
  EXPECT_GE(before, 2);
  EXPECT_EQ(after, std::max(3, 4 - before));
}

TEST(CampaignTransition, ANarrowerRangeKeepsTheValuesOfItsSteps) {
  Bench bench;
  CampaignSpec spec = refining_spec();
  spec.parameters[0].step = 2.5;
  spec.react[0].around = 21;
  run_jumping(bench, spec);
  const auto reacted = records<Reacted>(bench.journal);
  ASSERT_FALSE(reacted.empty());
  ASSERT_TRUE(reacted[0].range);
  const double at = records<TransitionFound>(bench.journal).front().at;
  EXPECT_LE(reacted[0].range->lower, at - 10.5);
  EXPECT_GT(reacted[0].range->lower, at - 13);
  EXPECT_EQ(reacted[0].range->upper, at + 10.5);
  for (const Proposed& proposed : records<Proposed>(bench.journal)) {
    EXPECT_EQ(std::remainder(proposed.position(0), 2.5), 0) << proposed.position(0);
  }
}

TEST(CampaignTransition, ARuleCanWaitUntilThePlaceIsKnownAndPause) {
  Bench bench;
  bench.instrument.function = jumping;
  CampaignSpec spec = refining_spec();
  spec.react.push_back(when_found(2));
  spec.react[2].pause = true;
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  bench.sink.react = [&](const JournalEntry& entry) {
    const auto* reacted = std::get_if<Reacted>(&entry.record);
    if (reacted == nullptr || reacted->rule != 2) return;
    EXPECT_EQ(campaign.status().state, CampaignState::kPaused);
    EXPECT_LE(width(*campaign.view().transition()), 2);
    campaign.unpause("alice");
  };
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(records<Reacted>(bench.journal).size(), 3U);
}

TEST(CampaignTransition, ACampaignCanEndWhenThePlaceIsKnown) {
  Bench bench;
  CampaignSpec spec = refining_spec();
  StopRule rule;
  rule.kind = StopKind::kTransitionWithin;
  rule.value = 1;
  spec.stop = {rule};
  run_jumping(bench, spec);
  EXPECT_THAT(bench.campaign->status().reason, StartsWith("transition within 1: it lies between"));
  EXPECT_LT(bench.campaign->status().measured, 24);
}

TEST(CampaignTransition, IsLostWhenMoreMeasurementsShowNothing) {
  Bench bench;
  CampaignSpec spec = axis_spec();
  spec.in_flight = 0;
  spec.budget.measurements = 0;
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  Rng rng(4);
  const auto random = [&] { return uniform(rng); };
  int told = 0;
  const auto tell = [&] {
    const double x = told < 12 ? 8 * told : 100 * random();
    const double y = told < 12 ? (x > 50 ? 1 : 0) + 0.01 * random() : 4 * random() - 1.5;
    Eigen::VectorXd position(1);
    position << x;
    campaign.tell(0, position, {{"f", scattering::ObservableStatus::kPresent, y, 1e-4, ""}}, 1,
                  "alice");
    ++told;
  };
  bench.sink.react = [&](const JournalEntry& entry) {
    const bool next = std::holds_alternative<CampaignStarted>(entry.record) ||
                      std::holds_alternative<Told>(entry.record);
    if (next && told < 60) {
      tell();
    } else if (next) {
      campaign.leave();
    }
  };
  campaign.run();
  ASSERT_FALSE(records<TransitionFound>(bench.journal).empty());
  EXPECT_EQ(records<TransitionLost>(bench.journal).size(), 1U);
  EXPECT_FALSE(campaign.view().transition());
  EXPECT_FALSE(campaign.view().transitions().empty());
}

// Ends the process in thought after every entry; the transition and what follows are the same.
TEST(CampaignTransition, TheContinuedRunIsTheUndisturbedOneBitForBit) {
  CampaignSpec spec = refining_spec();
  spec.in_flight = 2;
  spec.budget.measurements = 18;
  Bench whole;
  run_jumping(whole, spec);
  const auto entries = whole.journal.read(1);
  const auto places = [](const Journal& journal) {
    std::vector<double> found;
    for (const TransitionFound& one : records<TransitionFound>(journal)) {
      found.insert(found.end(), {one.between.lower, one.at, one.between.upper, one.log10_p});
    }
    return found;
  };
  ASSERT_EQ(records<Reacted>(whole.journal).size(), 2U);
  for (std::size_t cut = 2; cut <= entries.size(); ++cut) {
    Bench again(std::vector<JournalEntry>(entries.begin(),
                                          entries.begin() + static_cast<std::ptrdiff_t>(cut)));
    again.instrument.function = jumping;
    again.resume().run();
    ASSERT_EQ(proposal_bits(again.journal), proposal_bits(whole.journal)) << "cut at " << cut;
    ASSERT_EQ(places(again.journal), places(whole.journal)) << "cut at " << cut;
  }
}

std::string refusal_of(const CampaignSpec& spec) {
  try {
    validate(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CampaignTransition, ASpecThatCannotBeIsRefusedByName) {
  EXPECT_EQ(refusal_of(refining_spec()), "accepted");
  const auto with = [](const std::function<void(CampaignSpec&)>& change) {
    CampaignSpec spec = refining_spec();
    change(spec);
    return refusal_of(spec);
  };
  EXPECT_THAT(
      with([](auto& spec) { spec.transitions->along = "z"; }),
      StartsWith("campaign.transitions.along: expected the name of a parameter, got \"z\""));
  EXPECT_THAT(with([](auto& spec) {
                spec.parameters[0].role = optimizer::ParameterRole::kExposure;
                spec.parameters[0].lower = 1;
                spec.parameters.push_back(small_spec().parameters[1]);
              }),
              StartsWith("campaign.transitions.along: expected a parameter with numbers"));
  EXPECT_THAT(with([](auto& spec) {
                spec.transitions->of = {"f", "h"};
              }),
              StartsWith("campaign.transitions.of: expected observables of the campaign"));
  EXPECT_THAT(with([](auto& spec) { spec.transitions->chance = 0.2; }),
              StartsWith("campaign.transitions.chance: expected a number above 0"));
  EXPECT_THAT(with([](auto& spec) { spec.transitions->stretch = -1; }),
              StartsWith("campaign.transitions.stretch: expected a number >= 0"));
  EXPECT_THAT(with([](auto& spec) { spec.transitions.reset(); }),
              StartsWith("campaign.react[0].transition: expected a campaign that says"));
  EXPECT_THAT(with([](auto& spec) { spec.react[0].observable = "f"; }),
              StartsWith("campaign.react[0]: expected \"observable\" or \"transition\""));
  EXPECT_THAT(with([](auto& spec) { spec.react[0].at_most = 1; }),
              StartsWith("campaign.react[0].at_most: expected none of a rule that waits for"));
  EXPECT_THAT(with([](auto& spec) { spec.react[1].densify->to = 0; }),
              StartsWith("campaign.react[1].densify.to: expected a number > 0"));
  EXPECT_THAT(with([](auto& spec) { spec.react[1].densify->measurements = 0; }),
              StartsWith("campaign.react[1].densify.measurements: expected an integer >= 1"));
  EXPECT_THAT(with([](auto& spec) {
                spec.react[1].transition_within.reset();
                spec.react[1].observable = "f";
                spec.react[1].at_least = 1;
              }),
              StartsWith("campaign.react[1].densify: expected a rule that waits for"));
}

}  // namespace
}  // namespace foray::campaign::testing::transition_test
