// Ways of measuring the same thing: which of them is chosen, and what is sought meanwhile.

#include "fidelity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp.h"

namespace foray::optimizer::fidelity_test {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Parameter axis(const std::string& name) {
  Parameter p;
  p.name = name;
  return p;
}

Parameter ways(std::vector<double> seconds) {
  Parameter p = axis("way");
  p.role = ParameterRole::kFidelity;
  p.categories = {"fast", "slow"};
  p.seconds = std::move(seconds);
  return p;
}

// Measured in both ways at both ends of x.
struct Case {
  SearchSpace space;
  MatrixXd x{{0.0, 0.0, 1.0, 1.0}, {0.0, 1.0, 0.0, 1.0}};
  surrogate::Gp f;
  ModelMap models = {{"f", &f}};
  Objective objective;
  ProposeState state;

  explicit Case(double fast_s, double slow_s, double noise = 1e-6)
      : space({axis("x"), ways({fast_s, slow_s})}, {}),
        f(surrogate::make_gp(x, Eigen::Vector4d(0, 0.1, 1, 1.2), Eigen::Vector4d::Constant(noise),
                             surrogate::hyperparameters(1, Vector2d(0.3, 2), 0))) {
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMaximise;
    term.observables = {"f"};
    objective.terms = {term};
    state.measured = x;
    state.next_noise = {{"f", noise}};
  }

