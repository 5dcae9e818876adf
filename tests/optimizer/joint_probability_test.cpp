#include "joint_probability.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/optimizer/acquisition.h"
#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::joint_probability_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::difference;
using testing::GoldenCase;

constexpr double kFloor = 1e-14;
const MatrixXd kFour{{.25, .7, .3, .45}, {.25, .2, .4, .62}};

JointProbability passing(const surrogate::Model& model, double bound, bool maximise,
                         Index batch = 4) {
  Rng rng(5);
  return {model, bound, maximise, batch, kFloor, rng};
}

double value(const JointProbability& probability, const MatrixXd& x) {
  return std::exp(probability.together(x, VectorXd::Zero(x.cols())).value);
}

TEST(JointProbability, OfOnePointIsTheClosedForm) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const surrogate::Posterior at = gp.predict(kFour);
  for (const bool maximise : {true, false})
    for (const double bound : {-20.0, 0.3, 1.4, 30.0})
      for (Index i = 0; i < 4; ++i) {
        const double expected =
            log_probability_of_improvement(at.mean(i), at.variance(i), bound, maximise).value;
        EXPECT_NEAR(passing(gp, bound, maximise).together(kFour.col(i), VectorXd::Zero(1)).value,
                    expected, 1e-12 * (1 + std::abs(expected)));
      }
}

// Draws of 400,000 leave about a thousandth of the probability.
TEST(JointProbability, OfSeveralPointsAgreesWithBruteForce) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(17);
  const MatrixXd draws = gp.sample(kFour, 400'000, rng);
  for (const bool maximise : {true, false})
    for (const double bound : {0.2, 0.7, 1.1})
      for (Index q = 1; q <= 4; ++q) {
        double count = 0;
        for (Index s = 0; s < draws.cols(); ++s) {
          const auto f = draws.col(s).head(q);
          count += maximise ? f.maxCoeff() > bound : f.minCoeff() < bound;
        }
        EXPECT_NEAR(value(passing(gp, bound, maximise), kFour.leftCols(q)),
                    count / static_cast<double>(draws.cols()), 0.005)
            << q << " " << bound;
      }
}

// Two points of one mean far from data, without correlation: 1 - Phi(z)^2.
TEST(JointProbability, OfTwoPointsFarFromDataHasItsClosedForm) {
  const surrogate::Gp gp =
      surrogate::make_gp(Eigen::Vector2d(0.5, 0.5), VectorXd::Constant(1, 1.3), VectorXd::Zero(1),
                         surrogate::hyperparameters(0.25, Eigen::Vector2d(0.02, 0.02), 0));
  const MatrixXd far{{0.05, 0.95}, {0.1, 0.9}};
  const double one = 0.5 * std::erfc(1 / std::sqrt(2.0));  // One deviation above the mean.
  EXPECT_NEAR(value(passing(gp, 1.8, true), far), 1 - (1 - one) * (1 - one), 1e-12);
}

TEST(JointProbability, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  EXPECT_EQ(value(passing(c.model(), 0.6, true), kFour),
            value(passing(c.model(-1), -0.6, false), kFour));
}

TEST(JointProbability, IsTheSameOnAnyNumberOfThreads) {
  const GoldenCase c;
  surrogate::GpOptions options = c.model().options();
  options.threads = 4;
  const surrogate::Gp many = surrogate::make_gp(c.x, c.y, c.noise, c.hyperparameters, options);
  const JointFunction::Together one =
      passing(c.model(), 0.9, true).together(kFour, VectorXd::Zero(4));
  const JointFunction::Together four = passing(many, 0.9, true).together(kFour, VectorXd::Zero(4));
  EXPECT_EQ(one.value, four.value);
  EXPECT_EQ(one.gradient, four.gradient);
}

TEST(JointProbability, HasItsGradientAndShares) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const VectorXd log_weights{{0.0, -0.5, 0.3, -2.0}};
  for (const bool maximise : {true, false})
    for (const double bound : {0.2, 0.9, 2.5})
      for (Index q = 1; q <= 4; ++q) {
        const JointProbability probability = passing(gp, bound, maximise);
        const VectorXd weights = log_weights.head(q);
        const auto of = [&](const VectorXd& flat) {
          return probability.together(flat.reshaped(2, q), weights).value;
        };
        const JointFunction::Together result = probability.together(kFour.leftCols(q), weights);
        const VectorXd expected = difference(of, kFour.leftCols(q).reshaped(), 1e-6);
        EXPECT_LT((result.gradient.reshaped() - expected).norm(), 1e-5 * (1e-2 + expected.norm()))
            << q << " " << bound << "\n"
            << result.gradient << "\n"
            << expected.reshaped(2, q);
        const VectorXd shares = difference(
            [&](const VectorXd& w) { return probability.together(kFour.leftCols(q), w).value; },
            weights, 1e-6);
        EXPECT_LT((result.shares - shares).norm(), 1e-7);
      }
}

TEST(JointProbability, StaysFiniteFarFromTheBoundAndWherePointsCoincide) {
  const GoldenCase c;
  const surrogate::Gp gp =
      surrogate::make_gp(c.x, c.y, VectorXd::Zero(5), c.hyperparameters, c.model().options());
  MatrixXd x(2, 4);
  x << kFour.leftCols(2), c.x.leftCols(1), kFour.leftCols(1);
  for (const double bound : {-60.0, 0.5, 60.0}) {
    const JointFunction::Together result = passing(gp, bound, true).together(x, VectorXd::Zero(4));
    EXPECT_TRUE(std::isfinite(result.value)) << bound;
    EXPECT_TRUE(result.gradient.allFinite()) << bound;
  }
}

}  // namespace
}  // namespace foray::optimizer::joint_probability_test
