#include "foray/optimizer/propose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "foray/optimizer/acquisition.h"
#include "propose_case.h"

namespace foray::optimizer::propose_test {
namespace {

using surrogate::Gp;
using testing::at;
using testing::axis;
using testing::bumpy;
using testing::Case;
using testing::gp_of;
using testing::slow_square;
using testing::square;
using testing::term_of;

TEST(Propose, PerSecondReachesTheBestRatioOfADenseGrid) {
  Case c;
  c.acquisition.per_second = true;
  c.state.from = at(0.1, 0.9);
  c.options.exposure_s = 0.5;
  const SearchSpace space = slow_square(0.02);
  const Proposal proposal = c.ask(space);
  EXPECT_EQ(proposal.acquisition, "log_expected_improvement per second");
  const double incumbent = c.gp.predict(c.state.measured).mean.maxCoeff();
  const auto rate = [&](const Eigen::VectorXd& x) {
    const surrogate::Posterior p = c.gp.predict(x);
    return log_expected_improvement(p.mean(0), std::max(p.variance(0), 1e-30), incumbent, true)
               .value -
           std::log(space.move_seconds(c.state.from, x) + 0.5);
  };
  double best = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= 200; ++i)
    for (int j = 0; j <= 200; ++j) best = std::max(best, rate(at(i / 200.0, j / 200.0)));
  EXPECT_GE(rate(proposal.unit), best - 1e-3);
  EXPECT_NEAR(proposal.seconds, space.move_seconds(c.state.from, proposal.physical) + 0.5, 1e-12);
  ASSERT_TRUE(proposal.gain);
  EXPECT_NEAR(std::log(*proposal.gain / proposal.seconds), rate(proposal.unit), 1e-9);
}

TEST(Propose, GainIsTheExpectedImprovementWithoutTheSeconds) {
  const Case c;
  const Proposal proposal = c.ask(square());
  const surrogate::Posterior p = c.gp.predict(proposal.unit);
  const double incumbent = c.gp.predict(c.state.measured).mean.maxCoeff();
  ASSERT_TRUE(proposal.gain);
  EXPECT_NEAR(std::log(*proposal.gain),
              log_expected_improvement(p.mean(0), p.variance(0), incumbent, true).value, 1e-9);
  Case variance;
  variance.acquisition.kind = AcquisitionKind::kVariance;
  variance.objective.terms[0].kind = ObjectiveKind::kExplore;
  EXPECT_FALSE(variance.ask(square()).gain);
}

TEST(Propose, RefusesSomethingElseThanAGainPerSecond) {
  Case c;
  c.acquisition.per_second = true;
  c.acquisition.kind = AcquisitionKind::kUpperConfidenceBound;
  try {
    (void)c.ask(square());
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("knowledge_gradient"));
    EXPECT_THAT(error.what(), ::testing::Not(::testing::HasSubstr("straddle")));
  }
}

TEST(Propose, MovesNoFurtherThanTheTravelLimits) {
  Case c;
  c.state.from = at(0.15, 0.5);
  const Proposal free = c.ask(slow_square(1));
  const Proposal held = c.ask(slow_square(1, 0.1));
  EXPECT_GT((free.physical - c.state.from).cwiseAbs().maxCoeff(), 0.1) << "the limit is one";
  EXPECT_LE((held.physical - c.state.from).cwiseAbs().maxCoeff(), 0.1 + 1e-9);
  c.state.from = at(3, 3);
  EXPECT_THROW((void)c.ask(slow_square(1, 0.1)), std::runtime_error);
}

TEST(WithinReach, IsTheNearestThatIsAllowed) {
  Rng rng(1);
  const SearchSpace space = slow_square(1, 0.1);
  EXPECT_EQ(within_reach(space, Eigen::VectorXd(), at(1, 1), rng), at(1, 1));
  EXPECT_EQ(within_reach(space, at(0.9, 0.95), at(1, 1), rng), at(1, 1));
  EXPECT_LT((within_reach(space, at(0.5, 0.5), at(1, 0.45), rng) - at(0.6, 0.45)).norm(), 1e-12);
}

