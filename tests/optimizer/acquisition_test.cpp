#include "foray/optimizer/acquisition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>

#include "foray/common/random.h"

namespace foray::optimizer::acquisition_test {
namespace {

// Compares both derivatives with central differences.
void expect_derivatives(const std::function<Scored(double, double)>& f, double mean,
                        double variance) {
  const double step = 1e-5;
  const Scored at = f(mean, variance);
  const double by_mean =
      (f(mean + step, variance).value - f(mean - step, variance).value) / (2 * step);
  const double by_variance =
      (f(mean, variance * (1 + step)).value - f(mean, variance * (1 - step)).value) /
      (2 * step * variance);
  EXPECT_TRUE(std::isfinite(at.value)) << mean;
  EXPECT_NEAR(at.by_mean, by_mean, 1e-6 * std::max(1.0, std::abs(by_mean))) << mean;
  EXPECT_NEAR(at.by_variance, by_variance, 1e-6 * std::max(1.0, std::abs(by_variance))) << mean;
}

// mpmath 1.2, 40 digits.
TEST(LogH, AgreesWithFortyDigitsOverManyDecades) {
  const double table[][2] = {
      {0, -.91893853320467274},  {1, .08002621884930694},    {-1, -2.4851210257126413},
      {-3, -7.8696860596030285}, {-5, -16.74430116266099},   {-10, -55.553122036122356},
      {-20, -206.9178385094251}, {-38, -730.19618340211374}, {-50, -1258.7441828684609},
      {3, 1.0987396653277078},   {5, 1.6094379231264314}};
  for (const auto& [z, expected] : table)
    EXPECT_NEAR(log_h(z), expected, 2e-14 * std::max(1.0, std::abs(expected))) << z;
}

TEST(LogH, IsFiniteAndIncreasingOverManyDecades) {
  double last = log_h(-1e10);
  EXPECT_TRUE(std::isfinite(last));
  for (double z = -1e10; z < -1e-10; z *= 0.9) {
    EXPECT_GE(log_h(z), last) << z;
    last = log_h(z);
  }
  EXPECT_NEAR(log_h(1e6), std::log(1e6), 1e-12);
}

TEST(LogH, BranchesMeetAndSlopesAreDerivatives) {
  for (const double at : {-3.0, -8.0, -30.0}) {
    EXPECT_NEAR(log_h(at - 1e-9), log_h(at + 1e-9), 1e-6);
    EXPECT_NEAR(log_h_slope(at - 1e-9), log_h_slope(at + 1e-9), 1e-6);
  }
  for (const double z : {-100.0, -31.0, -9.0, -4.0, -2.9, -1.0, 0.0, 2.0, 6.0}) {
    const double step = 1e-5;
    EXPECT_NEAR(log_h_slope(z), (log_h(z + step) - log_h(z - step)) / (2 * step),
                1e-7 * std::max(1.0, std::abs(z)));
  }
}

// Incumbent 1.4; five points, Matern-3/2: independent NumPy 1.24 implementation.
TEST(LogExpectedImprovement, AgreesWithTheGoldenCase) {
  const double mean[] = {0.939696302290422, 0.590637675637958, 0.04577370175936};
  const double variance[] = {.242348498588109, .263233039946061, .123327524334267};
  const double expected[] = {-3.07160287, -4.37633154, -12.26765707};
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(log_expected_improvement(mean[i], variance[i], 1.4, true).value, expected[i], 1e-8);
}

// Five points, Matern-3/2, incumbent 1.4: independent NumPy 1.24 implementation.
constexpr double kGoldenMean[] = {0.939696302290422, 0.590637675637958, 0.04577370175936};
constexpr double kGoldenVariance[] = {.242348498588109, .263233039946061, .123327524334267};

TEST(Acquisition, AgreesWithTheGoldenCase) {
  const double improvement[] = {4.634680715530e-2, 1.257139182577e-2, 4.701367821483e-6};
  const double probability[] = {.1748871125, .0573388347, 5.757811631e-5};
  const double between[] = {.178610700333, .284065688623, .273008846009};
  const double upper[] = {2.416563421328, 2.129824915552, 1.099314265292};
  const double lower[] = {.537170816747, .948549564276, 1.007766861773};
  for (int i = 0; i < 3; ++i) {
    const double m = kGoldenMean[i];
    const double v = kGoldenVariance[i];
    EXPECT_NEAR(std::exp(log_expected_improvement(m, v, 1.4, true).value), improvement[i],
                1e-11 * improvement[i] + 1e-15);
    EXPECT_NEAR(std::exp(log_probability_of_improvement(m, v, 1.4, true).value), probability[i],
                1e-7 * probability[i]);  // The reference adds 1e-9 to sigma: 4.5e-8 of the last.
    EXPECT_NEAR(std::exp(log_probability_between(m, v, .2, .6).value), between[i], 1e-8);
    EXPECT_NEAR(confidence_bound(m, v, 3, true).value, upper[i], 1e-11);
    EXPECT_NEAR(confidence_bound(m, v, 3, false).value, lower[i], 1e-11);
  }
}

TEST(LogProbabilityOfImprovement, MirrorsExactlyHasItsDerivativesAndStaysFinite) {
  const Scored up = log_probability_of_improvement(0.3, 0.2, 1.1, true);
  const Scored down = log_probability_of_improvement(-0.3, 0.2, -1.1, false);
  EXPECT_EQ(up.value, down.value);
  EXPECT_EQ(up.by_mean, -down.by_mean);
  EXPECT_EQ(up.by_variance, down.by_variance);
  for (const double mean : {-40.0, -1.0, 0.0, 2.0, 40.0})
    expect_derivatives(
        [](double m, double v) { return log_probability_of_improvement(m, v, 0, true); }, mean,
        0.8);
}

TEST(LogLevelSetEntropy, IsThatOfACoinOnTheLevelAndFallsOnBothSidesAlike) {
  EXPECT_NEAR(std::exp(log_level_set_entropy(2, 0.3, 2).value), std::log(2.0), 1e-15);
  EXPECT_EQ(log_level_set_entropy(2.5, 0.3, 2).value, log_level_set_entropy(1.5, 0.3, 2).value);
  EXPECT_EQ(log_level_set_entropy(2.5, 0.3, 2).by_mean,
            -log_level_set_entropy(1.5, 0.3, 2).by_mean);
  // p = Phi(-1): p ln p + (1 - p) ln(1 - p) from the definition.
  const double p = 0.5 * std::erfc(1 / std::numbers::sqrt2);
  EXPECT_NEAR(std::exp(log_level_set_entropy(1, 1, 0).value),
              -p * std::log(p) - (1 - p) * std::log(1 - p), 1e-15);
}

TEST(LogLevelSetEntropy, HasItsDerivativesAndStaysFiniteFortySigmaAway) {
  for (const double mean : {-40.0, -6.1, -5.9, -1.0, 0.3, 2.0, 5.9, 6.1, 40.0})
    expect_derivatives([](double m, double v) { return log_level_set_entropy(m, v, 0); }, mean, 1);
  double last = 0;
  for (double z = 0; z < 1e8; z = 1.01 * z + 0.01) {
    const double next = log_level_set_entropy(z, 1, 0).value;
    EXPECT_TRUE(std::isfinite(next)) << z;
    EXPECT_LT(next, last) << z;
    last = next;
  }
}

TEST(LogExpectedImprovement, MinimisingMirrorsMaximisingExactly) {
  const Scored up = log_expected_improvement(0.3, 0.2, 1.1, true);
  const Scored down = log_expected_improvement(-0.3, 0.2, -1.1, false);
  EXPECT_EQ(up.value, down.value);
  EXPECT_EQ(up.by_mean, -down.by_mean);
  EXPECT_EQ(up.by_variance, down.by_variance);
}

TEST(LogExpectedImprovement, StaysFiniteFortySigmaAway) {
  for (const double sigma : {1e-12, 1e-3, 1.0, 1e6}) {
    const Scored far = log_expected_improvement(0, sigma * sigma, 40 * sigma, true);
    EXPECT_TRUE(std::isfinite(far.value));
    EXPECT_TRUE(std::isfinite(far.by_mean));
    EXPECT_GT(far.by_mean, 0);
  }
}

using Score = std::function<Scored(double, double)>;

TEST(Acquisition, DerivativesMatchCentralDifference) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Score> all = {
      [](double m, double v) { return log_expected_improvement(m, v, 0.6, true); },
      [](double m, double v) { return log_expected_improvement(m, v, 0.6, false); },
      [](double m, double v) { return confidence_bound(m, v, 1.7, true); },
      [](double m, double v) { return confidence_bound(m, v, 1.7, false); },
      [](double m, double v) { return straddle(m, v, 0.6, 1.96); },
      [](double m, double v) { return log_target_improvement(m, v, 0.6, 0.2); },
      [](double m, double v) { return log_target_improvement(m, v, 0.6, 1e-4); },
      [=](double m, double v) { return log_probability_between(m, v, 0.4, infinity); },
      [=](double m, double v) { return log_probability_between(m, v, -infinity, 0.4); },
      [](double m, double v) { return log_probability_between(m, v, 0.4, 0.7); },
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const double mean : {-2.0, 0.35, 0.55, 0.8, 3.0})
      for (const double variance : {0.01, 0.09, 1.0}) {
        const Scored scored = all[i](mean, variance);
        const double step = 1e-5;
        const double by_mean =
            (all[i](mean + step, variance).value - all[i](mean - step, variance).value) /
            (2 * step);
        const double by_variance = (all[i](mean, variance * (1 + step)).value -
                                    all[i](mean, variance * (1 - step)).value) /
                                   (2 * step * variance);
        EXPECT_NEAR(scored.by_mean, by_mean, 1e-5 * std::max(1.0, std::abs(by_mean))) << i;
        EXPECT_NEAR(scored.by_variance, by_variance, 1e-5 * std::max(1.0, std::abs(by_variance)))
            << i << " " << mean << " " << variance;
      }
}

TEST(LogTargetImprovement, AgreesWithQuadratureAndBothFormsMeet) {
  const auto by_quadrature = [](double mean, double sigma, double level, double distance) {
    constexpr int kSteps = 20000;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double u = -distance + 2 * distance * (i + 0.5) / kSteps;
      const double z = (level + u - mean) / sigma;
      sum += (distance - std::abs(u)) * std::exp(-0.5 * z * z);
    }
    return std::log(sum * 2 * distance / kSteps / (sigma * std::sqrt(2 * std::numbers::pi)));
  };
  for (const double mean : {-1.0, 0.5, 0.7, 2.0})
    for (const double distance : {0.001, 0.0199, 0.0201, 0.3, 2.0})
      EXPECT_NEAR(log_target_improvement(mean, 1, 0.6, distance).value,
                  by_quadrature(mean, 1, 0.6, distance), 1e-6)
          << mean << " " << distance;
  EXPECT_TRUE(std::isfinite(log_target_improvement(50, 1e-4, 0, 1e-3).value));
}

