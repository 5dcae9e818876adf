#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::capped_test {
namespace {

TEST(CappedModels, AreTheConvergedOrientationAverages) {
  for (const char* name : {"capped_cylinder", "capped_cylinder_round", "barbell"}) {
    expect_case(name, 1e-9);
  }
}

TEST(CappedCylinder, WithFlatCapsIsACylinderAndWithoutLengthALensOrASphere) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(30, 0.01, 0.6);
  const Eigen::VectorXd flat = Model("capped_cylinder").intensity(q, {{"radius_cap", 1e9}});
  EXPECT_TRUE(flat.isApprox(Model("cylinder").intensity(q), 1e-7));
  const Eigen::VectorXd ball =
      Model("capped_cylinder").intensity(q, {{"radius", 20}, {"radius_cap", 20}, {"length", 1e-9}});
  const Eigen::VectorXd sphere =
      Model("sphere").intensity(q, {{"sld", 4}, {"sld_solvent", 1}, {"radius", 20}});
  EXPECT_TRUE(ball.isApprox(sphere, 1e-9));
}

// Good to a percent: the shape and the volume, not only the limits.
TEST(Barbell, IsTheMeanOverPairsOfPointsInIt) {
  const double bell = 40, radius = 20, length = 100, height = std::sqrt(1200.0);
  const auto inside = [&](const Eigen::Vector3d& at) {
    const double across = std::hypot(at[0], at[1]), along = std::abs(at[2]);
    return (along < length / 2 && across < radius) ||
           std::hypot(across, along - length / 2 - height) < bell;
  };
  const double slice = M_PI * (bell * bell * height - height * height * height / 3);
  const double volume =
      M_PI * radius * radius * length + 2 * (slice + 2.0 / 3 * M_PI * bell * bell * bell);
  const double q = 0.03;
  const double expected =
      9e-4 * volume * debye_form(q, {bell, bell, length / 2 + height + bell}, 6000, inside);
  EXPECT_NEAR(intensity_at(Model("barbell"), q, {{"length", length}}), expected, 0.03 * expected);
}

TEST(CappedCylinder, TendsToItsVolume) {
  const double height = std::sqrt(25.0 * 25 - 20 * 20), depth = 25 - height;
  const double cap = M_PI * depth * depth * (25 - depth / 3);
  const double volume = M_PI * 400 * 300 + 2 * cap;
  EXPECT_NEAR(intensity_at(Model("capped_cylinder"), 1e-7, {{"radius_cap", 25}, {"length", 300}}),
              9e-4 * volume, 1e-9 * volume);
}

}  // namespace
}  // namespace foray::scattering::capped_test