TEST(Propose, ReachesTheBestOfADenseGrid) {
  const Case c;
  const Proposal proposal = c.ask(square());
  EXPECT_EQ(proposal.acquisition, "log_expected_improvement");
  const double incumbent = c.gp.predict(c.state.measured).mean.maxCoeff();
  const auto score = [&](const Eigen::VectorXd& x) {
    const surrogate::Posterior p = c.gp.predict(x);
    return log_expected_improvement(p.mean(0), std::max(p.variance(0), 1e-30), incumbent, true)
        .value;
  };
  double best = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= 100; ++i)
    for (int j = 0; j <= 100; ++j)
      best = std::max(best, score(Eigen::Vector2d(i / 100.0, j / 100.0)));
  EXPECT_GE(score(proposal.unit), best - 1e-3);
  EXPECT_EQ(proposal.physical, proposal.unit);
  EXPECT_GT(proposal.evaluations, 384);
  EXPECT_FALSE(proposal.cut);
}

TEST(Propose, SameSeedGivesTheSameProposalBitForBit) {
  Case c;
  for (const AcquisitionKind kind :
       {AcquisitionKind::kAutomatic, AcquisitionKind::kUpperConfidenceBound}) {
    c.acquisition.kind = kind;
    EXPECT_EQ(c.ask(square(), 5).unit, c.ask(square(), 5).unit);
  }
}

TEST(Propose, MinimisingTheNegativeIsMaximising) {
  Case up;
  Case down;
  down.gp = gp_of(2, 25, 11, 0.3, 1e-6, [](const Eigen::VectorXd& x) { return -bumpy(x); });
  down.models = {{"f", &down.gp}};
  down.objective.terms[0].kind = ObjectiveKind::kMinimise;
  for (const AcquisitionKind kind :
       {AcquisitionKind::kLogExpectedImprovement, AcquisitionKind::kUpperConfidenceBound}) {
    up.acquisition.kind = kind;
    down.acquisition.kind = kind;
    EXPECT_LT((up.ask(square()).unit - down.ask(square()).unit).norm(), 1e-9);
  }
}

TEST(Propose, EveryObjectiveGivesAFeasiblePointAndSaysWhatItUsed) {
  Case c;
  const Gp second =
      gp_of(2, 25, 12, 0.3, 1e-4, [](const Eigen::VectorXd& x) { return x(1) - x(0); });
  c.models["g"] = &second;
  c.acquisition.kind = AcquisitionKind::kAutomatic;
  using enum ObjectiveKind;
  const std::pair<ObjectiveKind, std::string> all[] = {
      {kExplore, "cross_validated_variance"},
      {kMaximise, "log_noisy_expected_improvement"},
      {kMinimise, "log_noisy_expected_improvement"},
      {kTarget, "log_target_improvement"},
      {kLevelSet, "straddle"},
      {kBoundary, "boundary"}};
  const SearchSpace space = square(0, {"x + y < 1.2"});
  for (const auto& [kind, name] : all) {
    c.objective.terms = {term_of(kind, {"f"})};
    if (kind == kBoundary) c.objective.terms[0].observables.emplace_back("g");
    const Proposal proposal = c.ask(space);
    EXPECT_EQ(proposal.acquisition, name);
    EXPECT_TRUE(space.feasible(proposal.unit));
    EXPECT_TRUE(std::isfinite(proposal.value));
  }
  c.objective.terms = {term_of(kExplore, {"f"}), term_of(kBoundary, {"f", "g"})};
  EXPECT_EQ(c.ask(space).acquisition, "cross_validated_variance + boundary");
}

TEST(Propose, LevelSetProposalLiesNearTheLevelThatTheModelSees) {
  Case c;
  c.objective.terms = {term_of(ObjectiveKind::kLevelSet, {"f"})};
  c.objective.terms[0].level = 0.5;
  c.acquisition.kind = AcquisitionKind::kStraddle;
  c.acquisition.beta = 1.96;
  const Proposal proposal = c.ask(square());
  const surrogate::Posterior p = c.gp.predict(proposal.unit);
  EXPECT_LT(std::abs(p.mean(0) - 0.5), 1.96 * std::sqrt(p.variance(0)));
}

