#include "field_terms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::field_terms_test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::expect_consistent;
using testing::GoldenCase;
using testing::kPoints;
using testing::marginals;

surrogate::Gp wavy() {
  return testing::gp_of(2, 25, 7, 0.3, 1e-3, [](const VectorXd& x) {
    return std::sin(6 * x(0)) + std::cos(5 * x(1)) * x(0);
  });
}

MatrixXd grid() {
  MatrixXd points(2, 100);
  for (Eigen::Index j = 0; j < 100; ++j)
    points.col(j) << 0.1 * static_cast<double>(j % 10) + .05,
        0.1 * static_cast<double>(j / 10) + .05;
  return points;
}

TEST(GradientTerm, AgreesWithTheGoldenCase) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const GradientTerm term(0, gp, 1e-9);
  // Lengths of the mean's analytic gradients there times sigma. (gpCAM 8.4.3 prints 1.439599887432
  // for the second: its gradient is a forward difference, good to 1e-8.)
  const double expected[] = {.9792728896027317, 1.439599872586164, .47312704962472985};
  // At one point by exact gradients; of many by differences of the mean.
  const VectorXd values = term.log_values(marginals(gp, c.places));
  VectorXd gradient;
  for (Eigen::Index i = 0; i < 3; ++i) {
    EXPECT_NEAR(std::exp(term.log_value(testing::point_marginals(gp, c.places.col(i)), gradient)),
                expected[i], 1e-11);
    EXPECT_NEAR(std::exp(values(i)), expected[i], 1e-7);
  }
}

TEST(GradientTerm, HasItsGradientAndIsTheSameUpsideDown) {
  const surrogate::Gp gp = wavy();
  const GradientTerm term(0, gp, 1e-9);
  for (const Eigen::Vector2d& point : kPoints) expect_consistent(term, gp, point, 1e-5);
  const GoldenCase c;
  const surrogate::Gp up = c.model();
  const surrogate::Gp down = c.model(-1);
  EXPECT_EQ(GradientTerm(0, up, 1e-9).log_values(marginals(up, c.places)),
            GradientTerm(0, down, 1e-9).log_values(marginals(down, c.places)));
}

TEST(GradientTerm, FollowsSigmaWhereAllIsFlat) {
  const GoldenCase c;
  const surrogate::Gp gp = surrogate::make_gp(c.x, VectorXd::Zero(5), c.noise, c.hyperparameters);
  const GradientTerm term(0, gp, 1e-6);
  const VectorXd values = term.log_values(marginals(gp, grid()));
  const VectorXd expected = 0.5 * gp.predict(grid()).variance.array().log() + std::log(1e-6);
  EXPECT_LT((values - expected).cwiseAbs().maxCoeff(), 1e-9);
  expect_consistent(term, gp, kPoints[0]);
}

TEST(PathFunction, HasItsGradientAndMinimisingMirrorsMaximising) {
  const GoldenCase c;
  const surrogate::Gp up = c.model();
  const surrogate::Gp down = c.model(-1);
  Rng one(3);
  Rng two(3);
  const SignedTerm maximise(std::make_unique<PathFunction>(0, up.draw_path(one), true),
                            marginals(up, grid()));
  const SignedTerm minimise(std::make_unique<PathFunction>(0, down.draw_path(two), false),
                            marginals(down, grid()));
  EXPECT_LT(
      (maximise.log_values(marginals(up, grid())) - minimise.log_values(marginals(down, grid())))
          .cwiseAbs()
          .maxCoeff(),
      1e-12);
  for (const Eigen::Vector2d& point : kPoints) {
    expect_consistent(maximise, up, point);
    expect_consistent(minimise, down, point);
  }
}

