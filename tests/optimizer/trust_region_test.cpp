#include "trust_region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "foray/optimizer/propose.h"
#include "models.h"

namespace foray::optimizer::trust_region_test {
namespace {

using testing::gp_of;

constexpr Eigen::Index kAxes = 2;  // So that six measurements begin a box.

// Six values that begin, and those that follow.
Eigen::VectorXd after_six(const std::vector<double>& more) {
  Eigen::VectorXd all = Eigen::VectorXd::Zero(6 + static_cast<Eigen::Index>(more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) all(6 + static_cast<Eigen::Index>(i)) = more[i];
  return all;
}

double length_after(const std::vector<double>& more, const TrustRegion& region = {}) {
  return trust_state(after_six(more), region, kAxes).length;
}

TEST(TrustState, SearchesEverythingUntilAsManyAsADesignAreMeasured) {
  EXPECT_TRUE(trust_state(Eigen::VectorXd(0), {}, kAxes).everywhere);
  EXPECT_TRUE(trust_state(Eigen::VectorXd::Ones(5), {}, kAxes).everywhere);
  EXPECT_FALSE(trust_state(Eigen::VectorXd::Ones(6), {}, kAxes).everywhere);
  EXPECT_TRUE(trust_state(Eigen::VectorXd::Constant(8, std::nan("")), {}, kAxes).everywhere);
}

TEST(TrustState, GrowsAfterSuccessesInARowAndShrinksAfterFailuresInARow) {
  EXPECT_EQ(length_after({1, 2}), 0.8);
  EXPECT_EQ(length_after({1, 2, 3}), 1.6);
  EXPECT_EQ(length_after({1, 2, 0, 3}), 0.8);               // Not in a row.
  EXPECT_EQ(length_after({1, 2, 3, 4, 5, 6, 7, 8, 9}), 2);  // No more than the cube.
  EXPECT_EQ(length_after({-1, -1, -1}), 0.8);
  EXPECT_EQ(length_after({-1, -1, -1, -1}), 0.4);
  EXPECT_EQ(length_after({-1, -1, -1, 1, -1, -1, -1}), 0.8);
  EXPECT_EQ(length_after({-1, std::nan(""), -1, -1}), 0.4);  // What is of no use is no success.
  EXPECT_EQ(length_after({0, 0, 0, 0}), 0.4);                // Nor is what is only as good.
  EXPECT_EQ(length_after({-1, -1}, {.failures = 2}), 0.4);
  EXPECT_EQ(length_after({1}, {.length = 0.25, .successes = 1}), 0.5);
  EXPECT_EQ(trust_state(Eigen::VectorXd::Zero(14 + 5), {}, 6).length, 0.8);
  EXPECT_EQ(trust_state(Eigen::VectorXd::Zero(14 + 6), {}, 6).length, 0.4);  // One an axis.
}

TEST(TrustState, BeginsAnewWhenTheBoxIsTooSmall) {
  const TrustRegion region{.length = 0.5, .least = 0.2, .successes = 3, .failures = 1};
  const TrustState smaller = trust_state(after_six({-1}), region, kAxes);
  EXPECT_EQ(smaller.length, 0.25);
  EXPECT_EQ(smaller.since, 0);
  const TrustState again = trust_state(after_six({-1, -1}), region, kAxes);
  EXPECT_EQ(again.length, 0.5);
  EXPECT_EQ(again.since, 8);
  EXPECT_TRUE(again.everywhere);
  // What is worse than before but best of the new ones is a success there.
  const TrustState later =
      trust_state(after_six({-1, -1, -9, -9, -9, -9, -9, -9, -8, -7, -6}), region, kAxes);
  EXPECT_FALSE(later.everywhere);
  EXPECT_EQ(later.since, 8);
  EXPECT_EQ(later.length, 1);
}

TEST(TrustRegionOptions, AreRefusedByName) {
  EXPECT_NO_THROW(validate(TrustRegion{}));
  for (const TrustRegion& bad :
       {TrustRegion{.length = 0}, TrustRegion{.length = 2.5}, TrustRegion{.length = std::nan("")},
        TrustRegion{.least = 0}, TrustRegion{.least = 0.9}, TrustRegion{.successes = 0},
        TrustRegion{.failures = -1}})
    EXPECT_THROW(validate(bad), std::invalid_argument);
}

// Best at (.3, .7), worse in all directions.
double bowl(const Eigen::VectorXd& x) {
  return -(x - Eigen::Vector2d(0.3, 0.7)).squaredNorm() + 0.1 * std::sin(20 * x(0));
}

struct Case {
  surrogate::Gp gp = gp_of(2, 20, 5, 0.3, 1e-6, bowl);
  ModelMap models = {{"f", &gp}};
  ProposeState state;
  Objective objective;
  AcquisitionSpec acquisition;
  SearchSpace space;

  explicit Case(SearchSpace where) : space(std::move(where)) {
    state.measured = gp.data_x();
    Eigen::VectorXd values(20);
    for (Eigen::Index j = 0; j < 20; ++j) values(j) = bowl(state.measured.col(j));
    state.values["f"] = values;
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMaximise;
    term.observables = {"f"};
    objective.terms = {term};
    // What is unknown is largest in the corners: without a box it would be sought there.
    acquisition.kind = AcquisitionKind::kUpperConfidenceBound;
    acquisition.beta = 1000;
    acquisition.trust_region = TrustRegion{.length = 0.1, .failures = 1000};
  }

  [[nodiscard]] Proposal ask() const {
    Rng rng(3);
    return propose(space, objective, models, acquisition, state, {}, rng);
  }

  [[nodiscard]] Eigen::VectorXd best() const {
    Eigen::Index j = 0;
    gp.predict_mean(state.measured).maxCoeff(&j);
    return state.measured.col(j);
  }
};

Parameter axis(const std::string& name) {
  Parameter p;
  p.name = name;
  return p;
}

TEST(ProposeInATrustRegion, StaysInTheBoxAndReachesItsBorder) {
  Case c(SearchSpace({axis("x"), axis("y")}, {}));
  const Proposal proposal = c.ask();
  EXPECT_EQ(proposal.acquisition, "upper_confidence_bound in a trust region");
  EXPECT_LE((proposal.unit - c.best()).cwiseAbs().maxCoeff(), 0.05 + 1e-12);
  // What is unknown grows away from what was measured.
  EXPECT_NEAR((proposal.unit - c.best()).cwiseAbs().maxCoeff(), 0.05, 1e-6);
  c.acquisition.trust_region.reset();
  EXPECT_GT((c.ask().unit - c.best()).cwiseAbs().maxCoeff(), 0.2);
}

TEST(ProposeInATrustRegion, KeepsConstraintsLevelsAndReach) {
  Parameter step = axis("y");
  step.integer = true;
  step.upper = 4;
  Case levels(SearchSpace({axis("x"), step}, {}));
  const Proposal proposal = levels.ask();
  EXPECT_LE(std::abs(proposal.unit(0) - levels.best()(0)), 0.05 + 1e-12);
  EXPECT_EQ(proposal.physical(1), std::round(proposal.physical(1)));
  Parameter slow = axis("x");
  slow.max_move = 0.02;
  Case near(SearchSpace({slow, axis("y")}, {}));
  near.state.from = near.best();
  const Proposal close = near.ask();
  EXPECT_LE(std::abs(close.unit(0) - near.best()(0)), 0.02 + 1e-9);
  EXPECT_LE(std::abs(close.unit(1) - near.best()(1)), 0.05 + 1e-12);
}

TEST(ProposeInATrustRegion, IsLeftWhereNothingInItCanBeMeasured) {
  Eigen::MatrixXd list(2, 2);
  list << 0.9, 0.7,  //
      0.1, 0.1;
  Case c(SearchSpace({axis("x"), axis("y")}, {}, list));
  EXPECT_EQ(c.ask().acquisition, "upper_confidence_bound in a trust region");
  c.state.pending = c.space.snap(c.best());
  EXPECT_EQ(c.ask().acquisition, "upper_confidence_bound");
}

TEST(ProposeInATrustRegion, IsRefusedWhereNothingIsMadeLargestOrSmallest) {
  Case c(SearchSpace({axis("x"), axis("y")}, {}));
  c.objective.terms[0].kind = ObjectiveKind::kExplore;
  c.acquisition.kind = AcquisitionKind::kAutomatic;
  EXPECT_THROW((void)c.ask(), std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::trust_region_test
