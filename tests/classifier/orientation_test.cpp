#include "orientation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/common/random.h"

namespace foray::classifier::orientation_test {
namespace {

constexpr double kPi = std::numbers::pi;

// Counts of 1 + 2 S cos 2(chi - director) over a background, in 180 bins of ten pixels each.
scattering::BinnedIntensity profile_of(double order, double director, double background,
                                       double per_pixel, std::uint64_t seed) {
  scattering::BinnedIntensity profile;
  const int bins = 180;
  profile.centre.resize(bins);
  profile.signal.resize(bins);
  profile.normalization = Eigen::VectorXd::Constant(bins, 10);
  CounterStream stream(seed, 0);
  for (int k = 0; k < bins; ++k) {
    const double chi = -kPi + 2 * kPi * (k + 0.5) / bins;
    profile.centre(k) = chi;
    const double mean =
        10 * per_pixel * (1 + 2 * order * std::cos(2 * (chi - director))) + 10 * background;
    profile.signal(k) = seed == 0 ? mean : stream.poisson(mean);
  }
  profile.variance = profile.signal;
  return profile;
}

TEST(Orientation, IsExactForANoiselessTwoFoldRing) {
  for (const double director : {0.0, 0.4, 1.6, 3.0}) {
    const Orientation result = orientation_of(profile_of(0.35, director, 5, 1e9, 0), 5);
    ASSERT_TRUE(result.valid);
    EXPECT_NEAR(result.order_parameter, 0.35, 1e-5);
    EXPECT_NEAR(result.director, director, 1e-5);
  }
}

TEST(Orientation, IsTheSameWhenAThirdOfTheAzimuthIsNotSeen) {
  auto profile = profile_of(0.35, 0.4, 0, 1e9, 0);
  profile.normalization.segment(20, 60).setZero();
  profile.signal.segment(20, 60).setZero();
  const Orientation result = orientation_of(profile, 0);
  ASSERT_TRUE(result.valid);
  EXPECT_NEAR(result.order_parameter, 0.35, 1e-3);
  EXPECT_NEAR(result.director, 0.4, 1e-3);
}

TEST(Orientation, ScattersAsItsVariancesSay) {
  double order = 0;
  double director = 0;
  constexpr int kTrials = 400;
  for (int k = 0; k < kTrials; ++k) {
    const Orientation result = orientation_of(profile_of(0.2, 1.0, 2, 3, 100 + k), 2);
    ASSERT_TRUE(result.valid);
    order += std::pow(result.order_parameter - 0.2, 2) / result.order_variance;
    director += std::pow(result.director - 1.0, 2) / result.director_variance;
  }
  // Means of 400 squares of about unit variance: standard deviation 0.07; a factor of 1.3 allows
  // four of them and the first-order propagation.
  EXPECT_NEAR(order / kTrials, 1.0, 0.3);
  EXPECT_NEAR(director / kTrials, 1.0, 0.3);
}

TEST(Orientation, DoesNotTakeNoiseForOrder) {
  double mean = 0;
  for (int k = 0; k < 100; ++k)
    mean += orientation_of(profile_of(0, 0, 0, 3, 900 + k), 0).order_parameter;
  // Noise alone has an amplitude of about 0.02 here; half of it is taken off.
  EXPECT_LT(mean / 100, 0.02);
}

TEST(Orientation, IsInvalidWithoutEnoughBinsOrAboveNothing) {
  auto profile = profile_of(0.2, 0, 1, 3, 1);
  EXPECT_FALSE(orientation_of(profile, 50).valid);
  profile.normalization.tail(170).setZero();
  EXPECT_FALSE(orientation_of(profile, 0).valid);
}

}  // namespace
}  // namespace foray::classifier::orientation_test
