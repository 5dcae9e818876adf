#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::spheres_test {
namespace {

TEST(SphereModels, AreTheClosedForms) {
  for (const char* name :
       {"sphere", "core_shell_sphere", "fuzzy_sphere", "vesicle", "core_multi_shell"}) {
    expect_case(name, 1e-10);
  }
}

TEST(Sphere, TendsToVolumeTimesContrastSquaredAsQGoesToZero) {
  const double volume = 4.0 / 3 * M_PI * 125000;
  EXPECT_NEAR(intensity_at(Model("sphere"), 1e-7, {{"scale", 0.5}, {"background", 0.25}}),
              0.5 * 1e-4 * volume * 25 + 0.25, 1e-8);
}

// Averaged over the oscillation, I q^4 is 2 pi contrast^2 S / V.
TEST(Sphere, HasPorodsLawAtHighQ) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(20001, 20, 20 + 2 * M_PI * 20 / 50);
  const Eigen::VectorXd i = Model("sphere").intensity(q);
  const double mean = (i.array() * q.array().pow(4)).head(20000).mean();
  EXPECT_NEAR(mean, 1e-4 * 2 * M_PI * 25 * 3 / 50, 1e-5 * mean);
}

TEST(CoreShellSphere, IsASphereWithoutShellOrContrastInIt) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.5);
  const Eigen::VectorXd bare = Model("core_shell_sphere")
                                   .intensity(q, {{"radius", 40},
                                                  {"thickness", 0},
                                                  {"sld_core", 2},
                                                  {"sld_shell", 9},
                                                  {"sld_solvent", 5}});
  const Eigen::VectorXd sphere =
      Model("sphere").intensity(q, {{"sld", 2}, {"sld_solvent", 5}, {"radius", 40}});
  EXPECT_TRUE(bare.isApprox(sphere, 1e-12));
}

TEST(CoreMultiShell, WithOneShellIsACoreShellSphere) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.5);
  const Eigen::VectorXd many = Model("core_multi_shell")
                                   .intensity(q, {{"radius", 40},
                                                  {"n", 1},
                                                  {"thickness1", 12},
                                                  {"sld_core", 2},
                                                  {"sld1", 9},
                                                  {"sld_solvent", 5}});
  const Eigen::VectorXd one = Model("core_shell_sphere")
                                  .intensity(q, {{"radius", 40},
                                                 {"thickness", 12},
                                                 {"sld_core", 2},
                                                 {"sld_shell", 9},
                                                 {"sld_solvent", 5}});
  EXPECT_TRUE(many.isApprox(one, 1e-12));
}

// Babinet: exchanging body and solvent changes nothing.
TEST(Sphere, DependsOnTheSquareOfTheContrastOnly) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.5);
  EXPECT_TRUE(Model("sphere")
                  .intensity(q, {{"sld", 1}, {"sld_solvent", 6}})
                  .isApprox(Model("sphere").intensity(q, {{"sld", 6}, {"sld_solvent", 1}}), 1e-14));
}

// A vesicle is normalised by its shell; its volume fraction is that of the shell's material.
TEST(Vesicle, IsAHollowCoreShellSphere) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.5);
  const Eigen::VectorXd vesicle = Model("vesicle").intensity(q, {{"volfraction", 0.2}});
  const Eigen::VectorXd shell = Model("core_shell_sphere")
                                    .intensity(q, {{"radius", 100},
                                                   {"thickness", 30},
                                                   {"sld_core", 6.36},
                                                   {"sld_shell", 0.5},
                                                   {"sld_solvent", 6.36}});
  const double ratio = std::pow(130, 3) / (std::pow(130, 3) - std::pow(100, 3));
  EXPECT_TRUE(vesicle.isApprox(0.2 * ratio * shell, 1e-12));
}

}  // namespace
}  // namespace foray::scattering::spheres_test
