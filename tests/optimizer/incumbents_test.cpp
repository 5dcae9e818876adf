#include "incumbents.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "foray/optimizer/acquisition.h"
#include "golden_case.h"

namespace foray::optimizer {
namespace {

using Eigen::VectorXd;
using testing::GoldenCase;

// Converged Monte Carlo (2e6 joint draws of the incumbent) of an independent NumPy 1.24
// implementation: .0713640 +- 3e-5, .0225837 +- 1e-5, 6.3016e-5 +- 1e-7.
constexpr double kConverged[] = {.0713640, .0225837, 6.3016e-5};

// The same expectation over 200,000 draws of ours: 1 % is five standard errors of the last value.
TEST(LogNoisyExpectedImprovement, OverManyDrawsAgreesWithTheGoldenCase) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(1);
  const Eigen::MatrixXd draws = gp.sample(c.x, 200'000, rng);
  const VectorXd best = draws.colwise().maxCoeff();
  const std::vector<double> incumbents(best.begin(), best.end());
  const surrogate::Posterior at = gp.predict(c.places);
  for (Eigen::Index i = 0; i < 3; ++i)
    EXPECT_NEAR(
        std::exp(
            log_noisy_expected_improvement(at.mean(i), at.variance(i), incumbents, true).value),
        kConverged[i], 0.01 * kConverged[i]);
}

// The sixteen that a proposal uses: a few per cent, and more where only the lowest draws count.
TEST(DrawIncumbents, KeepTheShapeOfTheDistribution) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const surrogate::Posterior at = gp.predict(c.places);
  Rng rng(1);
  const std::vector<double> incumbents = draw_incumbents(gp, c.x, true, rng);
  EXPECT_EQ(incumbents.size(), 16U);
  const double tolerance[] = {0.05, 0.05, 0.35};
  for (Eigen::Index i = 0; i < 3; ++i)
    EXPECT_NEAR(log_noisy_expected_improvement(at.mean(i), at.variance(i), incumbents, true).value,
                std::log(kConverged[i]), tolerance[i]);
}

TEST(DrawIncumbents, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  Rng one(4);
  Rng two(4);
  const std::vector<double> up = draw_incumbents(c.model(), c.x, true, one);
  std::vector<double> down = draw_incumbents(c.model(-1), c.x, false, two);
  std::reverse(down.begin(), down.end());
  for (std::size_t i = 0; i < up.size(); ++i) EXPECT_NEAR(up[i], -down[i], 1e-14);
}

TEST(MostPromising, TakesTheBestUpperBoundsInOrder) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const Eigen::MatrixXd two = most_promising(gp, c.x, 2, true);
  EXPECT_EQ(two.cols(), 2);
  EXPECT_EQ(two.col(0), c.x.col(3));
  EXPECT_EQ(most_promising(gp, c.x, 9, true).cols(), 5);
  EXPECT_EQ(most_promising(gp, c.x, 1, false).col(0), c.x.col(1));
}

}  // namespace
}  // namespace foray::optimizer