TEST(Propose, BoundaryProposalLiesNearTheBoundary) {
  Case c;
  const Gp left = gp_of(2, 40, 13, 0.4, 1e-4, [](const Eigen::VectorXd& x) { return 0.5 - x(0); });
  const Gp right = gp_of(2, 40, 13, 0.4, 1e-4, [](const Eigen::VectorXd& x) { return x(0) - 0.5; });
  c.models = {{"left", &left}, {"right", &right}};
  c.objective.terms = {term_of(ObjectiveKind::kBoundary, {"left", "right"})};
  c.state.next_noise = {{"left", 1e-4}, {"right", 1e-4}};
  for (const AcquisitionKind kind : {AcquisitionKind::kAutomatic, AcquisitionKind::kStraddle}) {
    c.acquisition.kind = kind;
    EXPECT_NEAR(c.ask(square()).unit(0), 0.5, 0.2);
  }
}

TEST(Propose, LearnedConstraintsKeepItAway) {
  Case c;
  const Gp allowed =
      gp_of(2, 40, 13, 0.4, 1e-4, [](const Eigen::VectorXd& x) { return 0.4 - x(0); });
  c.models["g"] = &allowed;
  EXPECT_GT(c.ask(square()).unit(0), 0.5);
  c.objective.subject_to = {{"g", 0.0, std::nullopt}};
  EXPECT_LT(c.ask(square()).unit(0), 0.45);
  c.objective.subject_to.clear();
  c.objective.terms[0].where = {{"g", 0.0, std::nullopt}};
  EXPECT_LT(c.ask(square()).unit(0), 0.45);
}

TEST(Propose, SnapsToTheSteps) {
  const Case c;
  const Proposal proposal = c.ask(square(0.125));
  for (const double value : proposal.physical) EXPECT_EQ(value * 8, std::round(value * 8));
}

TEST(Propose, NeverRepeatsAPointInFlight) {
  Case c;
  c.options.exclusion_distance = 0.05;
  for (const double step : {0.0, 0.25}) {
    const SearchSpace space = square(step);
    c.state.pending = Eigen::MatrixXd(2, 0);
    for (int i = 0; i < 6; ++i) {
      const Proposal proposal = c.ask(space, 3);
      for (Eigen::Index j = 0; j < c.state.pending.cols(); ++j)
        EXPECT_GT((c.state.pending.col(j) - proposal.unit).cwiseAbs().maxCoeff(), 0.05);
      c.state.pending.conservativeResize(2, c.state.pending.cols() + 1);
      c.state.pending.rightCols(1) = proposal.unit;
    }
  }
}

TEST(Propose, FindsTheLastFreePointOfASteppedSpaceAndSaysWhenNoneIsLeft) {
  Case c;
  const SearchSpace space = square(0.1);
  c.options.raw_samples = 4;
  c.options.starts = 0;
  c.state.pending.resize(2, 120);
  Eigen::Index count = 0;
  for (int i = 0; i < 11; ++i)
    for (int j = 0; j < 11; ++j)
      if (i != 7 || j != 3)
        c.state.pending.col(count++) = space.snap(Eigen::Vector2d(i / 10.0, j / 10.0));
  EXPECT_EQ(c.ask(space).unit, space.snap(Eigen::Vector2d(.7, .3)));
  c.state.pending.conservativeResize(2, 121);
  c.state.pending.col(120) = space.snap(Eigen::Vector2d(.7, .3));
  EXPECT_THROW((void)c.ask(space), std::runtime_error);
}

TEST(Propose, AvoidsWhereMeasuringFailedUntilNothingElseIsLeft) {
  Case c;
  const Eigen::VectorXd first = c.ask(square()).unit;
  c.state.failed = first;
  c.options.avoid_distance = 0.1;
  const Proposal proposal = c.ask(square());
  EXPECT_GT((proposal.unit - first).norm(), 0.1);
  EXPECT_FALSE(proposal.avoided_failed_exhausted);
  c.options.avoid_distance = 2;
  EXPECT_TRUE(c.ask(square()).avoided_failed_exhausted);
}

