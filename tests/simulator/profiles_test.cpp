#include "foray/simulator/profiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace foray::simulator {
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
}  // namespace foray::simulator