TEST(PathFunction, MinimisingDrawsFromTheSamePosterior) {
  const surrogate::Gp gp = wavy();
  const MatrixXd point = kPoints[0];
  const surrogate::Posterior posterior = gp.predict(point);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 500;
  Rng rng(9);
  for (int i = 0; i < kDraws; ++i) {
    const PathFunction path(0, gp.draw_path(rng), false);
    const double value = -path.values(marginals(gp, point))(0) - posterior.mean(0);
    sum += value;
    squares += value * value;
  }
  // Five standard errors, of the mean and of the variance; features add a few per cent to that.
  EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(posterior.variance(0) / kDraws));
  EXPECT_NEAR(squares / kDraws, posterior.variance(0), 0.4 * posterior.variance(0));
}

std::unique_ptr<FormulaFunction> formula(const std::string& text, double deviation = 0.3) {
  return std::make_unique<FormulaFunction>(
      0, std::make_unique<Formula>(std::vector<std::string>{"mu", "sigma", "x", "y"}, text),
      [](const VectorXd& unit) {
        return VectorXd{{10 * unit(0), std::exp(unit(1))}};
      },
      deviation);
}

TEST(FormulaFunction, IsTheFormulaOfMeanDeviationAndParameters) {
  const surrogate::Gp gp = wavy();
  const surrogate::Posterior at = gp.predict(kPoints[0]);
  const double expected = at.mean(0) + 3 * std::sqrt(at.variance(0)) - 0.1 * 3.1 * std::exp(.62);
  EXPECT_NEAR(formula("mu + 3 * sigma - 0.1 * x * y")->values(marginals(gp, kPoints[0]))(0),
              expected, 1e-14);
}

TEST(FormulaFunction, HasItsGradientAlsoAtTheEdgeOfTheCube) {
  const surrogate::Gp gp = wavy();
  const SignedTerm term(formula("mu * exp(-x / 10) + 2 * sigma * sqrt(y)"), marginals(gp, grid()));
  for (const Eigen::Vector2d& point : kPoints) expect_consistent(term, gp, point);
  VectorXd gradient;
  (void)formula("x")->value(testing::point_marginals(gp, Eigen::Vector2d(1, 0)), gradient);
  EXPECT_NEAR(gradient(0), 10, 1e-6);
  EXPECT_NEAR(gradient(1), 0, 1e-6);
}

TEST(SignedTerm, KeepsTheOrderWhateverTheUnitAndTheSign) {
  const surrogate::Gp gp = wavy();
  const auto order = [&](const std::string& text) {
    const VectorXd values =
        SignedTerm(formula(text), marginals(gp, grid())).log_values(marginals(gp, grid()));
    std::vector<Eigen::Index> indices(100);
    for (std::size_t i = 0; i < 100; ++i) indices[i] = static_cast<Eigen::Index>(i);
    std::stable_sort(indices.begin(), indices.end(),
                     [&](Eigen::Index i, Eigen::Index j) { return values(i) < values(j); });
    return indices;
  };
  EXPECT_EQ(order("mu - 100"), order("mu"));
  EXPECT_EQ(order("1e12 * mu"), order("mu"));
  EXPECT_EQ(order("1e-12 * mu - 3e-12"), order("mu"));
}

TEST(SignedTerm, TakesWhatIsNotFiniteAsNothing) {
  const surrogate::Gp gp = wavy();
  const SignedTerm term(formula("sqrt(x - 5)"), marginals(gp, grid()));
  const VectorXd values = term.log_values(marginals(gp, grid()));
  EXPECT_TRUE(values.allFinite());
  EXPECT_LT(values.head(5).maxCoeff(), -1e5);
  VectorXd gradient;
  EXPECT_LT(term.log_value(testing::point_marginals(gp, Eigen::Vector2d(.2, .2)), gradient), -1e5);
  EXPECT_EQ(gradient.norm(), 0);
  const SignedTerm nothing(formula("sqrt(-1)"), marginals(gp, grid()));
  EXPECT_TRUE(nothing.log_values(marginals(gp, grid())).allFinite());
  const SignedTerm same(formula("7"), marginals(gp, grid()));
  EXPECT_TRUE(same.log_values(marginals(gp, grid())).allFinite());
}

}  // namespace
}  // namespace foray::optimizer::field_terms_test
