#include "../../../scattering/src/models/shapes.h"

#include <gtest/gtest.h>
#include <math.h>  // j1 is POSIX's

#include <algorithm>
#include <cmath>

#include "../../../scattering/src/models/quadrature.h"

namespace foray::scattering::shapes_test {
namespace {

TEST(SphereAmplitude, IsSmoothAcrossTheThresholdOfItsSeries) {
  for (const double x : {0.5 - 1e-9, 0.5 + 1e-9}) {
    const double exact = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
    EXPECT_NEAR(sphere_amplitude(x), exact, 1e-14);
  }
  EXPECT_DOUBLE_EQ(sphere_amplitude(0), 1.0);
  EXPECT_NEAR(sphere_amplitude(0.1), 1 - 0.01 / 10 + 1e-4 / 280 - 1e-6 / 15120 + 1e-8 / 1330560,
              1e-15);
}

TEST(SphereAmplitude, OfManyIsThatOfEach) {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(2003, 0, 400);
  const Eigen::ArrayXd all = sphere_amplitudes(x);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    // Digits of sin x and x cos x, whose difference is divided by x^3.
    EXPECT_NEAR(all[i], sphere_amplitude(x[i]), 1e-14 / (1 + x[i] * x[i])) << x[i];
  }
}

TEST(DiskAmplitude, IsTheBesselFunctionBetweenItsKnotsAndBeyond) {
  EXPECT_DOUBLE_EQ(disk_amplitude(0), 1.0);
  for (double x = 1e-3; x < 300; x += x < 20 ? 0.00917 : 0.0917) {
    // Digits are lost relative to the largest value near x, which falls as x^-1.5.
    EXPECT_NEAR(disk_amplitude(x), 2 * ::j1(x) / x, 1e-14 / std::max(1.0, std::pow(x, 1.5)));
    EXPECT_EQ(disk_amplitude(-x), disk_amplitude(x));
  }
  EXPECT_NEAR(disk_amplitude(1e6), 2 * ::j1(1e6) / 1e6, 1e-24);
}

TEST(PolarAverage, IsExactForAWaveAlongTheAxis) {
  for (const double k : {0.5, 30.0, 700.0}) {
    const Eigen::Array2d mean =
        polar_average<Eigen::Array2d>(k * M_PI_2, [k](double sine, double cosine) {
          return Eigen::Array2d(std::cos(k * cosine), sine * sine);
        });
    EXPECT_NEAR(mean[0], std::sin(k) / k, 1e-13) << k;
    EXPECT_NEAR(mean[1], 2.0 / 3, 1e-13) << k;
  }
}

// Values by mpmath 1.2.1 with 30 digits.
TEST(SineIntegral, HasFourteenDigits) {
  EXPECT_DOUBLE_EQ(sine_integral(0), 0.0);
  EXPECT_NEAR(sine_integral(0.1), 0.09994446110827695, 2e-14);
  EXPECT_NEAR(sine_integral(1), 0.94608307036718301, 2e-14);
  EXPECT_NEAR(sine_integral(3.999), 1.7583922814762952, 2e-14);
  EXPECT_NEAR(sine_integral(4.001), 1.7580138803110599, 2e-14);
  EXPECT_NEAR(sine_integral(10), 1.658347594218874, 2e-14);
  EXPECT_NEAR(sine_integral(100), 1.5622254668890563, 2e-14);
  EXPECT_NEAR(sine_integral(12345.5), 1.5707498185706202, 2e-14);
}

TEST(GammaFraction, HasTwelveDigitsOnBothSidesOfItsSeries) {
  EXPECT_DOUBLE_EQ(gamma_fraction(1.5, 0), 0.0);
  EXPECT_NEAR(gamma_fraction(0.5, 0.3), 0.56142197391900014, 1e-12);
  EXPECT_NEAR(gamma_fraction(1.5, 2.4), 0.81295825109509235, 1e-12);
  EXPECT_NEAR(gamma_fraction(1.5, 2.6), 0.84227554960333711, 1e-12);
  EXPECT_NEAR(gamma_fraction(3, 1), 0.080301397071394196, 1e-12);
  EXPECT_NEAR(gamma_fraction(3, 30), 0.99999999995498983, 1e-12);
  EXPECT_NEAR(gamma_fraction(0.85, 1.8), 0.87158311639727469, 1e-12);
  EXPECT_NEAR(gamma_fraction(10, 11.5), 0.71120546045132874, 1e-12);
}

TEST(GaussLegendre, IsExactForPolynomialsAndPanelsForOscillations) {
  const Rule rule = gauss_legendre(7);
  for (int power = 0; power <= 13; ++power) {
    const double exact = power % 2 == 0 ? 2.0 / (power + 1) : 0.0;
    EXPECT_NEAR((rule.node.pow(power) * rule.weight).sum(), exact, 1e-14) << power;
  }
  for (const double phase : {1.0, 23.9, 24.1, 1000.0}) {
    const Rule panels = phase_rule(0, 2, phase);
    const double k = phase / 2;
    EXPECT_NEAR(((k * panels.node).cos() * panels.weight).sum(), std::sin(2 * k) / k, 1e-12);
  }
}

TEST(PhaseRule, RefusesWhatWouldNotEnd) {
  EXPECT_THROW(phase_rule(0, 1, 1e9), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::shapes_test
