#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::shape_independent_test {
namespace {

// Closed forms: what is left is the 12 digits of the files.
constexpr double kDigits = 3e-11;

TEST(ShapeIndependentModels, AreTheClosedForms) {
  for (const char* name :
       {"porod", "guinier_porod", "power_law", "dab", "lorentz", "broad_peak", "teubner_strey",
        "correlation_length", "spinodal", "two_power_law", "unified_power_Rg", "peak_lorentz"}) {
    expect_case(name, kDigits);
  }
  // Down to 1e-280, with slopes d ln I / d ln q of up to 1000, which amplify the last digit of q.
  for (const char* name : {"guinier", "gaussian_peak"}) expect_case(name, 5e-9);
}

TEST(GuinierPorod, IsContinuousWithItsSlopeAtTheCrossover) {
  const Model subject("guinier_porod");
  const ModelValues values = {{"rg", 40}, {"s", 0.5}, {"porod_exp", 4}};
  const double crossover = std::sqrt(2.5 * 1.75) / 40, step = 1e-6;
  const double below = intensity_at(subject, crossover * (1 - step), values);
  const double at = intensity_at(subject, crossover * (1 + 1e-13), values);
  const double above = intensity_at(subject, crossover * (1 + step), values);
  EXPECT_NEAR((at - below) / at, (above - at) / at, 1e-10);
  EXPECT_NEAR((above / at - 1) / step, -4, 1e-4);
}

// The invariant of a two-phase system: the integral of q^2 I is 2 pi^2 phi (1 - phi) contrast^2.
TEST(TeubnerStrey, HasTheInvariantOfTwoPhases) {
  const Eigen::Index n = 400000;
  const double last = 40.0;
  const Eigen::VectorXd q = (Eigen::VectorXd::LinSpaced(n, 0.5, static_cast<double>(n) - 0.5)) *
                            (last / static_cast<double>(n));
  const Eigen::VectorXd i = Model("teubner_strey").intensity(q, {{"volfraction_a", 0.3}});
  const double tail = i[n - 1] * std::pow(last, 3);  // of q^-4
  const double invariant =
      (q.array().square() * i.array()).sum() * last / static_cast<double>(n) + tail;
  EXPECT_NEAR(invariant, 2 * M_PI * M_PI * 0.3 * 0.7 * 36 * 1e-4, 1e-4 * invariant);
}

TEST(UnifiedPowerRg, IsGuinierAtLowQAndItsPowerLawAtHighQ) {
  const Model subject("unified_power_Rg");
  EXPECT_NEAR(intensity_at(subject, 1e-4), 400 * std::exp(-std::pow(1e-4 * 15.8, 2) / 3), 1e-4);
  EXPECT_NEAR(intensity_at(subject, 2.0), 4.5e-6 / 16, 1e-12);
}

}  // namespace
}  // namespace foray::scattering::shape_independent_test