TEST(Propose, WithoutModelsFillsTheSpaceAndNamesWhatIsMissing) {
  Case c;
  c.models = {{"f", nullptr}};
  c.state.measured = Eigen::Vector2d(0, 0);
  const Proposal proposal = c.ask(square());
  EXPECT_EQ(proposal.acquisition, "space_filling");
  EXPECT_THAT(proposal.missing, ::testing::ElementsAre("f"));
  EXPECT_GT(proposal.unit.norm(), 1.3);
  // A term with a model goes on alone.
  c.models["g"] = &c.gp;
  c.objective.terms.push_back(term_of(ObjectiveKind::kExplore, {"g"}));
  const Proposal half = c.ask(square());
  EXPECT_EQ(half.acquisition, "cross_validated_variance");
  EXPECT_THAT(half.missing, ::testing::ElementsAre("f"));
}

TEST(Propose, ExpiredBudgetCutsTheSearchWithTheBestSoFar) {
  Case c;
  const double whole = c.ask(square()).value;
  c.options.expired = [] { return true; };
  const Proposal proposal = c.ask(square());
  EXPECT_TRUE(proposal.cut);
  EXPECT_EQ(proposal.unit.size(), 2);
  EXPECT_LE(proposal.value, whole);
  int asked = 0;
  c.options.expired = [&asked] { return ++asked > 5; };
  EXPECT_TRUE(c.ask(square()).cut);
}

TEST(Propose, SetsTheExposure) {
  Parameter exposure = axis("t");
  exposure.role = ParameterRole::kExposure;
  exposure.lower = 0.1;
  exposure.upper = 10;
  const SearchSpace space({axis("x"), exposure, axis("y")}, {});
  Case c;
  c.options.exposure_s = 3;
  EXPECT_EQ(c.ask(space).physical(1), 3);
  c.options.exposure_s = 30;
  EXPECT_EQ(c.ask(space).physical(1), 10);
}

