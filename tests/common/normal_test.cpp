#include "foray/common/normal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foray::normal_test {
namespace {

// Phi(-5) and Phi(-20), mpmath 1.2.
TEST(LogNormalCdf, AgreesWithKnownTails) {
  EXPECT_NEAR(log_normal_cdf(0), -std::numbers::ln2, 1e-15);
  EXPECT_NEAR(log_normal_cdf(-5), std::log(2.866515718791939e-7), 1e-12);
  EXPECT_NEAR(log_normal_cdf(-20), std::log(2.753624118606233e-89), 1e-11);
  EXPECT_NEAR(std::exp(log_normal_cdf(-2)), normal_cdf(-2), 1e-16);
}

TEST(LogNormalCdf, BranchesMeetAndSlopesAreDerivatives) {
  for (const double at : {-3.0, -8.0, -30.0}) {
    EXPECT_NEAR(log_normal_cdf(at - 1e-9), log_normal_cdf(at + 1e-9), 1e-6);
    EXPECT_NEAR(log_normal_cdf_slope(at - 1e-9), log_normal_cdf_slope(at + 1e-9), 1e-6);
  }
  for (const double z : {-100.0, -31.0, -9.0, -4.0, -2.9, -1.0, 0.0, 2.0, 6.0}) {
    const double step = 1e-5;
    EXPECT_NEAR(log_normal_cdf_slope(z),
                (log_normal_cdf(z + step) - log_normal_cdf(z - step)) / (2 * step),
                1e-7 * std::max(1.0, std::abs(z)));
  }
}

}  // namespace
}  // namespace foray::normal_test