TEST(LogProbabilityBetween, SumsToOneOverTheLine) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double sum = std::exp(log_probability_between(0.3, 2, -infinity, 0).value) +
                     std::exp(log_probability_between(0.3, 2, 0, 1).value) +
                     std::exp(log_probability_between(0.3, 2, 1, infinity).value);
  EXPECT_NEAR(sum, 1, 1e-14);
  EXPECT_TRUE(std::isfinite(log_probability_between(-60, 1, 0, 1).value));
  EXPECT_TRUE(std::isfinite(log_probability_between(60, 1, 0, 1).value));
}

TEST(ExpectedErrorReduction, RemovesAllErrorWhenTheMeasurementTellsAll) {
  for (const double a : {0.0, 0.5, 1.0, 2.0, 4.0}) {
    EXPECT_NEAR(expected_error_reduction(a, 1), 0.5 * std::erfc(a / std::numbers::sqrt2), 1e-15);
    EXPECT_EQ(expected_error_reduction(a, 0), 0);
    EXPECT_LT(expected_error_reduction(a, 0.3), expected_error_reduction(a, 0.6));
  }
}

TEST(ExpectedErrorReduction, AgreesWithFineQuadratureOnBothSidesOfItsThreshold) {
  for (const double a : {0.0, 0.05, 0.5, 1.0, 2.0})
    for (const double rho : {0.05, 0.3, 0.7, 0.71, 0.95}) {
      constexpr int kSteps = 20000;
      double sum = 0;
      for (int i = 0; i < kSteps; ++i) {
        const double s = std::sin(std::asin(rho) * (i + 0.5) / kSteps);
        sum += std::exp(-0.5 * a * a / (s * s));
      }
      EXPECT_NEAR(expected_error_reduction(a, rho),
                  sum * std::asin(rho) / kSteps / std::numbers::pi, 1e-5)
          << a << " " << rho;
    }
}

// D = a + e, m' = a + rho g with D given m' of variance 1 - rho^2: 10^6 draws, standard error 3e-4.
TEST(ExpectedErrorReduction, AgreesWithSimulatedMeasurements) {
  Rng rng(1);
  std::normal_distribution<double> normal;
  for (const double a : {0.2, 1.0})
    for (const double rho : {0.4, 0.9}) {
      int wrong = 0;
      constexpr int kDraws = 1'000'000;
      for (int i = 0; i < kDraws; ++i) {
        const double after = a + rho * normal(rng);
        const double truth = after + std::sqrt(1 - rho * rho) * normal(rng);
        wrong += (after > 0) != (truth > 0) ? 1 : 0;
      }
      const double now = 0.5 * std::erfc(a / std::numbers::sqrt2);
      EXPECT_NEAR(expected_error_reduction(a, rho), now - static_cast<double>(wrong) / kDraws,
                  2e-3);
    }
}

}  // namespace
}  // namespace foray::optimizer::acquisition_test
