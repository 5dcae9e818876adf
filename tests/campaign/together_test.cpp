#include "foray/campaign/together.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fakes.h"
#include "foray/campaign/models.h"

namespace foray::campaign::testing::together_test {
namespace {

using ::testing::HasSubstr;

// g follows f, and is found at a third of the places only.
class PairScorer final : public scattering::Scorer {
 public:
  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override {
    const double f = std::get<scattering::Values>(measurement).at(0).value;
    const auto present = scattering::ObservableStatus::kPresent;
    const bool found = std::fmod(std::abs(f) * 1e3, 3) < 1;
    scattering::Score score;
    score.observables = {
        {"f", present, f, 1e-6, ""},
        {"g", found ? present : scattering::ObservableStatus::kAbsent, 7 - 2 * f, 1e-6, ""}};
    return score;
  }
};

CampaignSpec pair_spec() {
  CampaignSpec spec = small_spec();
  spec.observables = {{{"f", "value:f", ""}}, {{"g", "value:g", ""}}};
  spec.surrogate.together = {{{"f", "g"}}};
  spec.objective = single(optimizer::ObjectiveKind::kMinimise, "g");
  spec.budget.measurements = 24;
  spec.initial_design = 8;
  return spec;
}

struct PairBench : Bench {
  PairScorer pair;
  PairBench() { follow(); }
  explicit PairBench(std::vector<JournalEntry> entries) : Bench(std::move(entries)) { follow(); }
  Ports pair_ports() { return {instrument, pair, journal, clock, sink, store, fitter}; }

 private:
  void follow() {
    instrument.function = [](const Eigen::VectorXd& x) { return std::sin(x(0)) + 0.3 * x(1); };
  }
};

TEST(Together, WhatIsMissingIsKnownFromWhatItFollows) {
  PairBench bench;
  Campaign campaign(pair_spec(), "{}", bench.pair_ports(), "tester");
  campaign.start("tester");
  ASSERT_EQ(campaign.run(), CampaignState::kFinished);
  const Models models = Models::at(campaign.view(), bench.fitter);
  Eigen::MatrixXd at(2, 3);
  at << 0.5, 1.5, 2.5, 0.2, 0.5, 0.8;
  const Prediction g = models.predict("g", at);
  for (Eigen::Index j = 0; j < 3; ++j)
    EXPECT_NEAR(g.mean(j), 7 - 2 * (std::sin(at(0, j)) + 0.3 * at(1, j)), 0.1);
  const auto trained = campaign.view().trainings().back().record.models;
  ASSERT_EQ(trained.size(), 2U);
  EXPECT_EQ(trained[0].hyperparameters, trained[1].hyperparameters);
}

TEST(Together, ResumingGivesTheProposalsOfTheUndisturbedRun) {
  PairBench undisturbed;
  Campaign whole(pair_spec(), "{}", undisturbed.pair_ports(), "tester");
  whole.start("tester");
  whole.run();
  const auto entries = undisturbed.journal.read(1);
  for (const std::size_t cut : {entries.size() / 2, entries.size() - 20}) {
    PairBench again(std::vector<JournalEntry>(entries.begin(),
                                              entries.begin() + static_cast<std::ptrdiff_t>(cut)));
    again.instrument.lost_outcome = RequestState::kNotStarted;
    const auto resumed = Campaign::resume(again.pair_ports(), "tester");
    EXPECT_EQ(resumed->run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.journal), proposal_bits(undisturbed.journal));
  }
}

std::string refusal(const CampaignSpec& spec) {
  try {
    validate(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Together, RefusesGroupsThatCannotBeLearned) {
  EXPECT_EQ(refusal(pair_spec()), "");
  CampaignSpec spec = pair_spec();
  spec.surrogate.together[0].observables = {"f"};
  EXPECT_THAT(refusal(spec),
              HasSubstr("surrogate.together[0].observables: expected two or more, got 1"));
  spec = pair_spec();
  spec.surrogate.together[0].observables = {"f", "h"};
  EXPECT_THAT(refusal(spec), HasSubstr("expected observables of the campaign, got \"h\""));
  spec = pair_spec();
  spec.surrogate.together.push_back({{"g", "f"}});
  EXPECT_THAT(refusal(spec), HasSubstr("\"f\" is named twice"));
  spec = pair_spec();
  spec.observables[1].kernel = surrogate::KernelKind::kMatern32;
  EXPECT_THAT(refusal(spec), HasSubstr("without a kernel of their own, got \"g\""));
  spec = pair_spec();
  spec.observables[1].mean.kind = MeanChoice::Kind::kLinear;
  EXPECT_THAT(refusal(spec), HasSubstr("\"constant\" or an expression, got \"g\""));
  spec = pair_spec();
  spec.surrogate.together[0].rank = 3;
  EXPECT_THAT(refusal(spec), HasSubstr("rank: expected an integer from 1 to 2, got 3"));
  spec = pair_spec();
  spec.surrogate.together[0].at = Eigen::Vector3d(1, 2, 3);
  EXPECT_THAT(refusal(spec), HasSubstr("at: expected a number for each of the 2"));
  spec.surrogate.together[0].at = Eigen::Vector2d(1, 1);
  EXPECT_THAT(refusal(spec), HasSubstr("at: expected different numbers"));
}

// A sum is the linear model: each term mixes in its own way, and white noise does not.
TEST(Together, EveryTermOfASumMixesTheOutputsInItsOwnWay) {
  CampaignSpec spec = pair_spec();
  spec.surrogate.kernel = surrogate::KernelKind::kSum;
  spec.surrogate.kernel.terms = {surrogate::KernelKind::kMatern52, surrogate::KernelKind::kLinear,
                                 surrogate::KernelKind::kWhite};
  const optimizer::SearchSpace space(spec.parameters, {});
  std::vector<surrogate::Observations> members(2);
  for (auto& one : members) {
    one.x = Eigen::MatrixXd::Random(2, 3);
    one.y = Eigen::VectorXd::Random(3);
    one.noise = Eigen::VectorXd::Zero(3);
  }
  const auto lesson = lesson_together(spec, spec.surrogate.together[0], space, members);
  const surrogate::Kernel kernel(*lesson.points.kernel, 3);
  // Two mixtures of a loading and a variance for each output, 2 + 2 lengthscales, one white noise.
  EXPECT_EQ(kernel.parameters().size(), 2U * 4 + 2 + 2 + 1);
}

}  // namespace
}  // namespace foray::campaign::testing::together_test