TEST(Propose, RefusesWhatHasNoMeaningByName) {
  const auto message = [](const std::function<void(Case&)>& spoil) {
    Case c;
    spoil(c);
    try {
      (void)c.ask(square());
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(message([](Case& c) { c.objective.terms.clear(); }), HasSubstr("no terms"));
  EXPECT_THAT(message([](Case& c) { c.objective.terms[0].observables.clear(); }),
              HasSubstr("got 0"));
  EXPECT_THAT(message([](Case& c) { c.objective.terms[0].kind = ObjectiveKind::kBoundary; }),
              HasSubstr("two or more"));
  const auto trade_off = [&](const std::function<void(ObjectiveTerm&)>& spoil) {
    return message([&](Case& c) {
      ObjectiveTerm& term = c.objective.terms[0];
      term.kind = ObjectiveKind::kTradeOff;
      term.observables = {"f", "g"};
      term.directions = {Direction::kMaximise, Direction::kMinimise};
      c.acquisition.kind = AcquisitionKind::kAutomatic;
      spoil(term);
    });
  };
  EXPECT_THAT(trade_off([](ObjectiveTerm&) {}), "accepted");  // Without a model of g: fills.
  EXPECT_THAT(trade_off([](ObjectiveTerm& t) {
                t.observables = {"f", "f"};
              }),
              HasSubstr("two to four different"));
  EXPECT_THAT(trade_off([](ObjectiveTerm& t) { t.directions.pop_back(); }), HasSubstr("direction"));
  EXPECT_THAT(trade_off([](ObjectiveTerm& t) { t.reference = {1}; }), HasSubstr("reference"));
  EXPECT_THAT(trade_off([](ObjectiveTerm& t) { t.reference = {1, NAN}; }), HasSubstr("finite"));
  EXPECT_THAT(message([](Case& c) { c.objective.terms[0].weight = 0; }), HasSubstr("weight"));
  EXPECT_THAT(message([](Case& c) { c.objective.terms[0].level = NAN; }), HasSubstr("level"));
  EXPECT_THAT(message([](Case& c) {
                c.objective.subject_to = {{"f", {}, {}}};
              }),
              HasSubstr("neither"));
  EXPECT_THAT(message([](Case& c) {
                c.objective.subject_to = {{"f", 2.0, 1.0}};
              }),
              HasSubstr("at_least >= at_most"));
  EXPECT_THAT(message([](Case& c) {
                c.objective.terms[0].where = {{"f", NAN, {}}};
              }),
              HasSubstr("finite"));
  EXPECT_THAT(message([](Case& c) { c.acquisition.beta = -1; }), HasSubstr("beta"));
  EXPECT_THAT(message([](Case& c) { c.acquisition.kind = AcquisitionKind::kStraddle; }),
              HasSubstr("suits no term"));
  EXPECT_THAT(message([](Case& c) { c.state.pending = Eigen::Vector3d(0, 0, 0); }),
              HasSubstr("pending"));
  EXPECT_THAT(message([](Case& c) { c.state.failed = Eigen::Vector2d(0, NAN); }),
              HasSubstr("failed"));
  EXPECT_THAT(message([](Case& c) { c.state.pending_noise["f"] = Eigen::VectorXd::Ones(2); }),
              HasSubstr("pending_noise"));
  EXPECT_THAT(message([](Case& c) { c.state.next_noise["f"] = -1; }), HasSubstr("next_noise"));
  const Gp wrong = gp_of(3, 5, 1, 0.3, 1e-3, bumpy);
  EXPECT_THAT(message([&](Case& c) { c.models["f"] = &wrong; }), HasSubstr("dimension"));
}

TEST(ProposeOptions, DefaultsAreValidAndBadFieldsAreRefusedByName) {
  EXPECT_NO_THROW(validate(ProposeOptions{}));
  const std::pair<std::string, std::function<void(ProposeOptions&)>> cases[] = {
      {"exclusion_distance", [](ProposeOptions& o) { o.exclusion_distance = -1; }},
      {"avoid_distance", [](ProposeOptions& o) { o.avoid_distance = NAN; }},
      {"exposure_s", [](ProposeOptions& o) { o.exposure_s = NAN; }},
      {"raw_samples", [](ProposeOptions& o) { o.raw_samples = 0; }},
      {"references", [](ProposeOptions& o) { o.references = 0; }},
      {"starts", [](ProposeOptions& o) { o.starts = -1; }},
      {"refine_evaluations", [](ProposeOptions& o) { o.refine_evaluations = 0; }},
  };
  for (const auto& [name, spoil] : cases) {
    ProposeOptions options;
    spoil(options);
    try {
      validate(options);
      ADD_FAILURE() << name << " was not refused";
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
    }
  }
}

TEST(InitialDesign, IsSpreadFeasibleAndOnTheSteps) {
  const SearchSpace space = square(0.05, {"x + y <= 1.5"});
  Rng one(2);
  Rng two(2);
  const Eigen::MatrixXd design = initial_design(space, 10, one);
  EXPECT_EQ(design, initial_design(space, 10, two));
  for (Eigen::Index i = 0; i < 10; ++i) {
    EXPECT_TRUE(space.feasible(design.col(i)));
    EXPECT_EQ(space.snap(design.col(i)), design.col(i));
    for (Eigen::Index j = 0; j < i; ++j) EXPECT_GT((design.col(i) - design.col(j)).norm(), 0.15);
  }
}

TEST(InitialDesign, UsesEachStepOnceBeforeRepeating) {
  const SearchSpace space({axis("x", 0.25)}, {});
  Rng rng(2);
  const Eigen::MatrixXd design = initial_design(space, 5, rng);
  std::set<double> values(design.data(), design.data() + 5);
  EXPECT_EQ(values.size(), 5u);
  EXPECT_EQ(initial_design(space, 0, rng).cols(), 0);
}

}  // namespace
}  // namespace foray::optimizer::propose_test
