#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::superball_test {
namespace {

TEST(Superball, OfExponentOneIsASphere) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(8, 0.001, 0.9);
  const Eigen::VectorXd ball = Model("superball").intensity(q, {{"exponent_p", 1}});
  const Eigen::VectorXd sphere =
      Model("sphere").intensity(q, {{"sld", 4}, {"sld_solvent", 1}, {"radius", 25}});
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(ball[i], sphere[i], 1e-10 * sphere[i]) << q[i];
  }
}

// The octahedron |x| + |y| + |z| < h, by slices: squares whose half diagonal is h - |z|.
double octahedron(const Eigen::Vector3d& q, double h) {
  const int n = 400;
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double z = h * (i + 0.5) / n, s = h - z;
    const double square =
        4 * (std::cos(s * q[0]) - std::cos(s * q[1])) / (q[1] * q[1] - q[0] * q[0]);
    sum += 2 * square * std::cos(q[2] * z) * h / n;
  }
  return sum;
}

TEST(Superball, OfExponentOneHalfIsAnOctahedron) {
  const double h = 30, q = 0.2;
  // The brute force grid never has |q_x| = |q_y| exactly: its azimuths are odd parts of pi / n.
  const double mean = mean_square(q, 101, [&](const auto& k) { return octahedron(k, h); });
  const double volume = 4.0 / 3 * h * h * h, expected = 9e-4 * mean / volume;
  EXPECT_NEAR(intensity_at(Model("superball"), q, {{"length_a", 2 * h}, {"exponent_p", 0.5}}),
              expected, 5e-4 * expected);
}

TEST(Superball, ComesNearACubeForALargeExponent) {
  const double cube = intensity_at(Model("parallelepiped"), 0.1,
                                   {{"length_a", 50}, {"length_b", 50}, {"length_c", 50}});
  const double wide = intensity_at(Model("superball"), 0.1, {{"exponent_p", 10}});
  const double wider = intensity_at(Model("superball"), 0.1, {{"exponent_p", 20}});
  // The edges' part vanishes as 1 / p^2.
  EXPECT_LT(std::abs(wider - cube), 0.3 * std::abs(wide - cube));
  EXPECT_NEAR(wider, cube, 8e-3 * cube);
}

TEST(Superball, DependsOnQTimesItsLengthOnly) {
  const double one = intensity_at(Model("superball"), 0.2, {{"length_a", 50}});
  const double two = intensity_at(Model("superball"), 0.1, {{"length_a", 100}});
  EXPECT_NEAR(two, 8 * one, 1e-12 * two);
}

TEST(Superball, RefusesAQThatWouldTakeMinutes) {
  EXPECT_THROW(intensity_at(Model("superball"), 1, {{"length_a", 1000}}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::superball_test
