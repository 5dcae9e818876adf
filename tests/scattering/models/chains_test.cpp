#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::chains_test {
namespace {

TEST(FlexibleCylinder, IsThePublishedParametrisation) { expect_case("flexible_cylinder", 1e-9); }

TEST(FlexibleCylinder, IsContinuousWithItsSlopeWhereTheLocalRodBegins) {
  const Model subject("flexible_cylinder");
  // Long chains at q b = 3.1; short ones at q b = 1.9 b / Rg.
  for (const auto& [length, start] : {std::pair{1000.0, 3.1}, std::pair{350.0, 0.0}}) {
    const double n = length / 100;
    double at = start;
    if (at == 0) {
      const double alpha = std::pow(1 + std::pow(n / 3.12, 2) + std::pow(n / 8.67, 3), 0.176 / 3);
      const double rg2 =
          alpha * length * 100 / 6 *
          (1 - 1.5 / n + 1.5 / (n * n) - 0.75 / (n * n * n) * (1 - std::exp(-2 * n)));
      at = std::max(3.0, 190 / std::sqrt(rg2));
    }
    const double q = at / 100, step = 1e-6;
    const ModelValues values = {{"length", length}};
    const double below = intensity_at(subject, q * (1 - step), values);
    const double here = intensity_at(subject, q * (1 + 1e-12), values);
    const double above = intensity_at(subject, q * (1 + step), values);
    EXPECT_NEAR((here - below) / (above - here), 1, 1e-3) << length;
  }
}

TEST(FlexibleCylinder, IsAThinRodAtHighQ) {
  // S tends to pi / (q L), on the thin cross-section.
  const double q = 2, got = intensity_at(Model("flexible_cylinder"), q, {{"radius", 1e-3}});
  EXPECT_NEAR(got, 1e-4 * M_PI * 1e-6 * 1000 * 5.3 * 5.3 * M_PI / (q * 1000), 2e-2 * got);
}

TEST(PearlNecklace, TendsToItsVolumeAtLowQ) {
  const double string = 350 * M_PI / 4 * 2.5 * 2.5, pearl = 4.0 / 3 * M_PI * 80 * 80 * 80;
  const double volume = 2 * string + 3 * pearl;
  EXPECT_NEAR(intensity_at(Model("pearl_necklace"), 1e-7), 1e-4 * 5.3 * 5.3 * volume,
              1e-9 * volume);
}

// Freely jointed: <sinc(q |r_i - r_j|)> = sinc(q A)^|i - j|. Strings as chains of 400 points
// between the pearls' surfaces, each string's points averaged among themselves.
TEST(PearlNecklace, IsTheSumOverItsPairs) {
  const double q = 0.013, radius = 30, edge = 120, thick = 8, period = edge + 2 * radius;
  const int pearls = 4, points = 400;
  const double pearl = 4.0 / 3 * M_PI * radius * radius * radius;
  const double string = edge * M_PI / 4 * thick * thick;
  const double x = q * radius, psi = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  const double s = plain_sinc(q * period);
  double to_end = 0, within = 0;
  for (int i = 0; i < points; ++i) {
    const double at = edge * (i + 0.5) / points;
    to_end += plain_sinc(q * (radius + at)) / points;
    for (int k = 0; k < points; ++k) {
      within += plain_sinc(q * edge * (i - k) / points) / (points * points);
    }
  }
  double sum = 0;
  for (int a = 0; a < pearls; ++a) {
    for (int b = 0; b < pearls; ++b) sum += std::pow(pearl * psi, 2) * std::pow(s, std::abs(a - b));
    for (int b = 0; b + 1 < pearls; ++b) {
      // The string b joins the pearls b and b + 1.
      const int steps = a <= b ? b - a : a - b - 1;
      sum += 2 * pearl * psi * string * to_end * std::pow(s, steps);
    }
  }
  for (int a = 0; a + 1 < pearls; ++a) {
    for (int b = 0; b + 1 < pearls; ++b) {
      sum +=
          string * string * (a == b ? within : to_end * to_end * std::pow(s, std::abs(a - b) - 1));
    }
  }
  const double expected = 1e-4 * 5.3 * 5.3 * sum / (pearls * pearl + (pearls - 1) * string);
  const double got = intensity_at(
      Model("pearl_necklace"), q,
      {{"radius", radius}, {"edge_sep", edge}, {"thick_string", thick}, {"num_pearls", pearls}});
  EXPECT_NEAR(got, expected, 1e-6 * expected);
}

}  // namespace
}  // namespace foray::scattering::chains_test
