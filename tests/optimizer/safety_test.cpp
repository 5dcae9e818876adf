#include "safety.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp.h"

namespace foray::optimizer::safety_test {
namespace {

Parameter axis(const std::string& name) {
  Parameter p;
  p.name = name;
  return p;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// f grows to the right; g, which must stay above zero, falls there. Measured in the left third.
struct Case {
  surrogate::Gp f = left([](double x) { return x; });
  surrogate::Gp g = left([](double x) { return 0.5 - x; });
  ModelMap models = {{"f", &f}, {"g", &g}};
  ProposeState state;
  Objective objective;
  SearchSpace space{{axis("x")}, {}};

  static surrogate::Gp left(const std::function<double(double)>& function) {
    Eigen::MatrixXd x = Eigen::RowVectorXd::LinSpaced(6, 0.0, 0.3);
    Eigen::VectorXd y(6);
    for (Eigen::Index j = 0; j < 6; ++j) y(j) = function(x(0, j));
    return surrogate::make_gp(x, y, Eigen::VectorXd::Constant(6, 1e-6),
                              surrogate::hyperparameters(1, Eigen::VectorXd::Constant(1, 0.4), 0));
  }

  Case() {
    state.measured = f.data_x();
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMaximise;
    term.observables = {"f"};
    objective.terms = {term};
  }

  [[nodiscard]] Proposal ask(double probability) {
    objective.subject_to = {{"g", 0.0, std::nullopt, probability}};
    Rng rng(3);
    return propose(space, objective, models,
                   {.kind = AcquisitionKind::kUpperConfidenceBound, .beta = 5}, state, {}, rng);
  }

  // That g is above zero, by formulas of one's own: with a prior of at least twice the margin.
  [[nodiscard]] double probability(const Eigen::VectorXd& x) const {
    const surrogate::Posterior at = g.predict(x);
    const surrogate::Posterior before = g.prior(x);
    const double wide =
        std::max(1.0, 4 * std::pow(std::max(before.mean(0), 0.0), 2) / before.variance(0));
    return normal_cdf(at.mean(0) / std::sqrt(wide * at.variance(0)));
  }
};

TEST(Safety, NothingIsProposedWhereItIsLessProbableThanAsked) {
  Case c;
  double last = 1;
  ASSERT_LT(c.probability(c.ask(0).unit), 0.9);  // So that what follows is held back.
  for (const double asked : {0.9, 0.99, 0.9999}) {
    const Proposal proposal = c.ask(asked);
    EXPECT_GE(c.probability(proposal.unit), asked - 1e-9);
    // It goes as far to the right as it may: the more is asked, the less.
    EXPECT_LT(c.probability(proposal.unit), asked + 0.1 * (1 - asked));
    EXPECT_LT(proposal.unit(0), last);
    last = proposal.unit(0);
  }
}

TEST(Safety, IsFoundWhereItIsASmallPartOfTheSpace) {
  Case c;
  c.objective.subject_to = {{"g", 0.0, std::nullopt, 0}};
  // Safe is only what has been measured, and a little around it.
  c.g = surrogate::make_gp(c.state.measured.leftCols(3), Eigen::Vector3d(1, 1, 1),
                           Eigen::Vector3d::Constant(1e-6),
                           surrogate::hyperparameters(100, Eigen::VectorXd::Constant(1, 0.05), 0));
  const Proposal proposal = c.ask(0.99);
  EXPECT_GE(c.probability(proposal.unit), 0.99 - 1e-9);
}

TEST(Safety, FarFromAllThatIsKnownNothingIsSafeHoweverAlikeTheDataAre) {
  Case c;
  // So far from the limit and so little spread that the surrogate is sure of everything.
  c.g = surrogate::make_gp(c.state.measured, Eigen::VectorXd::Ones(6),
                           Eigen::VectorXd::Constant(6, 1e-6),
                           surrogate::hyperparameters(1e-4, Eigen::VectorXd::Constant(1, 0.02), 0));
  c.objective.subject_to = {{"g", 0.0, std::nullopt, 0.7}};
  const Safety safety(c.space, c.objective, c.models, c.state.measured);
  EXPECT_TRUE(safety.holds(c.state.measured.col(5)));
  EXPECT_FALSE(safety.holds(Eigen::VectorXd::Ones(1)));
}

TEST(Safety, IsRefusedWhereNothingIsKnownToBeSafe) {
  Case c;
  c.g = Case::left([](double x) { return -0.5 - x; });
  try {
    (void)c.ask(0.9);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("at no measured point the constraints"));
  }
  c.models.erase("g");
  try {
    (void)c.ask(0.9);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("nothing is known of \"g\" yet"));
  }
  EXPECT_THROW((void)c.ask(1), std::invalid_argument);
  EXPECT_THROW((void)c.ask(-0.1), std::invalid_argument);
}

TEST(Safety, NothingIsSafeFartherFromTheDataThanTheyLieApart) {
  Case c;  // Measured from 0 to 0.3, and sure of everything as far as its limit is concerned.
  c.g = surrogate::make_gp(c.state.measured, Eigen::VectorXd::Ones(6),
                           Eigen::VectorXd::Constant(6, 1e-6),
                           surrogate::hyperparameters(1, Eigen::VectorXd::Constant(1, 50), 0));
  c.objective.subject_to = {{"g", 0.0, std::nullopt, 0.9}};
  const Safety safety(c.space, c.objective, c.models, c.state.measured);
  EXPECT_TRUE(safety.holds(Eigen::VectorXd::Constant(1, 0.59)));
  EXPECT_FALSE(safety.holds(Eigen::VectorXd::Constant(1, 0.61)));

  // What is not chosen goes where it goes.
  Parameter drifts = axis("t");
  drifts.role = ParameterRole::kContext;
  const SearchSpace space({axis("x"), drifts}, {});
  const Eigen::MatrixXd measured = Eigen::MatrixXd::Identity(2, 2) * 0.3;
  surrogate::Gp g =
      surrogate::make_gp(measured, Eigen::Vector2d::Ones(), Eigen::Vector2d::Constant(1e-6),
                         surrogate::hyperparameters(1, Eigen::Vector2d::Constant(50), 0));
  const ModelMap models = {{"g", &g}};
  const Safety beside(space, c.objective, models, measured);
  EXPECT_TRUE(beside.holds(Eigen::Vector2d(0.5, 0.9)));
  EXPECT_FALSE(beside.holds(Eigen::Vector2d(0.7, 0.3)));
}

// A noisy measurement far within the limit is as sure as its noise says, however much is doubted of
// what lies between measurements.
TEST(Safety, NoiseIsNoDoubt) {
  Case c;
  c.g = surrogate::make_gp(c.state.measured, Eigen::VectorXd::Ones(6),
                           Eigen::VectorXd::Constant(6, 2e-4),
                           surrogate::hyperparameters(1e-3, Eigen::VectorXd::Constant(1, 0.02), 0));
  c.objective.subject_to = {{"g", 0.0, std::nullopt, 0.99}};
  const Safety safety(c.space, c.objective, c.models, c.state.measured);
  EXPECT_TRUE(safety.holds(c.state.measured.col(2)));
  EXPECT_FALSE(safety.holds((c.state.measured.col(2) + c.state.measured.col(3)) / 2));
}

// Where values are next to nothing but noise no place is told from another.
TEST(Safety, NoiseTellsNothingOfOtherPlaces) {
  Case c;
  c.g = surrogate::make_gp(c.state.measured, Eigen::VectorXd::Ones(6),
                           Eigen::VectorXd::Constant(6, 1),
                           surrogate::hyperparameters(1e-4, Eigen::VectorXd::Constant(1, 50), 0));
  c.objective.subject_to = {{"g", 0.0, std::nullopt, 0.95}};
  const Safety safety(c.space, c.objective, c.models, c.state.measured);
  EXPECT_FALSE(safety.holds(Eigen::VectorXd::Constant(1, 0.45)));
}

TEST(Safety, WhatIsInFlightMakesNothingSafe) {
  Case c;
  const Eigen::VectorXd before = c.ask(0.99).unit;
  c.state.pending = Eigen::MatrixXd::Constant(1, 1, 0.9);
  EXPECT_GE(c.probability(c.ask(0.99).unit), 0.99 - 1e-9);
  EXPECT_NEAR(c.ask(0.99).unit(0), before(0), 0.05);
}

}  // namespace
}  // namespace foray::optimizer::safety_test
