#include "../../../scattering/src/models/hayter_msa.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::hayter_msa_test {
namespace {

// sasmodels stops its rescaling at 5e-6 and has constants of 1973: agreement to a few 1e-6.
TEST(HayterMsa, AgreesWithTheFieldsProgram) {
  for (const char* name : {"hayter_msa", "hayter_msa_salt"}) expect_case(name, 1e-5);
}

// r f(r) of a function given by its transform, smoothed by a Gaussian of standard deviation kWidth,
// in units of the diameter: what is linear or exponential over several kWidth is exact.
constexpr double kWidth = 0.02;
template <class Function>
double back_transform(double r, double density, const Function& transform) {
  const double step = 0.01, last = 8 / kWidth;
  double sum = 0;
  for (double q = step / 2; q < last; q += step) {
    sum += q * transform(q) * std::sin(q * r) * std::exp(-0.5 * std::pow(q * kWidth, 2)) * step;
  }
  return sum / (2 * M_PI * M_PI * density);
}

// The two conditions of the approximation: no pair closer than the (rescaled) diameter, and a
// direct correlation of minus the energy beyond it.
void expect_solution(const ScreenedSpheres& spheres, double z, double energy, bool rescaled) {
  const MeanSphericalSolution s = solve_mean_spherical(spheres);
  EXPECT_EQ(s.scale > 1, rescaled);
  const double density = 6 * spheres.volfraction / M_PI;
  for (const double r : {0.2, 0.5, 0.85}) {
    const double h =
        back_transform(r, density, [&](double q) { return s.structure_factor(q) - 1; });
    EXPECT_NEAR(h, -r, 1e-7) << r;
  }
  for (const double r : {s.scale + 0.2, s.scale + 0.8, s.scale + 1.7}) {
    const double c =
        back_transform(r, density, [&](double q) { return 1 - 1 / s.structure_factor(q); });
    const double smoothed = std::exp(0.5 * std::pow(z * kWidth, 2));
    EXPECT_NEAR(c, -energy * std::exp(-z * (r - 1)) * smoothed, 1e-7 + 1e-6 * energy) << r;
  }
  if (rescaled) {
    EXPECT_NEAR(s.contact(), 0, 1e-9);
  }
}

// Screening constant times diameter and contact energy over kT, from Bjerrum's length.
void expect_solution(const ScreenedSpheres& spheres, bool rescaled) {
  const double bjerrum =
      1.602176634e-19 * 1.602176634e-19 /
      (4 * M_PI * 8.8541878128e-12 * spheres.dielectric * 1.380649e-23 * spheres.temperature) *
      1e10;
  const double diameter = 2 * spheres.radius;
  const double volume = M_PI / 6 * diameter * diameter * diameter;
  const double ions =
      spheres.charge * spheres.volfraction / volume + 2 * spheres.salt * 6.02214076e-4;
  const double z = std::sqrt(4 * M_PI * bjerrum * ions) * diameter;
  const double energy =
      spheres.charge * spheres.charge * bjerrum / diameter / std::pow(1 + z / 2, 2);
  expect_solution(spheres, z, energy, rescaled);
}

TEST(HayterMsa, SatisfiesTheMeanSphericalConditions) {
  expect_solution({.radius = 30,
                   .volfraction = 0.2,
                   .charge = 5,
                   .temperature = 298,
                   .salt = 0.05,
                   .dielectric = 78},
                  false);
  expect_solution({.radius = 30,
                   .volfraction = 0.3,
                   .charge = 2,
                   .temperature = 298,
                   .salt = 0.5,
                   .dielectric = 78},
                  false);
}

TEST(HayterMsa, RescalesWhatRepelsStrongly) {
  expect_solution({.radius = 20.75,
                   .volfraction = 0.0192,
                   .charge = 19,
                   .temperature = 318.16,
                   .salt = 0,
                   .dielectric = 71.08},
                  true);
  expect_solution({.radius = 30,
                   .volfraction = 0.1,
                   .charge = 50,
                   .temperature = 298,
                   .salt = 0.01,
                   .dielectric = 78},
                  true);
}

TEST(HayterMsa, WithoutChargeIsHardspheres) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(60, 1e-4, 0.8);
  const ModelValues common = {{"radius_effective", 30}, {"volfraction", 0.25}};
  ModelValues charged = common;
  charged["charge"] = 1e-5;
  charged["concentration_salt"] = 0.1;
  EXPECT_TRUE(Model("hayter_msa")
                  .intensity(q, charged)
                  .isApprox(Model("hardsphere").intensity(q, common), 1e-9));
}

TEST(HayterMsa, FindsSolutionsOverTheWholeRange) {
  for (const double phi : {0.001, 0.05, 0.2, 0.4}) {
    for (const double charge : {1e-6, 1.0, 20.0, 200.0}) {
      for (const double salt : {0.0, 0.001, 1.0}) {
        const double s =
            intensity_at(Model("hayter_msa"), 1e-4,
                         {{"volfraction", phi}, {"charge", charge}, {"concentration_salt", salt}});
        EXPECT_GT(s, 0) << phi << " " << charge << " " << salt;
        EXPECT_LE(s, 1) << phi << " " << charge << " " << salt;
      }
    }
  }
}

}  // namespace
}  // namespace foray::scattering::hayter_msa_test
