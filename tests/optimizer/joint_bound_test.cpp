#include "joint_bound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/optimizer/acquisition.h"
#include "golden_case.h"
#include "marginals.h"
#include "terms.h"

namespace foray::optimizer::joint_bound_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::difference;
using testing::GoldenCase;

constexpr double kFloor = 1e-14;
const MatrixXd kFour{{.25, .7, .3, .45}, {.25, .2, .4, .62}};

JointBound bound_of(const surrogate::Model& model, double beta, bool maximise, Index batch = 4) {
  Rng rng(5);
  return {model, beta, maximise, {0.4, 0.7}, batch, kFloor, rng};
}

// The mean of max_i (mu_i + beta sqrt(pi / 2) |g_i|) over joint draws of f = mu + g.
double brute_force(const surrogate::Gp& gp, double beta, bool maximise, const MatrixXd& x) {
  Rng rng(17);
  const VectorXd mean = gp.predict(x).mean;
  const MatrixXd draws = gp.sample(x, 400'000, rng);
  double sum = 0;
  for (Index s = 0; s < draws.cols(); ++s) {
    const VectorXd g = draws.col(s) - mean;
    const VectorXd up =
        (maximise ? mean : VectorXd(-mean)) + beta * std::sqrt(std::numbers::pi / 2) * g.cwiseAbs();
    sum += up.maxCoeff();
  }
  return sum / static_cast<double>(draws.cols());
}

TEST(JointBound, OfOnePointIsTheBoundItself) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const surrogate::Posterior at = gp.predict(kFour);
  for (const bool maximise : {true, false})
    for (const double beta : {0.0, 0.5, 2.0, 40.0})
      for (Index i = 0; i < 4; ++i) {
        const Scored expected = confidence_bound(at.mean(i), at.variance(i), beta, maximise);
        const JointBound one = bound_of(gp, beta, maximise);
        EXPECT_NEAR(one.bounds(kFour.col(i))(0), expected.value,
                    1e-12 * (1 + std::abs(expected.value)));
        EXPECT_NEAR(one.together(kFour.col(i), VectorXd::Zero(1)).value,
                    softened(expected, 0.4, 0.7).value, 1e-12);
      }
}

// Draws of 400,000 leave a thousandth; the 256 base samples a hundredth of the spread.
TEST(JointBound, OfSeveralPointsAgreesWithBruteForce) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  for (const bool maximise : {true, false})
    for (const double beta : {0.3, 2.0}) {
      const VectorXd bounds = bound_of(gp, beta, maximise).bounds(kFour);
      for (Index q = 1; q <= 4; ++q)
        EXPECT_NEAR(bounds(q - 1), brute_force(gp, beta, maximise, kFour.leftCols(q)),
                    0.02 * beta + 0.002)
            << q << " " << beta;
    }
}

// Two points of one variance s^2 without correlation and of one mean: the mean of the larger of
// |g_1| and |g_2| is 2 s / sqrt(pi), so that the bound is mu + beta s sqrt(2).
TEST(JointBound, OfTwoPointsFarFromDataHasItsClosedForm) {
  const Eigen::Vector2d lengthscales(0.02, 0.02);
  const surrogate::Gp gp =
      surrogate::make_gp(Eigen::Vector2d(0.5, 0.5), VectorXd::Constant(1, 1.3), VectorXd::Zero(1),
                         surrogate::hyperparameters(0.25, lengthscales, 0));
  const MatrixXd far{{0.05, 0.95}, {0.1, 0.9}};
  const double expected = 1.3 + 2 * 0.5 * std::sqrt(2.0);
  EXPECT_NEAR(bound_of(gp, 2, true).bounds(far)(1), expected, 0.005);
}

TEST(JointBound, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  EXPECT_EQ(bound_of(c.model(), 2, true).bounds(kFour),
            bound_of(c.model(-1), 2, false).bounds(kFour));
}

TEST(JointBound, IsTheSameOnAnyNumberOfThreads) {
  const GoldenCase c;
  surrogate::GpOptions options = c.model().options();
  options.threads = 4;
  const surrogate::Gp many = surrogate::make_gp(c.x, c.y, c.noise, c.hyperparameters, options);
  const JointFunction::Together one =
      bound_of(c.model(), 2, true).together(kFour, VectorXd::Zero(4));
  const JointFunction::Together four = bound_of(many, 2, true).together(kFour, VectorXd::Zero(4));
  EXPECT_EQ(one.value, four.value);
  EXPECT_EQ(one.gradient, four.gradient);
}

TEST(JointBound, HasItsGradient) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  for (const bool maximise : {true, false})
    for (const double beta : {0.3, 2.0})
      for (Index q = 1; q <= 4; ++q) {
        const JointBound bound = bound_of(gp, beta, maximise);
        const VectorXd weights = VectorXd::Constant(q, -0.3);
        const auto of = [&](const VectorXd& flat) {
          return bound.together(flat.reshaped(2, q), weights).value;
        };
        const JointFunction::Together result = bound.together(kFour.leftCols(q), weights);
        const VectorXd expected = difference(of, kFour.leftCols(q).reshaped(), 1e-6);
        EXPECT_LT((result.gradient.reshaped() - expected).norm(), 1e-5 * (1e-3 + expected.norm()))
            << q << "\n"
            << result.gradient << "\n"
            << expected.reshaped(2, q);
        EXPECT_NEAR(result.log_gains(q - 1) - 0.3, result.value, 1e-12);
      }
}

// A point twice, and one that is known exactly, add nothing that is not finite.
TEST(JointBound, StaysFiniteWherePointsCoincideOrAreKnown) {
  const GoldenCase c;
  const surrogate::Gp gp =
      surrogate::make_gp(c.x, c.y, VectorXd::Zero(5), c.hyperparameters, c.model().options());
  MatrixXd x(2, 4);
  x << kFour.leftCols(2), c.x.leftCols(1), kFour.leftCols(1);
  const JointBound bound = bound_of(gp, 2, true);
  const JointFunction::Together result = bound.together(x, VectorXd::Zero(4));
  EXPECT_TRUE(std::isfinite(result.value));
  EXPECT_TRUE(result.gradient.allFinite());
  const VectorXd bounds = bound.bounds(x);
  EXPECT_NEAR(bounds(3), bounds(2), 1e-3 * bounds(2)) << "the first one again";
}

}  // namespace
}  // namespace foray::optimizer::joint_bound_test
