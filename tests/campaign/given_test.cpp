#include <gtest/gtest.h>

#include <cmath>

#include "fakes.h"
#include "foray/campaign/models.h"

namespace foray::campaign::testing::given_test {
namespace {

// A class that is certain on both sides of f = 1, and a property that jumps there.
class JumpScorer final : public scattering::Scorer {
 public:
  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override {
    const double f = std::get<scattering::Values>(measurement).at(0).value;
    const auto present = scattering::ObservableStatus::kPresent;
    scattering::Score score;
    score.observables = {{"p", present, 1 / (1 + std::exp(-60 * (f - 1))), 1e-4, ""},
                         {"g", present, f > 1 ? 3.0 : 1.0, 1e-6, ""}};
    return score;
  }
};

CampaignSpec jump_spec() {
  CampaignSpec spec = small_spec();
  spec.observables = {{{"p", "value:p", ""}, Transform::kLogit},
                      {{"g", "value:g", ""}, Transform::kNone, {"p"}}};
  spec.objective = single(optimizer::ObjectiveKind::kLevelSet, "p", 0.5);
  optimizer::ObjectiveTerm explore;
  explore.observables = {"g"};
  spec.objective.terms.push_back(explore);
  spec.budget.measurements = 30;
  spec.initial_design = 8;
  return spec;
}

struct JumpBench : Bench {
  JumpScorer jump;
  JumpBench() {
    instrument.function = [](const Eigen::VectorXd& x) { return x(0) / 2; };
  }
  explicit JumpBench(std::vector<JournalEntry> entries) : Bench(std::move(entries)) {
    instrument.function = [](const Eigen::VectorXd& x) { return x(0) / 2; };
  }
  Ports jump_ports() { return {instrument, jump, journal, clock, sink, store, fitter}; }
};

TEST(Given, ASurrogateFollowsTheJumpAtTheBoundaryOfItsClass) {
  JumpBench bench;
  Campaign campaign(jump_spec(), "{}", bench.jump_ports(), "tester");
  campaign.start("tester");
  ASSERT_EQ(campaign.run(), CampaignState::kFinished);
  const Models models = Models::at(campaign.view(), bench.fitter);
  // The boundary is at x = 2.
  Eigen::MatrixXd at(2, 2);
  at << 1.8, 2.2, 0.5, 0.5;
  const Prediction p = models.predict("p", at);
  const Prediction g = models.predict("g", at);
  EXPECT_LT(p.mean(0), 0.2);
  EXPECT_GT(p.mean(1), 0.8);
  EXPECT_NEAR(g.mean(0), 1, 0.2);
  EXPECT_NEAR(g.mean(1), 3, 0.2);
}

TEST(Given, ResumingGivesTheProposalsOfTheUndisturbedRun) {
  JumpBench undisturbed;
  Campaign whole(jump_spec(), "{}", undisturbed.jump_ports(), "tester");
  whole.start("tester");
  whole.run();
  const auto entries = undisturbed.journal.read(1);
  for (const std::size_t cut : {entries.size() / 2, entries.size() - 20}) {
    JumpBench again(std::vector<JournalEntry>(entries.begin(),
                                              entries.begin() + static_cast<std::ptrdiff_t>(cut)));
    again.instrument.lost_outcome = RequestState::kNotStarted;
    const auto resumed = Campaign::resume(again.jump_ports(), "tester");
    EXPECT_EQ(resumed->run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.journal), proposal_bits(undisturbed.journal));
  }
}

}  // namespace
}  // namespace foray::campaign::testing::given_test
