#include "../../scattering/src/peak_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::scattering::peak_model_test {
namespace {

TEST(PeakValue, GradientMatchesCentralDifference) {
  PeakVector p;
  p << 0.7, 0.051, 0.004, 0.3, 0.2, 1.4;
  for (const auto background : {PeakBackground::kLinear, PeakBackground::kPowerLaw}) {
    for (const double q : {0.03, 0.049, 0.051, 0.06}) {
      const PeakValue value = peak_value(p, background, 0.05, q);
      for (int k = 0; k < kPeakParameters; ++k) {
        const double step = 1e-6 * std::abs(p[k]);
        PeakVector up = p, down = p;
        up[k] += step;
        down[k] -= step;
        const auto total = [&](const PeakVector& at) {
          const PeakValue v = peak_value(at, background, 0.05, q);
          return v.peak + v.background;
        };
        const double difference = (total(up) - total(down)) / (2 * step);
        EXPECT_NEAR(value.gradient[k], difference, 1e-6 * (std::abs(difference) + 1)) << k;
      }
    }
  }
}

TEST(PeakValue, HasUnitAreaAndHalfItsHeightAtHalfItsWidth) {
  for (const double share : {0.0, 0.5, 1.0}) {
    PeakVector p;
    p << 1, 0, 1, share, 0, 0;
    double area = 0;
    constexpr double kStep = 0.01;
    for (int k = -200000; k <= 200000; ++k) {
      area += kStep * peak_value(p, PeakBackground::kLinear, 0, k * kStep).peak;
    }
    EXPECT_NEAR(area, 1.0, 2e-4);  // a Lorentzian has 1.6e-4 of its area beyond 2000 widths
    const double top = peak_value(p, PeakBackground::kLinear, 0, 0).peak;
    EXPECT_NEAR(top, unit_height(share), 1e-14);
    EXPECT_NEAR(peak_value(p, PeakBackground::kLinear, 0, 0.5).peak, top / 2, 1e-14);
  }
}

}  // namespace
}  // namespace foray::scattering::peak_model_test
