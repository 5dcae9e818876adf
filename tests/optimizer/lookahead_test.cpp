#include "foray/optimizer/lookahead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "foray/common/random.h"
#include "models.h"

namespace foray::optimizer::lookahead_test {
namespace {

using Eigen::VectorXd;

double gain(const VectorXd& a, const VectorXd& b) {
  return std::exp(log_expected_gain(a, b).value);
}

// mpmath 1.2, 40 digits.
TEST(LogExpectedGain, AgreesWithFortyDigits) {
  // E max(Z, .5) and E max(Z, .3 - Z/2, -.2 + Z/5).
  EXPECT_NEAR(0.5 + gain(VectorXd{{0, .5}}, VectorXd{{1, 0}}), .69779655740130603, 1e-15);
  EXPECT_NEAR(.3 + gain(VectorXd{{0, .3, -.2}}, VectorXd{{1, -.5, .2}}), .76034195379491472, 1e-15);
}

TEST(LogExpectedGain, AgreesWithQuadratureForRandomLines) {
  Rng rng(1);
  std::normal_distribution<double> normal;
  for (int repeat = 0; repeat < 20; ++repeat) {
    VectorXd a(7);
    VectorXd b(7);
    for (double& value : a) value = normal(rng);
    for (double& value : b) value = normal(rng);
    constexpr int kSteps = 400'000;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double z = -10 + 20 * (i + 0.5) / kSteps;
      sum += (a + b * z).maxCoeff() * std::exp(-0.5 * z * z);
    }
    const double expected = sum * 20 / kSteps / std::sqrt(2 * std::acos(-1.0)) - a.maxCoeff();
    EXPECT_NEAR(gain(a, b), expected, 1e-8);  // The kinks cost the midpoint rule that much.
  }
}

TEST(LogExpectedGain, DerivativesMatchCentralDifferenceAlsoInTheFarTail) {
  for (const double apart : {0.3, 5.0, 40.0}) {
    const VectorXd a{{0, .2, -apart, -.4}};
    const VectorXd b{{.1, .11, 1.2, -.3}};
    const LineGain at = log_expected_gain(a, b);
    EXPECT_TRUE(std::isfinite(at.value));
    const VectorXd by_a = testing::difference(
        [&](const VectorXd& other) { return log_expected_gain(other, b).value; }, a);
    const VectorXd by_b = testing::difference(
        [&](const VectorXd& other) { return log_expected_gain(a, other).value; }, b);
    EXPECT_LT((at.by_intercept - by_a).norm(), 1e-6 * by_a.norm()) << apart;
    EXPECT_LT((at.by_slope - by_b).norm(), 1e-6 * by_b.norm()) << apart;
  }
}

TEST(LogExpectedGain, StaysFiniteAndOrderedWhereGainsUnderflow) {
  double last = log_expected_gain(VectorXd{{0, -10}}, VectorXd{{0, 1}}).value;
  for (double below = 20; below < 1e9; below *= 3) {
    const double next = log_expected_gain(VectorXd{{0, -below}}, VectorXd{{0, 1}}).value;
    EXPECT_TRUE(std::isfinite(next));
    EXPECT_LT(next, last);
    last = next;
  }
}

TEST(LogExpectedGain, IsNothingWithoutADifferenceOfSlopes) {
  const LineGain none = log_expected_gain(VectorXd{{1, 2, 2}}, VectorXd{{.5, .5, .5}});
  EXPECT_EQ(none.value, -1e300);
  EXPECT_EQ(none.by_slope.norm(), 0);
  EXPECT_EQ(log_expected_gain(VectorXd{{1}}, VectorXd{{3}}).value, -1e300);
  EXPECT_TRUE(std::isfinite(log_expected_gain(VectorXd{{1, 0}}, VectorXd{{0, 1e-320}}).value));
  EXPECT_THROW((void)log_expected_gain(VectorXd{{1}}, VectorXd{{1, 2}}), std::invalid_argument);
}

TEST(LogExpectedGain, DoesNotDependOnTheOrderOfTheLines) {
  const VectorXd a{{0, .3, -.2, .1}};
  const VectorXd b{{1, -.5, .2, .2}};
  EXPECT_EQ(log_expected_gain(a, b).value, log_expected_gain(a.reverse(), b.reverse()).value);
}

}  // namespace
}  // namespace foray::optimizer::lookahead_test
