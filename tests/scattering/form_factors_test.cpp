#include "foray/scattering/form_factors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "reference_table.h"

namespace foray::scattering {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Table {
  Eigen::VectorXd q, independent;
};

Table reference(const char* file) {
  const auto rows = read_table(file);
  Table table;
  table.q.resize(static_cast<Eigen::Index>(rows.size()));
  table.independent.resize(table.q.size());
  for (Eigen::Index i = 0; i < table.q.size(); ++i) {
    table.q[i] = rows[static_cast<std::size_t>(i)][0];
    table.independent[i] = rows[static_cast<std::size_t>(i)][1];
  }
  return table;
}

// The references have 12 digits of q and of I. Beside a minimum of the form factor a change of q in
// its last digit moves I by more than any relative tolerance; the envelope's share allows for it.
void expect_close(const Table& table, const Eigen::VectorXd& got, double tolerance) {
  for (Eigen::Index i = 0; i < table.q.size(); ++i) {
    const double envelope = 3e-11 * table.independent[0] / (1 + std::pow(50 * table.q[i], 4));
    EXPECT_NEAR(got[i], table.independent[i], tolerance * table.independent[i] + envelope)
        << "q " << table.q[i];
  }
}

TEST(SphereIntensity, IsTheClosedForm) {
  const Table table = reference("sas_sphere.txt");
  expect_close(table, intensity(Sphere{1.0, 6.0, 50.0}, table.q), 5e-10);
}

TEST(SphereIntensity, TendsToVolumeTimesContrastSquaredAsQGoesToZero) {
  const double volume = 4.0 / 3 * std::numbers::pi * 125000;
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 1e-7);
  EXPECT_NEAR(intensity(Sphere{1, 6, 50}, q, {0.5, 0.25})[0], 0.5 * 1e-4 * volume * 25 + 0.25,
              1e-8);
}

TEST(SphereAmplitude, IsSmoothAcrossTheThresholdOfItsSeries) {
  for (const double x : {0.5 - 1e-9, 0.5 + 1e-9}) {
    const double exact = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
    EXPECT_NEAR(sphere_amplitude(x), exact, 1e-14);
  }
  EXPECT_DOUBLE_EQ(sphere_amplitude(0), 1.0);
  EXPECT_NEAR(sphere_amplitude(0.1), 1 - 0.01 / 10 + 1e-4 / 280 - 1e-6 / 15120 + 1e-8 / 1330560,
              1e-15);
}

TEST(CoreShellSphereIntensity, IsTheClosedForm) {
  const Table table = reference("sas_core_shell_sphere.txt");
  expect_close(table, intensity(CoreShellSphere{60, 10, 1, 2, 3}, table.q), 1e-9);
}

TEST(CoreShellSphereIntensity, IsASphereWithoutShell) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.5);
  EXPECT_TRUE(intensity(CoreShellSphere{40, 0, 2, 9, 5}, q)
                  .isApprox(intensity(Sphere{2, 5, 40}, q), 1e-12));
}

TEST(CylinderIntensity, IsTheConvergedOrientationAverage) {
  const Table table = reference("sas_cylinder.txt");
  expect_close(table, intensity(Cylinder{4, 1, 20, 400}, table.q), 1e-6);
}

// A rod without thickness: P = 2 Si(x)/x - (sin(x/2)/(x/2))^2 with x = qL; Neugebauer (1943),
// doi:10.1002/andp.19434340702.
TEST(CylinderIntensity, OfAThinRodIsNeugebauersClosedForm) {
  const double length = 20000, radius = 1e-3, q = 0.5;
  const double x = q * length;
  // Si(x) by its asymptotic series, exact to 1e-15 at x = 1e4.
  const double f = 1 / x * (1 - 2 / (x * x)), g = 1 / (x * x) * (1 - 6 / (x * x));
  const double si = std::numbers::pi / 2 - f * std::cos(x) - g * std::sin(x);
  const double expected = 2 * si / x - std::pow(std::sin(x / 2) / (x / 2), 2);
  const double volume = std::numbers::pi * radius * radius * length;
  const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, q);
  const double got = intensity(Cylinder{4, 1, radius, length}, at)[0] / (1e-4 * 9 * volume);
  EXPECT_NEAR(got, expected, 1e-7 * expected);
}

TEST(LamellarIntensity, IsTheClosedForm) {
  const Table table = reference("sas_lamellar.txt");
  expect_close(table, intensity(Lamellar{50, 1, 6}, table.q), 1e-9);
}

TEST(Hardsphere, IsThePercusYevickSolution) {
  for (const auto& [file, fraction] :
       {std::pair{"sas_hardsphere.txt", 0.2}, std::pair{"sas_hardsphere_045.txt", 0.45}}) {
    const Table table = reference(file);
    const Eigen::VectorXd got = hardsphere(50, fraction, table.q);
    for (Eigen::Index i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], table.independent[i], 1e-9 * table.independent[i]) << table.q[i];
    }
  }
}

TEST(Hardsphere, TendsToTheCompressibilityAsQGoesToZero) {
  const double phi = 0.3;
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 1e-6);
  EXPECT_NEAR(hardsphere(50, phi, q)[0], std::pow(1 - phi, 4) / std::pow(1 + 2 * phi, 2), 1e-9);
  EXPECT_DOUBLE_EQ(hardsphere(50, 0, q)[0], 1.0);
}

TEST(SphereAtHardsphere, IsTheProduct) {
  const Table table = reference("sas_sphere_at_hardsphere.txt");
  const Eigen::VectorXd product = intensity(Sphere{1, 6, 50}, table.q, {.scale = 0.2})
                                      .cwiseProduct(hardsphere(50, 0.2, table.q));
  expect_close(table, product, 1e-8);
}

TEST(Models, NameTheBadParameter) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1);
  const auto refuses = [](const auto& call, const char* word) {
    EXPECT_THAT(call, ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  refuses([&] { intensity(Sphere{1, 6, 0}, q); }, "radius");
  refuses([&] { intensity(Sphere{std::nan(""), 6, 5}, q); }, "sld");
  refuses([&] { intensity(CoreShellSphere{5, -1, 1, 2, 3}, q); }, "thickness");
  refuses([&] { intensity(Cylinder{1, 2, 3, -4}, q); }, "length");
  refuses([&] { intensity(Lamellar{0, 1, 2}, q); }, "thickness");
  refuses([&] { hardsphere(50, 0.8, q); }, "volfraction");
  refuses([&] { intensity(Sphere{}, -q); }, "q");
}

}  // namespace
}  // namespace foray::scattering
