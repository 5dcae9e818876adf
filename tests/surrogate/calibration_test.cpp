#include "foray/surrogate/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "foray/common/normal.h"
#include "foray/common/random.h"

namespace foray::surrogate::calibration_test {
namespace {

using Eigen::VectorXd;

// The integral that defines the score, by the midpoint rule; its integrand jumps at y.
double score_by_quadrature(double mean, double sigma, double y) {
  const double lower = std::min(mean, y) - 12 * sigma;
  const double upper = std::max(mean, y) + 12 * sigma;
  double sum = 0;
  for (const auto& [from, to] : {std::pair(lower, y), std::pair(y, upper)}) {
    constexpr int kCells = 20000;
    const double width = (to - from) / kCells;
    for (int i = 0; i < kCells; ++i) {
      const double x = from + (i + 0.5) * width;
      const double off = normal_cdf((x - mean) / sigma) - (x >= y ? 1 : 0);
      sum += off * off * width;
    }
  }
  return sum;
}

TEST(RankedProbabilityScore, IsItsIntegral) {
  for (const double sigma : {0.3, 1.0, 5.0})
    for (const double y : {-7.0, 0.4, 1.5, 1.51, 20.0})
      EXPECT_NEAR(ranked_probability_score(1.5, sigma * sigma, y),
                  score_by_quadrature(1.5, sigma, y), 1e-6 * sigma);
}

TEST(RankedProbabilityScore, IsTheDistanceWhereThePredictionHasNoSpread) {
  EXPECT_NEAR(ranked_probability_score(2, 1e-20, 5), 3, 1e-9);
  EXPECT_NEAR(ranked_probability_score(2, 1e-20, -1), 3, 1e-9);
  // At the mean: sigma (sqrt 2 - 1) / sqrt pi.
  EXPECT_NEAR(ranked_probability_score(0, 4, 0),
              2 * (std::numbers::sqrt2 - 1) * std::numbers::inv_sqrtpi, 1e-14);
}

TEST(NegativeLogDensity, IsTheLogarithmOfTheDensity) {
  for (const double y : {-1.0, 0.2, 3.0})
    EXPECT_NEAR(negative_log_density(0.2, 0.25, y),
                -std::log(normal_density((y - 0.2) / 0.5) / 0.5), 1e-12);
}

struct Drawn {
  VectorXd y, mean, variance;
};

// Values that do follow their predictions.
Drawn drawn(Eigen::Index n) {
  Rng rng(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0.1, 3);
  Drawn all{VectorXd(n), VectorXd(n), VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    all.mean(i) = 5 * normal(rng);
    all.variance(i) = std::pow(uniform(rng), 2);
    all.y(i) = all.mean(i) + std::sqrt(all.variance(i)) * normal(rng);
  }
  return all;
}

TEST(Calibration, OfRightPredictionsIsWhatIsExpected) {
  const Drawn all = drawn(20000);
  const Calibration found = calibration_of(all.y, all.mean, all.variance);
  EXPECT_EQ(found.points, 20000);
  // Four standard errors: sqrt(p (1 - p) / n) of the shares; of a score about one, 1 / sqrt(n).
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(found.coverage[k], Calibration::kIntervals[k], 0.015);
  EXPECT_NEAR(found.ranked_score, found.expected_ranked_score, 0.03);
  EXPECT_NEAR(found.negative_density, found.expected_negative_density, 0.03);
}

TEST(Calibration, TellsConfidenceWithoutReasonFromCautionWithoutReason) {
  const Drawn all = drawn(2000);
  const Calibration right = calibration_of(all.y, all.mean, all.variance);
  const Calibration bold = calibration_of(all.y, all.mean, all.variance / 9);
  const Calibration shy = calibration_of(all.y, all.mean, all.variance * 9);
  EXPECT_LT(bold.coverage[1], 0.5);
  EXPECT_GT(shy.coverage[0], 0.9);
  EXPECT_GT(bold.ranked_score, 1.5 * bold.expected_ranked_score);
  EXPECT_LT(shy.ranked_score, 0.7 * shy.expected_ranked_score);
  // Both scores are least for what is right.
  for (const Calibration& other : {bold, shy}) {
    EXPECT_GT(other.ranked_score, right.ranked_score);
    EXPECT_GT(other.negative_density, right.negative_density);
  }
}

TEST(Calibration, CountsTheEndsOfIntervalsExactly) {
  // 0.6 and 0.7 deviations off, either side of 0.6745; 1.64 and 1.65; 1.95 and 1.97.
  const VectorXd y{{.6, -.7, 1.64, -1.65, 1.95, -1.97}};
  const Calibration found = calibration_of(y, VectorXd::Zero(6), VectorXd::Ones(6));
  EXPECT_DOUBLE_EQ(found.coverage[0], 1.0 / 6);
  EXPECT_DOUBLE_EQ(found.coverage[1], 3.0 / 6);
  EXPECT_DOUBLE_EQ(found.coverage[2], 5.0 / 6);
}

TEST(Calibration, RefusesWhatDoesNotFit) {
  const VectorXd one = VectorXd::Ones(1);
  const VectorXd two = VectorXd::Ones(2);
  EXPECT_THROW((void)calibration_of(VectorXd(0), VectorXd(0), VectorXd(0)), std::invalid_argument);
  EXPECT_THROW((void)calibration_of(one, two, two), std::invalid_argument);
  EXPECT_THROW((void)calibration_of(two, two, one), std::invalid_argument);
  EXPECT_THROW((void)calibration_of(two, two, VectorXd::Zero(2)), std::invalid_argument);
  EXPECT_THROW((void)calibration_of(two, VectorXd::Constant(2, std::nan("")), two),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::calibration_test
