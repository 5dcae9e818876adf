#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::cylinders_test {
namespace {

TEST(CylinderModels, AreTheConvergedOrientationAverages) {
  for (const char* name : {"cylinder", "hollow_cylinder", "core_shell_cylinder",
                           "elliptical_cylinder", "stacked_disks"}) {
    expect_case(name, 1e-9);
  }
}

// A rod without thickness: P = 2 Si(x)/x - (sin(x/2)/(x/2))^2 with x = qL; Neugebauer (1943),
// doi:10.1002/andp.19434340702.
TEST(Cylinder, OfAThinRodIsNeugebauersClosedForm) {
  const double length = 20000, radius = 1e-3, q = 0.5;
  const double x = q * length;
  // Si(x) by its asymptotic series, exact to 1e-15 at x = 1e4.
  const double f = 1 / x * (1 - 2 / (x * x)), g = 1 / (x * x) * (1 - 6 / (x * x));
  const double si = M_PI / 2 - f * std::cos(x) - g * std::sin(x);
  const double expected = 2 * si / x - std::pow(std::sin(x / 2) / (x / 2), 2);
  const double volume = M_PI * radius * radius * length;
  const double got = intensity_at(Model("cylinder"), q, {{"radius", radius}, {"length", length}});
  EXPECT_NEAR(got / (1e-4 * 9 * volume), expected, 1e-7 * expected);
}

// A disk without thickness: P = 2 / x^2 (1 - J1(2x) / x) with x = qR; Kratky and Porod (1949).
TEST(Cylinder, OfAThinDiskIsKratkyAndPorodsClosedForm) {
  const double radius = 3000, length = 1e-3, q = 0.2, x = q * radius;
  const double expected = 2 / (x * x) * (1 - ::j1(2 * x) / x);
  const double volume = M_PI * radius * radius * length;
  const double got = intensity_at(Model("cylinder"), q, {{"radius", radius}, {"length", length}});
  EXPECT_NEAR(got / (1e-4 * 9 * volume), expected, 1e-7 * expected);
}

// Where sasmodels 1.0.6 is wrong by 96 %.
TEST(Cylinder, IsRightForALargeOneAtHighQ) {
  const double radius = 200, length = 20000, q = 0.8;
  double sum = 0;
  const int n = 2000000;
  for (int i = 0; i < n; ++i) {
    const double angle = (i + 0.5) * M_PI_2 / n, x = q * radius * std::sin(angle);
    sum += std::pow(2 * ::j1(x) / x * plain_sinc(0.5 * q * length * std::cos(angle)), 2) *
           std::sin(angle) * M_PI_2 / n;
  }
  const double expected = 1e-4 * 9 * M_PI * radius * radius * length * sum;
  EXPECT_NEAR(intensity_at(Model("cylinder"), q, {{"radius", radius}, {"length", length}}),
              expected, 1e-6 * expected);
}

TEST(HollowCylinder, WithoutBoreIsACylinder) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(30, 0.01, 0.6);
  const Eigen::VectorXd hollow =
      Model("hollow_cylinder").intensity(q, {{"radius", 0}, {"thickness", 25}, {"sld", 4}});
  EXPECT_TRUE(hollow.isApprox(Model("cylinder").intensity(q, {{"radius", 25}}), 1e-12));
}

TEST(EllipticalCylinder, IsTheBruteForceAverage) {
  const double q = 0.12, minor = 20, major = 35, length = 120;
  const double mean = mean_square(q, 400, [&](const Eigen::Vector3d& k) {
    const double x = std::hypot(minor * k[0], major * k[1]);
    return 2 * ::j1(x) / x * plain_sinc(0.5 * length * k[2]);
  });
  const double expected = 9e-4 * M_PI * minor * major * length * mean;
  EXPECT_NEAR(intensity_at(Model("elliptical_cylinder"), q,
                           {{"radius_minor", minor}, {"axis_ratio", 1.75}, {"length", length}}),
              expected, 2e-4 * expected);
}

// With disorder: the mean over draws of the stack, by the characteristic function of Gaussian
// displacements between neighbours: cos(k d q_c) exp(-k (q_c sigma)^2 / 2) for the k-th neighbour.
// sasmodels multiplies sigma_d by d once more here, against its own documentation.
TEST(StackedDisks, HaveGaussianDisplacementsOfSigmaBetweenNeighbours) {
  const double q = 0.21, radius = 15, core = 10, layer = 10, sigma = 4, d = 30;
  const int n = 200000, disks = 4;
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double cosine = (i + 0.5) / n, sine = std::sqrt(1 - cosine * cosine);
    const double x = q * radius * sine, along = q * cosine;
    const double one =
        M_PI * radius * radius * 2 * ::j1(x) / x *
        (4 * core * plain_sinc(0.5 * along * core) - 5 * d * plain_sinc(0.5 * along * d));
    double order = 0;
    for (int a = 0; a < disks; ++a) {
      for (int b = 0; b < disks; ++b) {
        const int k = std::abs(a - b);
        order += std::cos(k * d * along) * std::exp(-0.5 * k * std::pow(along * sigma, 2));
      }
    }
    sum += one * one * order / n;
  }
  const double volume = M_PI * radius * radius * (core + 2 * layer) * disks;
  const double expected = 1e-4 * sum / volume;
  EXPECT_NEAR(intensity_at(Model("stacked_disks"), q, {{"n_stacking", disks}, {"sigma_d", sigma}}),
              expected, 1e-7 * expected);
}

}  // namespace
}  // namespace foray::scattering::cylinders_test
