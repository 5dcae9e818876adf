#include "joint_improvement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/optimizer/acquisition.h"
#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::joint_improvement_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::difference;
using testing::expect_consistent;
using testing::GoldenCase;
using testing::kPoints;
using testing::marginals;

constexpr double kFloor = 1e-14;

Standing over(double bound) {
  Standing standing;
  standing.bound = bound;
  return standing;
}

Standing over(const MatrixXd& points, std::vector<bool> counts = {}) {
  Standing standing;
  standing.points = points;
  standing.counts = std::move(counts);
  standing.counts.resize(static_cast<std::size_t>(points.cols()), true);
  return standing;
}

double value(const JointImprovement& improvement, const MatrixXd& x) {
  return std::exp(improvement.together(x, VectorXd::Zero(x.cols())).value);
}

// The mean of max(max f(x) - max(bound, those of f(p) that count), 0) over joint draws.
double brute_force(const surrogate::Gp& gp, const Standing& standing, const MatrixXd& x) {
  Rng rng(17);
  const Index f = standing.points.cols();
  MatrixXd all(x.rows(), f + x.cols());
  if (f > 0) all.leftCols(f) = standing.points;
  all.rightCols(x.cols()) = x;
  const MatrixXd draws = gp.sample(all, 400'000, rng);
  double sum = 0;
  for (Index s = 0; s < draws.cols(); ++s) {
    double best = standing.bound;
    for (Index k = 0; k < f; ++k)
      if (standing.counts[static_cast<std::size_t>(k)]) best = std::max(best, draws(k, s));
    sum += std::max(draws.col(s).tail(x.cols()).maxCoeff() - best, 0.0);
  }
  return sum / static_cast<double>(draws.cols());
}

TEST(JointImprovement, OfOnePointOverAKnownBoundIsTheClosedForm) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(1);
  const surrogate::Posterior at = gp.predict(c.places);
  for (const double bound : {-2.0, 0.3, 1.4, 30.0}) {
    const JointImprovement improvement(gp, over(bound), true, 1, kFloor, rng);
    const VectorXd values = improvement.log_values(c.places, at);
    for (Index i = 0; i < 3; ++i) {
      const double expected =
          log_expected_improvement(at.mean(i), at.variance(i), bound, true).value;
      EXPECT_NEAR(values(i), expected, 1e-12 * std::abs(expected));
      EXPECT_NEAR(improvement.together(c.places.col(i), VectorXd::Zero(1)).value, expected,
                  1e-12 * std::abs(expected));
    }
  }
}

// The golden case: .0463468, .0125714, 4.70137e-6 at the three places over 1.4.
TEST(JointImprovement, OfOnePointAgreesWithTheGoldenCase) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(1);
  const JointImprovement improvement(gp, over(1.4), true, 1, kFloor, rng);
  const double expected[] = {4.634680715530e-2, 1.257139182577e-2, 4.701367821483e-6};
  for (Index i = 0; i < 3; ++i)
    EXPECT_NEAR(value(improvement, c.places.col(i)), expected[i], 1e-9 * expected[i]);
}

// Draws of 400,000 leave half a per cent; the 64 and 256 base samples a few.
TEST(JointImprovement, OfOnePointOverNoisyOnesAgreesWithBruteForce) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(2);
  const JointImprovement improvement(gp, over(c.x), true, 1, kFloor, rng);
  for (Index i = 0; i < 2; ++i) {
    const double expected = brute_force(gp, over(c.x), c.places.col(i));
    EXPECT_NEAR(value(improvement, c.places.col(i)), expected, 0.03 * expected);
  }
}

// Next to a noisy measurement what it holds and what the point would bring go together: taken for
// independent they promise three times as much.
TEST(JointImprovement, TakesTheCorrelationWithTheIncumbentIntoAccount) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const Eigen::Vector2d near = c.x.col(3) + Eigen::Vector2d(0.02, 0);
  Rng rng(2);
  const JointImprovement improvement(gp, over(c.x), true, 1, kFloor, rng);
  const double expected = brute_force(gp, over(c.x), near);
  EXPECT_NEAR(value(improvement, near), expected, 0.05 * expected);
  const MatrixXd draws = gp.sample(c.x, 20'000, rng);
  const surrogate::Posterior at = gp.predict(near);
  double apart = 0;
  for (const double best : VectorXd(draws.colwise().maxCoeff()))
    apart +=
        std::exp(log_expected_improvement(at.mean(0), at.variance(0), best, true).value) / 20'000;
  EXPECT_GT(apart, 2 * expected);
}

