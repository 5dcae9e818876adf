#include "local_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "foray/common/random.h"
#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_fitter.h"

namespace foray::optimizer::local_step_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd scattered(Index d, Index n, double around, double reach) {
  Rng rng(3);
  std::uniform_real_distribution<double> uniform(-reach, reach);
  MatrixXd x(d, n);
  for (double& value : x.reshaped()) value = around + uniform(rng);
  return x;
}

// A valley askew of the axes, lowest at 0.4, 0.45, ...
double valley(const VectorXd& x) {
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i) {
    const double s = x(i) - 0.4 - 0.05 * static_cast<double>(i);
    sum += (1 + static_cast<double>(i)) * s * s + 0.3 * s * (x(0) - 0.4);
  }
  return 2 + sum;
}

VectorXd each(const MatrixXd& x, double (*function)(const VectorXd&)) {
  VectorXd y(x.cols());
  for (Index j = 0; j < x.cols(); ++j) y(j) = function(x.col(j));
  return y;
}

TEST(LocalStep, OfAQuadraticIsItsMinimumAndItsGainIsExact) {
  for (const Index d : {1, 2, 4}) {
    const MatrixXd x = scattered(d, 30, 0.45, 0.2);
    const VectorXd y = each(x, valley);
    const auto step = local_step(x, y, 0);
    ASSERT_TRUE(step) << d;
    for (Index i = 0; i < d; ++i)
      EXPECT_NEAR(step->unit(i), 0.4 + 0.05 * static_cast<double>(i), 1e-8) << d;
    EXPECT_NEAR(step->gain, y.minCoeff() - 2, 1e-10) << d;
  }
}

TEST(LocalStep, StaysInTheCubeAndAmongThePoints) {
  // Downhill without end: a plane that falls towards a corner.
  const MatrixXd x = scattered(2, 20, 0.9, 0.1);
  const VectorXd y = -(x.row(0) + 2 * x.row(1)).transpose();
  const auto step = local_step(x, y, 0);
  ASSERT_TRUE(step);
  EXPECT_LE(step->unit.maxCoeff(), 1);
  Index best = 0;
  y.minCoeff(&best);
  EXPECT_LE((step->unit - x.col(best)).norm(), 0.3);
}

TEST(LocalStep, IsNoneWhereThereIsNothingToGainOrToTrust) {
  const MatrixXd x = scattered(2, 20, 0.45, 0.2);
  const VectorXd y = each(x, valley);
  EXPECT_FALSE(local_step(x.leftCols(7), y.head(7), 0)) << "too few";
  EXPECT_FALSE(local_step(x, y, 1.0)) << "noise";
  EXPECT_FALSE(local_step(x, VectorXd::Constant(20, 3.0), 0)) << "flat";
  EXPECT_FALSE(local_step(x.col(0).replicate(1, 20), y, 0)) << "one place";
  const VectorXd rugged =
      each(x, [](const VectorXd& p) { return std::sin(40 * p(0)) * std::cos(55 * p(1)); });
  EXPECT_FALSE(local_step(x, rugged, 0)) << "rugged";
  // At the minimum itself.
  MatrixXd with(2, 21);
  with << x, Eigen::Vector2d(0.4, 0.45);
  EXPECT_FALSE(local_step(with, each(with, valley), 0)) << "there already";
}

// Branin (1972) on the unit square, less its minimum: its range is 300 and its valleys are curved.
double branin(const VectorXd& unit) {
  const double x = 15 * unit(0) - 5;
  const double y = 15 * unit(1);
  const double u = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;
  return u * u + 10 * (1 - 1 / (8 * M_PI)) * std::cos(x) + 10 - 0.39788735772973816;
}

TEST(Propose, FindsTheBottomOfASmoothValleyByLocalQuadratics) {
  std::vector<Parameter> parameters(2);
  parameters[0].name = "x";
  parameters[1].name = "y";
  const SearchSpace space(parameters, {});
  Objective objective;
  objective.terms.emplace_back();
  objective.terms.front().kind = ObjectiveKind::kMinimise;
  objective.terms.front().observables = {"f"};
  Rng rng(5);
  ProposeState state;
  state.measured = initial_design(space, 6, rng);
  const surrogate::GpFitter fitter{surrogate::FitOptions()};
  std::optional<VectorXd> last;
  bool stepped = false;
  while (state.measured.cols() < 60) {
    const VectorXd y = each(state.measured, branin);
    const surrogate::FitOutcome fit =
        fitter.fit({state.measured, y, VectorXd::Zero(y.size())}, last, {}, rng);
    last = fit.hyperparameters;
    state.values["f"] = y;
    const Proposal proposal =
        propose(space, objective, {{"f", fit.model.get()}}, {}, state, {}, rng);
    stepped = stepped || proposal.acquisition == "local_quadratic";
    state.measured.conservativeResize(Eigen::NoChange, state.measured.cols() + 1);
    state.measured.rightCols(1) = proposal.unit;
  }
  EXPECT_TRUE(stepped);
  // The acquisition alone stays above 1e-7 here: the model must explain 300 elsewhere.
  EXPECT_LT(each(state.measured, branin).minCoeff(), 1e-8);
  // What is noisy is left to the acquisition.
  state.next_noise["f"] = 1e-2;
  state.values["f"] = each(state.measured, branin);
  const auto fit = fitter.fit(
      {state.measured, state.values["f"], VectorXd::Constant(state.measured.cols(), 1e-2)},
      std::nullopt, {}, rng);
  EXPECT_NE(propose(space, objective, {{"f", fit.model.get()}}, {}, state, {}, rng).acquisition,
            "local_quadratic");
}

}  // namespace
}  // namespace foray::optimizer::local_step_test
