#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::fractals_test {
namespace {

TEST(FractalModels, AreTheClosedForms) {
  for (const char* name : {"mass_fractal", "surface_fractal", "fractal"}) expect_case(name, 1e-10);
}

// int r^(D-2) exp(-r/xi) sin(q r)/q dr over r > 0, by the midpoint rule in the root of r, which
// takes out the power at r = 0.
TEST(MassFractal, IsTheTransformOfItsCorrelation) {
  const double dimension = 1.7, cutoff = 50, q = 0.06;
  double sum = 0;
  const int n = 400000;
  const double last = std::sqrt(40 * cutoff);
  for (int i = 0; i < n; ++i) {
    const double w = (i + 0.5) * last / n, r = w * w;
    sum +=
        2 * w * std::pow(r, dimension - 2) * std::exp(-r / cutoff) * std::sin(q * r) / q * last / n;
  }
  const double got =
      intensity_at(Model("mass_fractal"), q,
                   {{"radius", 1e-3}, {"fractal_dim_mass", dimension}, {"cutoff_length", cutoff}});
  EXPECT_NEAR(got, sum, 1e-7 * sum);
}

TEST(MassFractal, HasItsDimensionAsExponentBetweenBlockAndCutoff) {
  const Model subject("mass_fractal");
  const ModelValues values = {{"radius", 0.01}, {"fractal_dim_mass", 2.2}, {"cutoff_length", 1e4}};
  const double ratio = intensity_at(subject, 0.2, values) / intensity_at(subject, 0.1, values);
  EXPECT_NEAR(std::log2(ratio), -2.2, 2e-3);
}

TEST(MassFractal, HasNoPoleAtDimensionOne) {
  const Model subject("mass_fractal");
  const double at = intensity_at(subject, 0.01, {{"fractal_dim_mass", 1}});
  const double beside = intensity_at(subject, 0.01, {{"fractal_dim_mass", 1 + 1e-9}});
  EXPECT_NEAR(at, std::atan(0.01 * 100) / 0.01 * std::pow(1 - 0.001, 2), 1e-3 * at);
  EXPECT_NEAR(at, beside, 1e-7 * at);
}

TEST(SurfaceFractal, HasThePorodSlopeForASmoothSurface) {
  const Model subject("surface_fractal");
  const ModelValues values = {{"radius", 0.01}, {"fractal_dim_surf", 2}, {"cutoff_length", 1e4}};
  const double ratio = intensity_at(subject, 0.2, values) / intensity_at(subject, 0.1, values);
  EXPECT_NEAR(std::log2(ratio), -4, 1e-4);
}

TEST(Fractal, OfDimensionZeroAddsOneBlock) {
  const ModelValues values = {{"fractal_dim", 1e-12}, {"volfraction", 0.1}};
  const double sphere =
      intensity_at(Model("sphere"), 0.2, {{"radius", 5}, {"sld", 2}, {"sld_solvent", 6.4}});
  EXPECT_NEAR(intensity_at(Model("fractal"), 0.2, values), 0.1 * sphere * 2, 1e-9 * sphere);
}

}  // namespace
}  // namespace foray::scattering::fractals_test
