// What is measured and not chosen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/optimizer/propose.h"
#include "foray/optimizer/search_space.h"
#include "models.h"

namespace foray::optimizer::context_test {
namespace {

using testing::gp_of;

Parameter range(const std::string& name, double lower, double upper) {
  Parameter p;
  p.name = name;
  p.lower = lower;
  p.upper = upper;
  return p;
}

Parameter context(const std::string& name, double lower, double upper) {
  Parameter p = range(name, lower, upper);
  p.role = ParameterRole::kContext;
  return p;
}

SearchSpace warm() {
  return SearchSpace({context("T", 20, 40), range("x", 0, 1), range("y", 0, 2)}, {"x + y <= 2"});
}

TEST(Context, StandsWhereItWasMeasuredAlsoBeyondItsRange) {
  const SearchSpace space = warm();
  EXPECT_EQ(space.dimension(), 3);
  EXPECT_THAT(space.context_axes(), ::testing::ElementsAre(0));
  EXPECT_EQ(space.snap(Eigen::Vector3d(0.1, 0.5, 0.5)), Eigen::Vector3d(0.5, 0.5, 0.5));
  for (const double t : {20.0, 33.0, 52.0, -3.0}) {
    const SearchSpace now = space.in_context(Eigen::Vector3d(t, 99, 99));
    const double unit = (t - 20) / 20;
    EXPECT_EQ(now.snap(Eigen::Vector3d(0.1, 0.5, 0.25)), Eigen::Vector3d(unit, 0.5, 0.25));
    EXPECT_TRUE(now.feasible(Eigen::Vector3d(unit, 0.5, 0.5)));
    EXPECT_FALSE(now.feasible(Eigen::Vector3d(unit, 1, 1)));
    EXPECT_FALSE(now.feasible(Eigen::Vector3d(unit, 1.1, 0)));
    EXPECT_DOUBLE_EQ(now.from_unit(Eigen::Vector3d(unit, 0.5, 0.5), 1)(0), t);
    Rng rng(1);
    const Eigen::MatrixXd points = now.sample(50, rng);
    EXPECT_TRUE((points.row(0).array() == unit).all());
    for (Eigen::Index j = 0; j < points.cols(); ++j) EXPECT_TRUE(now.feasible(points.col(j)));
  }
}

TEST(Context, TakesNoTimeToMoveAndNoPartInCandidates) {
  const SearchSpace space = warm();
  EXPECT_EQ(space.move_seconds(Eigen::Vector3d(20, 0, 0), Eigen::Vector3d(40, 0, 0)), 0);
  Eigen::MatrixXd candidates(3, 2);
  candidates << 0, 0,  // Whatever stands there.
      0.25, 0.75,      //
      1.0, 0.5;
  const SearchSpace list =
      SearchSpace(space.parameters(), {}, candidates).in_context(Eigen::Vector3d(30, 0, 0));
  EXPECT_EQ(list.candidates().cols(), 2);
  EXPECT_EQ(list.snap(Eigen::Vector3d(0.9, 0.2, 0.4)), Eigen::Vector3d(0.5, 0.25, 0.5));
}

TEST(Context, IsRefusedWhereItCannotBe) {
  const auto refused = [](std::vector<Parameter> all, std::vector<std::string> constraints) {
    try {
      SearchSpace(std::move(all), std::move(constraints));
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(refused({context("T", 0, 1)}, {}), HasSubstr("at least one parameter with the role"));
  EXPECT_THAT(refused({context("T", 0, 1), range("x", 0, 1)}, {"x + T < 1"}),
              HasSubstr("known names: x"));
  Parameter stepped = context("T", 0, 1);
  stepped.step = 0.1;
  EXPECT_THAT(refused({stepped, range("x", 0, 1)}, {}),
              HasSubstr("\"T\": expected a linear range and nothing else"));
  Parameter named = range("x", 0, 1);
  named.from = std::string("oven");
  EXPECT_THAT(refused({named}, {}), HasSubstr("of the role context only"));
}

// The lowest place moves with T: at x = .2 + .6 T.
double valley(const Eigen::VectorXd& x) { return std::pow(x(1) - 0.2 - 0.6 * x(0), 2); }

struct Case {
  surrogate::Gp gp = gp_of(2, 40, 3, 0.5, 1e-8, valley);
  ModelMap models = {{"f", &gp}};
  ProposeState state;
  Objective objective;
  SearchSpace space{{context("T", 0, 1), range("x", 0, 1)}, {}};

  Case() {
    state.measured = gp.data_x();
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMinimise;
    term.observables = {"f"};
    objective.terms = {term};
  }

  [[nodiscard]] Proposal ask(double t, AcquisitionKind kind) const {
    Rng rng(5);
    return propose(space.in_context(Eigen::Vector2d(t, 0)), objective, models, {.kind = kind},
                   state, {}, rng);
  }
};

TEST(ProposeInContext, SeeksWhatIsBestNowByEveryFunctionThatSeeksABest) {
  const Case c;
  for (const AcquisitionKind kind :
       {AcquisitionKind::kAutomatic, AcquisitionKind::kLogExpectedImprovement,
        AcquisitionKind::kKnowledgeGradient, AcquisitionKind::kThompson,
        AcquisitionKind::kUpperConfidenceBound})
    for (const double t : {0.1, 0.5, 0.9}) {
      const Proposal proposal = c.ask(t, kind);
      EXPECT_EQ(proposal.unit(0), t);
      EXPECT_NEAR(proposal.physical(0), t, 1e-15);
      // Less than half the way to the best place of the next context.
      EXPECT_NEAR(proposal.unit(1), 0.2 + 0.6 * t, 0.1) << static_cast<int>(kind) << " at " << t;
    }
}

TEST(ProposeInContext, AProposalInFlightIsNotMadeAgainForAnotherContext) {
  Case c;
  Parameter stepped = range("x", 0, 1);
  stepped.step = 0.5;
  c.space = SearchSpace({context("T", 0, 1), stepped}, {});
  c.state.pending = Eigen::MatrixXd(2, 2);
  c.state.pending << 0.1, 0.2,  //
      0.5, 0;
  EXPECT_EQ(c.ask(0.5, AcquisitionKind::kAutomatic).unit, Eigen::Vector2d(0.5, 1));
}

}  // namespace
}  // namespace foray::optimizer::context_test
