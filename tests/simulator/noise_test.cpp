#include "foray/simulator/noise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace foray::simulator::noise_test {
namespace {

std::vector<double> draws(double mean, Eigen::Index n, std::uint64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(n), mean);
  CounterStream stream(seed, 1);
  draw_poisson(values.data(), values.data(), n, stream);
  return values;
}

// Pearson's chi-square against the Poisson law, cells pooled until each expects 20. The seeds are
// fixed; over seeds a right sampler would exceed five standard deviations once in 1e6.
void expect_poisson(double mean) {
  const Eigen::Index n = 200000;
  const int top = static_cast<int>(mean + 12 * std::sqrt(mean) + 12);
  std::vector<double> seen(static_cast<std::size_t>(top) + 1, 0);
  for (const double k : draws(mean, n, 17)) {
    ASSERT_GE(k, 0);
    ASSERT_EQ(k, std::floor(k));
    ++seen[static_cast<std::size_t>(std::min<double>(k, top))];
  }
  double chi2 = 0, cells = 0, pooled_seen = 0, pooled_expected = 0;
  for (int k = 0; k <= top; ++k) {
    pooled_seen += seen[static_cast<std::size_t>(k)];
    pooled_expected +=
        static_cast<double>(n) * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
    if (pooled_expected < 20) continue;
    chi2 += (pooled_seen - pooled_expected) * (pooled_seen - pooled_expected) / pooled_expected;
    cells += 1;
    pooled_seen = pooled_expected = 0;
  }
  EXPECT_LT(chi2, cells - 1 + 5 * std::sqrt(2 * cells)) << "mean " << mean;
}

TEST(DrawPoisson, FollowsThePoissonLawOnBothSidesOfItsLimits) {
  for (const double mean : {0.01, 0.7, 3.3, 11.9, 12.1, 80.0}) expect_poisson(mean);
}

TEST(DrawPoisson, GivesNoCountsWithoutMean) {
  for (const double k : draws(0, 300, 1)) EXPECT_EQ(k, 0);
  for (const double k : draws(std::numeric_limits<double>::quiet_NaN(), 5, 1)) EXPECT_EQ(k, 0);
}

TEST(PoissonImage, IsTheSameOnAnyNumberOfThreads) {
  const scattering::Image mean = scattering::Image::Constant(97, 301, 2.5);
  const scattering::Image one = poisson_image(mean, 3, 9, 1);
  EXPECT_TRUE((one == poisson_image(mean, 3, 9, 2)).all());
  EXPECT_TRUE((one == poisson_image(mean, 3, 9, 5)).all());
  EXPECT_FALSE((one == poisson_image(mean, 3, 10, 1)).all());
  EXPECT_FALSE((one == poisson_image(mean, 4, 9, 1)).all());
}

// Over 400 repeats of a frame the variance of each pixel is its mean: the sum of (n - mean)^2 /
// mean over 50 x 60 pixels and 400 repeats has mean N and variance N (2 + 1 / mean).
TEST(PoissonImage, HasAVarianceEqualToItsMean) {
  scattering::Image mean(50, 60);
  for (Eigen::Index i = 0; i < mean.size(); ++i)
    mean.data()[i] = 0.2 + 0.01 * static_cast<double>(i);
  double chi2 = 0, bias = 0;
  const int repeats = 400;
  for (int r = 0; r < repeats; ++r) {
    const scattering::Image counts = poisson_image(mean, 11, static_cast<std::uint64_t>(r));
    chi2 += ((counts - mean).square() / mean).sum();
    bias += ((counts - mean) / mean.sqrt()).sum();
  }
  const double n = repeats * static_cast<double>(mean.size());
  const double spread = std::sqrt(repeats * (2 + 1 / mean).sum());
  EXPECT_NEAR(chi2, n, 4 * spread);
  EXPECT_NEAR(bias, 0, 4 * std::sqrt(n));
}

TEST(PoissonImage, RefusesWhatIsNoExpectation) {
  for (const double bad : {-1.0, std::numeric_limits<double>::quiet_NaN(), 1e16}) {
    scattering::Image mean = scattering::Image::Ones(4, 5);
    mean(2, 3) = bad;
    try {
      static_cast<void>(poisson_image(mean, 1, 1));
      FAIL() << bad;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("row 2, column 3"));
    }
  }
}

}  // namespace
}  // namespace foray::simulator::noise_test
