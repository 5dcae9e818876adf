#include "poisson_quantile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "foray/common/normal.h"
#include "foray/common/random.h"

namespace foray::simulator::poisson_quantile_test {
namespace {

// The least k whose cumulative probability is above u, by summing the law from far below on.
double brute_force(double mean, double u) {
  const long double m = mean;
  long double k = std::max(0.0L, std::floor(m - 12 * std::sqrt(m)));
  int sign = 0;
  long double term = std::exp(k * std::log(m) - m - ::lgammal_r(k + 1, &sign));
  long double sum = term;
  while (static_cast<long double>(u) >= sum && k < m + 20 * std::sqrt(m)) {
    k += 1;
    term *= m / k;
    sum += term;
  }
  return static_cast<double>(k);
}

std::vector<double> quantiles(double mean, const std::vector<double>& uniform) {
  const std::vector<double> means(uniform.size(), mean);
  std::vector<double> counts(uniform.size());
  poisson_quantiles(means.data(), uniform.data(), counts.data(),
                    static_cast<Eigen::Index>(counts.size()));
  return counts;
}

std::vector<double> draws_and_tails(std::uint64_t seed) {
  CounterStream stream(seed, 0);
  std::vector<double> uniform = {0x1.0p-53, 1e-14, 1e-9,  1e-6,     3e-5,
                                 1e-3,      0.5,   0.999, 1 - 3e-5, 1 - 1e-9};
  while (uniform.size() < static_cast<std::size_t>(kQuantileBlock)) {
    uniform.push_back(stream.uniform() + 0x1.0p-54);
  }
  return uniform;
}

// At the limit one draw in two hundred is decided by the sum, at 1e6 none but the far tails.
TEST(PoissonQuantiles, AreThoseOfTheSummedLaw) {
  std::uint64_t seed = 1;
  for (const double mean : {12.0, 12.7, 15.0, 33.3, 63.5, 100.0, 1234.5, 1e5}) {
    for (int repeat = 0; repeat < (mean < 200 ? 40 : 2); ++repeat) {
      const std::vector<double> uniform = draws_and_tails(seed++);
      const std::vector<double> counts = quantiles(mean, uniform);
      for (std::size_t i = 0; i < counts.size(); ++i) {
        ASSERT_EQ(counts[i], brute_force(mean, uniform[i])) << mean << " " << uniform[i];
      }
    }
  }
}

// Just beside each step of the law, where the expansion alone cannot tell.
TEST(PoissonQuantiles, TellCountsApartAtTheEdgesOfTheirIntervals) {
  for (const double mean : {12.0, 40.0, 500.0}) {
    long double term = std::exp(-static_cast<long double>(mean)), sum = 0;
    for (int k = 0; k < mean + 4 * std::sqrt(mean); ++k) {
      sum += term;
      term *= mean / (k + 1);
      const auto edge = static_cast<double>(sum);
      if (edge < 1e-6) continue;
      const std::vector<double> counts = quantiles(mean, {edge - 1e-11, edge + 1e-11});
      EXPECT_EQ(counts[0], k) << mean;
      EXPECT_EQ(counts[1], k + 1) << mean;
    }
  }
}

TEST(PoissonQuantiles, GrowWithTheMeanAndStayNearIt) {
  const std::vector<double> uniform = draws_and_tails(7);
  std::vector<double> before(uniform.size(), 0);
  for (const double mean : {12.0, 12.01, 13.0, 99.0, 1e4, 1e8 - 1, 1e8 + 1, 1e12, 1e15}) {
    const std::vector<double> counts = quantiles(mean, uniform);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      EXPECT_GE(counts[i], before[i]) << mean;
      EXPECT_EQ(counts[i], std::floor(counts[i]));
      EXPECT_LT(std::abs(counts[i] - mean), 9 * std::sqrt(mean) + 40) << mean;
    }
    before = counts;
  }
}

TEST(NormalQuantiles, AreTheInverseOfTheDistribution) {
  std::vector<double> uniform;
  for (double u = 1e-10; u < 0.5; u *= 1.3) uniform.insert(uniform.end(), {u, 1 - u});
  std::vector<double> z(uniform.size());
  normal_quantiles(uniform.data(), z.data(), static_cast<Eigen::Index>(z.size()));
  for (std::size_t i = 0; i < z.size(); ++i) {
    // A double near 1 says no more of the upper tail than 1e-16 of it.
    EXPECT_NEAR(normal_cdf(z[i]), uniform[i], 1e-14 * uniform[i] + 2e-16) << uniform[i];
  }
}

}  // namespace
}  // namespace foray::simulator::poisson_quantile_test
