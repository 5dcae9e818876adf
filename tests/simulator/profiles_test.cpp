#include "foray/simulator/profiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace foray::simulator::profiles_test {
namespace {

TEST(PseudoVoigt, HasHalfItsHeightAtHalfItsWidth) {
  for (const double lorentz : {0.0, 0.3, 1.0}) {
    const double top = pseudo_voigt(0, 0.02, lorentz);
    EXPECT_NEAR(pseudo_voigt(0.01, 0.02, lorentz) / top, 0.5, 1e-12) << lorentz;
    EXPECT_NEAR(pseudo_voigt(-0.01, 0.02, lorentz) / top, 0.5, 1e-12) << lorentz;
  }
}

TEST(PseudoVoigt, HasUnitArea) {
  for (const double lorentz : {0.0, 0.3, 1.0}) {
    // x = w tan(t) maps the line to (-pi/2, pi/2), where the midpoint rule converges fast.
    const double w = 0.02;
    double area = 0;
    const int n = 20000;
    for (int i = 0; i < n; ++i) {
      const double t = std::numbers::pi * ((i + 0.5) / n - 0.5);
      area += pseudo_voigt(w * std::tan(t), w, lorentz) * w / (std::cos(t) * std::cos(t));
    }
    EXPECT_NEAR(area * std::numbers::pi / n, 1, 1e-9) << lorentz;
  }
}

TEST(Broadened, AddsGaussiansInQuadratureAndKeepsAPeakWithoutResolution) {
  const PeakWidth gaussian = broadened({0.003, 0}, 0.004);
  EXPECT_NEAR(gaussian.fwhm, 0.005, 1e-12);
  EXPECT_EQ(gaussian.lorentz, 0);
  const PeakWidth same = broadened({0.003, 0.4}, 0);
  EXPECT_EQ(same.fwhm, 0.003);
  EXPECT_EQ(same.lorentz, 0.4);
  const PeakWidth little = broadened({0.003, 0.4}, 1e-8);
  EXPECT_NEAR(little.fwhm, 0.003, 1e-9);
  EXPECT_NEAR(little.lorentz, 0.4, 1e-6);
}

// Against the convolution by quadrature.
TEST(Broadened, AgreesWithTheConvolution) {
  for (const double lorentz : {0.0, 0.4, 1.0}) {
    for (const double resolution : {0.2, 0.7, 2.0}) {
      const PeakWidth peak = broadened({1, lorentz}, resolution);
      const double top = pseudo_voigt(0, peak.fwhm, peak.lorentz);
      for (double x = 0; x < 3; x += 0.25) {
        double sum = 0;
        const double step = 0.005;
        for (double y = -12; y < 12; y += step) {
          sum += step * pseudo_voigt(x - y, 1, lorentz) * pseudo_voigt(y, resolution, 0);
        }
        EXPECT_NEAR(pseudo_voigt(x, peak.fwhm, peak.lorentz), sum, 0.012 * top)
            << lorentz << ' ' << resolution << ' ' << x;
      }
    }
  }
}

// Values of the closed form, computed with numpy 1.24 at eta 0.7, n 2: chi in degrees, law.
TEST(AzimuthalLaw, AgreesWithTabulatedValues) {
  const double table[][2] = {{-90, 0.176470588235}, {-45, 0.342281879195}, {0, 5.66666666667},
                             {10, 2.92380343126},   {30, 0.645569620253},  {60, 0.232876712329}};
  for (const auto& [degrees, value] : table) {
    EXPECT_NEAR(azimuthal_law(degrees * std::numbers::pi / 180, 0.7, 2), value, 1e-11 * value * 10);
  }
}

TEST(AzimuthalLaw, HasAMeanOfOneAndItsSymmetry) {
  for (const double eta : {0.0, 0.4, 0.9}) {
    for (const int n : {2, 4, 6}) {
      double mean = 0;
      for (int i = 0; i < 3600; ++i) mean += azimuthal_law(2 * std::numbers::pi * i / 3600, eta, n);
      EXPECT_NEAR(mean / 3600, 1, 1e-12);
      EXPECT_NEAR(azimuthal_law(0.3, eta, n), azimuthal_law(0.3 + 2 * std::numbers::pi / n, eta, n),
                  1e-12 * azimuthal_law(0.3, eta, n));
    }
  }
}

// D = 590.619418875 angstrom at a width of 0.01 1/angstrom with K = 0.94.
TEST(ScherrerFwhm, InvertsTheDomainSize) { EXPECT_NEAR(scherrer_fwhm(59.0619418875), 0.01, 1e-12); }

}  // namespace
}  // namespace foray::simulator::profiles_test
