#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::structure_factors_test {
namespace {

TEST(StructureFactors, AreTheClosedForms) {
  for (const char* name : {"hardsphere", "hardsphere_045", "stickyhardsphere", "squarewell"}) {
    expect_case(name, 1e-10);
  }
}

TEST(Hardsphere, TendsToTheCompressibilityAsQGoesToZero) {
  const double phi = 0.3;
  EXPECT_NEAR(intensity_at(Model("hardsphere"), 1e-6, {{"volfraction", phi}}),
              std::pow(1 - phi, 4) / std::pow(1 + 2 * phi, 2), 1e-9);
  EXPECT_DOUBLE_EQ(intensity_at(Model("hardsphere"), 0.1, {{"volfraction", 0}}), 1.0);
}

TEST(Hardsphere, IsSmoothAcrossTheThresholdOfItsSeries) {
  const double edge = 1.0 / 100;
  const double below = intensity_at(Model("hardsphere"), edge * (1 - 1e-9));
  const double above = intensity_at(Model("hardsphere"), edge * (1 + 1e-9));
  EXPECT_NEAR(below, above, 1e-9);
}

// Without stickiness Baxter's solution is that of Percus and Yevick for the wider spheres.
TEST(Stickyhardsphere, WithoutStickinessIsHardspheres) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(60, 1e-4, 0.6);
  const double wider = 1 / (1 - 0.05);
  const Eigen::VectorXd sticky = Model("stickyhardsphere").intensity(q, {{"stickiness", 1e12}});
  const Eigen::VectorXd hard = Model("hardsphere")
                                   .intensity(q, {{"radius_effective", 50 * wider},
                                                  {"volfraction", 0.2 * std::pow(wider, 3)}});
  EXPECT_TRUE(sticky.isApprox(hard, 1e-10));
}

TEST(Stickyhardsphere, RefusesWhereNoSinglePhaseExists) {
  EXPECT_THROW(intensity_at(Model("stickyhardsphere"), 0.1, {{"stickiness", 0.02}}),
               std::invalid_argument);
}

// 1 / (1 - rho c(q)) with c(r) of eqs 5 and 6 of Sharma and Sharma, transformed by the midpoint
// rule.
TEST(Squarewell, IsTheTransformOfItsDirectCorrelation) {
  const double phi = 0.06, depth = 1.1, width = 1.3, radius = 40;
  const double rest = std::pow(1 - phi, 4);
  const double alpha = (std::pow(1 + 2 * phi, 2) + std::pow(phi, 3) * (phi - 4)) / rest;
  const double beta = -phi / 3 * (18 + 20 * phi - 12 * phi * phi + std::pow(phi, 4)) / rest;
  for (const double q : {1e-4, 0.03, 0.2}) {
    const double x = q * 2 * radius;
    const int n = 130000;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double s = width * (i + 0.5) / n;
      const double c = s < 1 ? -(alpha + beta * s + 0.5 * phi * alpha * s * s * s) : depth;
      sum += c * s * std::sin(x * s) / x * width / n;
    }
    const double expected = 1 / (1 - 24 * phi * sum);
    EXPECT_NEAR(intensity_at(Model("squarewell"), q,
                             {{"radius_effective", radius},
                              {"volfraction", phi},
                              {"welldepth", depth},
                              {"wellwidth", width}}),
                expected, 1e-7)
        << q;
  }
}

}  // namespace
}  // namespace foray::scattering::structure_factors_test
