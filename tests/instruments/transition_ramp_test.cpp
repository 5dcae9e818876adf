// The temperature ramp of demo/transition_ramp.json: that a campaign finds where the sample melts,
// which nobody told it, and then refines it.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "campaign/fakes.h"
#include "campaign_bench.h"
#include "foray/classifier/classifying_scorer.h"
#include "foray/codec/campaign_codec.h"

namespace foray::instruments::transition_ramp_test {
namespace {

using campaign::CampaignState;
using campaign::testing::records;

constexpr double kMelts = 152;  // "ordering_at" of the sample; 10 to 90 % within 3 degrees.

codec::CampaignFile demo(std::uint64_t seed) {
  const std::filesystem::path folder = std::filesystem::path(FORAY_SOURCE_DIR) / "demo";
  std::ifstream text(folder / "transition_ramp.json");
  codec::CampaignFile file = codec::read_campaign(
      std::string(std::istreambuf_iterator<char>(text), std::istreambuf_iterator<char>()));
  auto& simulator = std::get<codec::SimulatorInstrumentSpec>(file.instrument.settings);
  simulator.sample = (folder / simulator.sample).string();
  simulator.simulation.seed = seed;
  file.campaign.seed = seed;
  file.campaign.decision_budget_s = 600;  // What is cut by the clock cannot repeat.
  return file;
}

std::unique_ptr<CampaignBench> run(const codec::CampaignFile& file) {
  auto bench = std::make_unique<CampaignBench>(codec::write_campaign(file), true);
  classifier::ScorerOptions options;
  options.features = true;
  std::vector<scattering::ObservableSpec> specs;
  for (const auto& choice : file.campaign.observables) specs.push_back(choice.spec);
  bench->score_with(std::make_unique<classifier::ClassifyingScorer>(nullptr, specs, options));
  EXPECT_EQ(bench->run(), CampaignState::kFinished);
  return bench;
}

class TransitionRamp : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TransitionRamp, IsFoundAndRefinedByTheRule) {
  const codec::CampaignFile file = demo(GetParam());
  const auto bench = run(file);
  const campaign::CampaignView& view = bench->view();
  ASSERT_TRUE(view.transition()) << view.reason();
  const auto& found = *view.transition();
  // The interval, and the width of the melting on either side of it.
  EXPECT_LE(found.between.lower, kMelts + 1.5);
  EXPECT_GE(found.between.upper, kMelts - 1.5);
  EXPECT_LE(found.between.upper - found.between.lower, 2);
  EXPECT_NEAR(found.at, kMelts, 2.5);
  // It was the rule that narrowed the range, and what was measured then lies in it.
  const auto reacted = records<campaign::Reacted>(bench->log());
  ASSERT_EQ(reacted.size(), 1U);
  ASSERT_TRUE(reacted[0].range);
  EXPECT_TRUE(records<campaign::RangeSet>(bench->log()).empty());
  EXPECT_EQ(view.parameters()[0].lower, reacted[0].range->lower);
  EXPECT_EQ(view.parameters()[0].upper, reacted[0].range->upper);
  EXPECT_LE(reacted[0].range->upper - reacted[0].range->lower, 24 + 1e-9);
  for (const campaign::MeasurementView& one : view.measurements()) {
    if (one.id <= reacted[0].id + 1) continue;  // One may have been on its way.
    EXPECT_GE(one.requested(0), reacted[0].range->lower - 1e-9);
    EXPECT_LE(one.requested(0), reacted[0].range->upper + 1e-9);
  }
  // As many measurements without the rule leave it less well known.
  codec::CampaignFile plain = file;
  plain.campaign.react.clear();
  plain.campaign.stop.clear();
  plain.campaign.budget.measurements = static_cast<std::int64_t>(view.scored().size());
  const auto without = run(plain);
  const auto& known = without->view().transition();
  EXPECT_TRUE(!known || known->between.upper - known->between.lower >
                            1.5 * (found.between.upper - found.between.lower));
}

INSTANTIATE_TEST_SUITE_P(Seeds, TransitionRamp, ::testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace foray::instruments::transition_ramp_test