  // The way that is chosen at a place.
  [[nodiscard]] Proposal chosen_at(double place) const {
    Proposal proposal;
    proposal.unit = Vector2d(place, 1);
    proposal.physical = space.from_unit(proposal.unit, 1);
    proposal.gain = 1;
    const FidelityChoice choice(space, objective, models, state);
    choice.choose(Cost(space, {}, 1, 0), proposal);
    return proposal;
  }
};

TEST(Fidelity, StandsAtWhatIsAskedAboutWhereASpaceIsSearched) {
  const Case c(1, 60);
  EXPECT_THAT(c.space.standing_axes(), ElementsAre(1));
  EXPECT_THAT(c.space.context_axes(), IsEmpty());
  EXPECT_THAT(c.space.discrete_axes(), IsEmpty());
  Rng rng(1);
  EXPECT_EQ(c.space.sample(64, rng).row(1).minCoeff(), 1);
  EXPECT_EQ(c.space.snap(Vector2d(0.3, 0.2)), Vector2d(0.3, 1));
  EXPECT_EQ(c.space.from_unit(Vector2d(0.3, 0), 1), Vector2d(0.3, 0));
  const SearchSpace listed({axis("x"), ways({1, 60})}, {}, MatrixXd{{0.2, 0.4}, {0, 0}});
  EXPECT_EQ(listed.from_unit(listed.snap(Vector2d(0.25, 0)), 1), Vector2d(0.2, 1));
}

TEST(Fidelity, IsFullAtTheLastValueInRange) {
  Parameter p = axis("bin");
  p.role = ParameterRole::kFidelity;
  p.values = {1, 2, 8};
  p.lower = 1;
  p.upper = 8;
  EXPECT_TRUE(at_full_fidelity({p}, VectorXd::Constant(1, 7.9)));
  EXPECT_FALSE(at_full_fidelity({p}, VectorXd::Constant(1, 2)));
  p.upper = 3;  // As a narrowed range has it: what was measured beyond answers nothing.
  EXPECT_TRUE(at_full_fidelity({p}, VectorXd::Constant(1, 2)));
  EXPECT_FALSE(at_full_fidelity({p}, VectorXd::Constant(1, 8)));
  EXPECT_TRUE(at_full_fidelity({axis("x")}, VectorXd::Constant(1, 0.2)));
}

TEST(Fidelity, IsTheOneThatTellsMostASecond) {
  // The share of what is unknown of the slow way that each removes, by hand.
  const auto share = [](const Case& c, double place, double noise) {
    const MatrixXd both{{place, place}, {0, 1}};
    const MatrixXd covariance = c.f.joint(both).covariance;
    return std::pair(
        std::pow(covariance(0, 1), 2) / ((covariance(0, 0) + noise) * covariance(1, 1)),
        covariance(1, 1) / (covariance(1, 1) + noise));
  };
  const Case base(1, 60);
  const auto [fast, slow] = share(base, 0.5, 1e-6);
  ASSERT_GT(fast, 0.5);
  ASSERT_LT(fast, 0.95);
  // An exposure of a second comes on top of both.
  const double even = slow / fast * 2 - 1;
  for (const double slow_s : {0.9 * even, 1.1 * even}) {
    const Proposal chosen = Case(1, slow_s).chosen_at(0.5);
    EXPECT_EQ(chosen.physical(1), slow_s > even ? 0 : 1);
    EXPECT_EQ(chosen.unit(1), chosen.physical(1));
    EXPECT_DOUBLE_EQ(*chosen.gain, slow_s > even ? fast : 1);
  }
  // Noise of the fast way counts against it, that of the slow one does not.
  Case noisy(1, 60);
  noisy.state.fidelity_noise["f"] = Vector2d(1000, 1e-6);
  EXPECT_EQ(noisy.chosen_at(0.5).physical(1), 1);
  noisy.state.fidelity_noise["f"] = Vector2d(1e-6, 1000);
  EXPECT_EQ(noisy.chosen_at(0.5).physical(1), 0);
}

TEST(Fidelity, IsTheFullOneWhereTheOtherIsKnown) {
  Case c(1, 10);
  EXPECT_EQ(c.chosen_at(0).physical(1), 1);
  EXPECT_EQ(c.chosen_at(0.5).physical(1), 0);
  // In flight is as good as known, and keeps nobody from measuring the other way there.
  c.state.pending = MatrixXd{{0.5}, {0.0}};
  c.state.pending_noise["f"] = VectorXd::Constant(1, 1e-6);
  EXPECT_EQ(c.chosen_at(0.5).physical(1), 1);
}

TEST(Fidelity, TakesTheFullOneWhereNothingIsGained) {
  EXPECT_EQ(Case(1, 1).chosen_at(0.5).physical(1), 1);
  const SearchSpace space({axis("x"), ways({})}, {});
  EXPECT_EQ(Cost(space, {}, 1, 0).seconds(Vector2d(0, 1)), 1);
}

// The search is for what the slow way says, whichever is used: with a fast way that is far too high
// on the left, where the slow one is low.
TEST(Fidelity, SeeksWhatTheFullOneSays) {
  Case c(1, 60);
  const MatrixXd x{{0.1, 0.1, 0.9, 0.9}, {0.0, 1.0, 0.0, 1.0}};
  c.f = surrogate::make_gp(x, Eigen::Vector4d(5, 0, 0.5, 1), Eigen::Vector4d::Constant(1e-6),
                           surrogate::hyperparameters(4, Vector2d(0.3, 0.5), 0));
  c.state.measured = x;
  for (const AcquisitionKind kind :
       {AcquisitionKind::kLogNoisyExpectedImprovement, AcquisitionKind::kUpperConfidenceBound}) {
    Rng rng(2);
    const Proposal proposal =
        propose(c.space, c.objective, c.models, {.kind = kind}, c.state, {}, rng);
    EXPECT_GT(proposal.physical(0), 0.5) << proposal.acquisition;
    EXPECT_DOUBLE_EQ(proposal.seconds, 1 + (proposal.physical(1) > 0 ? 60 : 1));
  }
}

TEST(Fidelity, BatchesGoOnFromWhatIsInFlight) {
  Case c(1, 60);
  ProposeOptions options;
  options.batch = 3;
  Rng rng(3);
  const auto batch =
      propose_batch(c.space, c.objective, c.models,
                    {.kind = AcquisitionKind::kLogNoisyExpectedImprovement}, c.state, options, rng);
  ASSERT_EQ(batch.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(batch[i].physical, batch[j].physical);
}

TEST(Fidelity, IsRefusedByName) {
  const auto refused = [](Parameter p) {
    try {
      const SearchSpace space({axis("x"), std::move(p)}, {});
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(refused(ways({1, 2})), "accepted");
  EXPECT_THAT(refused(ways({1})), HasSubstr("\"way\": expected seconds for each of its values"));
  EXPECT_THAT(refused(ways({1, -1})), HasSubstr("expected finite seconds >= 0"));
  Parameter p = ways({1, 2});
  p.role = ParameterRole::kAxis;
  EXPECT_THAT(refused(p), HasSubstr("expected seconds of the role fidelity only"));
  p = axis("way");
  p.role = ParameterRole::kFidelity;
  EXPECT_THAT(refused(p), HasSubstr("expected two values or more"));
  p = ways({1, 2});
  p.max_move = 1;
  EXPECT_THAT(refused(p), HasSubstr("expected no speed and no max_move of the role fidelity"));
  EXPECT_THROW(SearchSpace({axis("x"), ways({})}, {"x + way < 1"}), std::invalid_argument);
  EXPECT_THROW(SearchSpace({axis("x"), ways({}),
                            [] {
                              Parameter other = ways({});
                              other.name = "other";
                              return other;
                            }()},
                           {}),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::fidelity_test