TEST(JointImprovement, OfSeveralPointsAgreesWithBruteForce) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const MatrixXd x{{.25, .7, .3, .45}, {.25, .2, .4, .62}};
  const Standing standings[] = {over(0.9), over(1.4), over(c.x), over(c.x.rightCols(2))};
  for (const Standing& standing : standings)
    for (Index q = 1; q <= 4; ++q) {
      Rng rng(5);
      const JointImprovement improvement(gp, standing, true, 4, kFloor, rng);
      const double expected = brute_force(gp, standing, x.leftCols(q));
      EXPECT_NEAR(value(improvement, x.leftCols(q)), expected, 0.03 * expected) << q;
    }
}

TEST(JointImprovement, TakesWhatDoesNotCountIntoAccountOnly) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Standing standing = over(c.x, {true, true, true, false, true});
  standing.bound = 0.5;
  Rng rng(5);
  const JointImprovement improvement(gp, standing, true, 2, kFloor, rng);
  const double expected = brute_force(gp, standing, c.places.leftCols(2));
  EXPECT_NEAR(value(improvement, c.places.leftCols(2)), expected, 0.02 * expected);
  EXPECT_GT(expected, 1.5 * brute_force(gp, over(c.x), c.places.leftCols(2)));
}

TEST(JointImprovement, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  const surrogate::Gp up = c.model();
  const surrogate::Gp down = c.model(-1);
  Rng one(5);
  Rng two(5);
  const JointImprovement high(up, over(c.x), true, 3, kFloor, one);
  const JointImprovement low(down, over(c.x), false, 3, kFloor, two);
  EXPECT_EQ(value(high, c.places), value(low, c.places));
}

TEST(JointImprovement, HasItsGradient) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const MatrixXd x{{.25, .7, .3, .45}, {.25, .2, .4, .62}};
  const VectorXd log_weights{{0.0, -0.5, 0.3, -2.0}};
  for (const Standing& standing : {over(1.4), over(c.x)})
    for (const bool maximise : {true, false})
      for (Index q = 1; q <= 4; ++q) {
        Rng rng(5);
        const JointImprovement improvement(gp, standing, maximise, 4, kFloor, rng);
        const auto of = [&](const VectorXd& flat) {
          return improvement.together(flat.reshaped(2, q), log_weights.head(q)).value;
        };
        const JointImprovement::Together result =
            improvement.together(x.leftCols(q), log_weights.head(q));
        const VectorXd expected = difference(of, x.leftCols(q).reshaped(), 1e-6);
        EXPECT_LT((result.gradient.reshaped() - expected).norm(), 1e-5 * expected.norm())
            << q << "\n"
            << result.gradient << "\n"
            << expected.reshaped(2, q);
        // By the logarithm of each weight: what each adds, as a share of the sum.
        const VectorXd shares = difference(
            [&](const VectorXd& w) { return improvement.together(x.leftCols(q), w).value; },
            log_weights.head(q), 1e-6);
        EXPECT_LT((result.shares - shares).norm(), 1e-7);
      }
}

TEST(JointImprovement, GainsOfTheSeveralPointsAddUp) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(5);
  const JointImprovement improvement(gp, over(c.x), true, 3, kFloor, rng);
  const JointImprovement::Together all = improvement.together(c.places, VectorXd::Zero(3));
  EXPECT_NEAR(all.log_gains.array().exp().sum(), std::exp(all.value), 1e-12);
  // One point by itself is averaged over fewer samples.
  EXPECT_NEAR(std::exp(all.log_gains(0)) / value(improvement, c.places.col(0)), 1, 0.03);
}

// A point twice, points where one was measured without noise, and forty deviations from the best.
TEST(JointImprovement, StaysFiniteWhereNothingIsLeftToGain) {
  const GoldenCase c;
  surrogate::Gp gp =
      surrogate::make_gp(c.x, c.y, VectorXd::Zero(5), c.hyperparameters, c.model().options());
  MatrixXd x(2, 4);
  x << c.x.leftCols(1), c.places.leftCols(2), c.places.leftCols(1);
  for (const Standing& standing : {over(1.4), over(60.0), over(c.x)}) {
    Rng rng(5);
    const JointImprovement improvement(gp, standing, true, 4, kFloor, rng);
    const JointImprovement::Together result = improvement.together(x, VectorXd::Zero(4));
    EXPECT_TRUE(std::isfinite(result.value));
    EXPECT_TRUE(result.gradient.allFinite());
    EXPECT_GT(result.gradient.col(1).norm(), 0);
    EXPECT_TRUE(improvement.log_values(x, gp.predict(x)).allFinite());
  }
}

TEST(ImprovementTerm, HasItsGradient) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  for (const bool maximise : {true, false})
    for (const Index batch : {1, 4}) {
      Rng rng(5);
      const ImprovementTerm term(
          0, std::make_shared<JointImprovement>(gp, over(c.x), maximise, batch, kFloor, rng));
      for (const Eigen::Vector2d& point : kPoints) expect_consistent(term, gp, point, 1e-5);
    }
}

}  // namespace
}  // namespace foray::optimizer::joint_improvement_test
