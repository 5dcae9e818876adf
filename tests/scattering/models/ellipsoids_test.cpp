#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::ellipsoids_test {
namespace {

// The files of triaxial_ellipsoid and core_shell_ellipsoid come from converged Gauss sums.
TEST(EllipsoidModels, AreTheConvergedOrientationAverages) {
  for (const char* name :
       {"ellipsoid", "core_shell_ellipsoid", "core_shell_ellipsoid_oblate", "triaxial_ellipsoid"}) {
    expect_case(name, 1e-9);
  }
}

double ball(double x) { return 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x); }

TEST(TriaxialEllipsoid, IsTheBruteForceAverageWhateverAxisIsLongest) {
  const Eigen::Vector3d radii(30, 55, 90);
  const double volume = 4.0 / 3 * M_PI * radii.prod();
  for (const double q : {0.02, 0.15}) {
    const double expected = 1e-4 * 9 * volume * mean_square(q, 400, [&](const Eigen::Vector3d& k) {
                              return ball(k.cwiseProduct(radii).norm());
                            });
    for (const Eigen::Vector3i& order : {Eigen::Vector3i(0, 1, 2), Eigen::Vector3i(2, 0, 1)}) {
      const double got = intensity_at(Model("triaxial_ellipsoid"), q,
                                      {{"radius_equat_minor", radii[order[0]]},
                                       {"radius_equat_major", radii[order[1]]},
                                       {"radius_polar", radii[order[2]]}});
      EXPECT_NEAR(got, expected, 2e-4 * expected) << q;
    }
  }
}

TEST(Ellipsoid, IsASphereAndATriaxialEllipsoidWhereTheyMeet) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(30, 0.01, 0.6);
  const Eigen::VectorXd sphere =
      Model("sphere").intensity(q, {{"sld", 4}, {"sld_solvent", 1}, {"radius", 45}});
  EXPECT_TRUE(Model("ellipsoid")
                  .intensity(q, {{"radius_polar", 45}, {"radius_equatorial", 45}})
                  .isApprox(sphere, 1e-12));
  const Eigen::VectorXd spheroid =
      Model("ellipsoid").intensity(q, {{"radius_polar", 90}, {"radius_equatorial", 25}});
  EXPECT_TRUE(
      Model("triaxial_ellipsoid")
          .intensity(q,
                     {{"radius_polar", 90}, {"radius_equat_minor", 25}, {"radius_equat_major", 25}})
          .isApprox(spheroid, 1e-11));
}

// Where sasmodels 1.0.6 is wrong by 78 %; the value is a midpoint sum over a million angles.
TEST(Ellipsoid, IsRightForAThinDiskAtHighQ) {
  const double q = 0.9;
  double sum = 0;
  const int n = 1000000;
  for (int i = 0; i < n; ++i) {
    const double angle = (i + 0.5) * M_PI_2 / n;
    const double radius = std::hypot(400 * std::sin(angle), 20 * std::cos(angle));
    sum += std::pow(ball(q * radius), 2) * std::sin(angle) * M_PI_2 / n;
  }
  const double volume = 4.0 / 3 * M_PI * 20 * 400 * 400;
  EXPECT_NEAR(intensity_at(Model("ellipsoid"), q), 9e-4 * volume * sum, 1e-9 * 9e-4 * volume * sum);
}

TEST(Ellipsoid, EffectiveRadiiOfASphereAreItsRadius) {
  // Through S(q): P@S with each mode is that with the radius given.
  const ModelValues body = {{"radius_polar", 50}, {"radius_equatorial", 50}, {"volfraction", 0.3}};
  ModelValues given = body;
  given["radius_effective_mode"] = 0;
  given["radius_effective"] = 50;
  const Model subject("ellipsoid@hardsphere");
  const double expected = intensity_at(subject, 0.03, given);
  for (int mode = 1; mode <= 4; ++mode) {
    ModelValues values = body;
    values["radius_effective_mode"] = mode;
    EXPECT_NEAR(intensity_at(subject, 0.03, values), expected, 1e-11 * expected) << mode;
    values["radius_polar"] = 50.001;
    EXPECT_NEAR(intensity_at(subject, 0.03, values), expected, 1e-3 * expected) << mode;
  }
}

}  // namespace
}  // namespace foray::scattering::ellipsoids_test
