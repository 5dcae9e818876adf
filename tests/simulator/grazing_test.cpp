#include "foray/simulator/grazing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::grazing_test {
namespace {

constexpr double kPi = std::numbers::pi;

// Silicon at 10 keV, delta and beta from xraylib 4.0.0; |r|^2, |t|^2 and the 1/e intensity depth
// [angstrom] from the closed form with numpy 1.24.
TEST(Fresnel, AgreesWithTabulatedSilicon) {
  const double table[][4] = {{0.05, 0.990782294619, 0.310196517569, 32.8647138085},
                             {0.15, 0.952382510622, 2.73712815875, 57.7213027497},
                             {0.179122, 0.70112512546, 3.34889947134, 353.597771005},
                             {0.2, 0.147552531605, 1.9153116969, 1968.93454405},
                             {1.0, 6.64934215815e-05, 1.01637305543, 21760.5530775}};
  const double k = 2 * kPi / 1.23984198;
  for (const auto& [degrees, reflected, transmitted, depth] : table) {
    const Fresnel f = fresnel(std::sin(degrees * kPi / 180), 4.88678e-06, 7.78506e-08);
    EXPECT_NEAR(std::norm(f.reflected), reflected, 2e-5 * reflected) << degrees;
    EXPECT_NEAR(std::norm(f.transmitted), transmitted, 2e-5 * transmitted) << degrees;
    EXPECT_NEAR(1 / (2 * k * f.inside.imag()), depth, 2e-5 * depth) << degrees;
  }
}

TEST(Fresnel, ConservesEnergyWithoutAbsorption) {
  for (const double sine : {0.001, 0.0022, 0.0025, 0.01}) {
    const Fresnel f = fresnel(sine, 2.7e-6, 0);
    const double through = std::norm(f.transmitted) * f.inside.real() / sine;
    EXPECT_NEAR(std::norm(f.reflected) + through, 1, 1e-9) << sine;
  }
}

TEST(Fresnel, LetsFourTimesTheIntensityInAtTheCriticalAngle) {
  const double delta = 2.7e-6;
  const double critical = std::sqrt(2 * delta - delta * delta);
  EXPECT_NEAR(std::norm(fresnel(critical, delta, 0).transmitted), 4, 1e-6);
}

TEST(Fresnel, PassesEverythingWhereThereIsNoInterface) {
  EXPECT_NEAR(std::norm(fresnel(0.01, 0, 0).transmitted), 1, 1e-12);
  EXPECT_NEAR(std::norm(fresnel(0, 0, 0).transmitted), 1, 1e-12);
}

// The mean over heights by quadrature of sinc^2(q h / 2) h^2 against the closed form.
TEST(RodProfile, IsTheMeanOverHeights) {
  const double height = 150, spread = 0.2;
  const auto mean = [&](double q) {
    double sum = 0, weight = 0;
    for (int i = -400; i <= 400; ++i) {
      const double z = i * 0.02;
      const double h = height * (1 + spread * z);
      const double x = q * h / 2;
      const double w = std::exp(-0.5 * z * z);
      sum += w * (x == 0 ? h * h : std::pow(std::sin(x) / x * h, 2));
      weight += w;
    }
    return sum / weight;
  };
  for (const double q : {1e-4, 0.01, 0.04, 0.1}) {
    EXPECT_NEAR(rod_profile(q, height, spread), mean(q) / mean(0), 1e-6) << q;
  }
  EXPECT_EQ(rod_profile(0, height, spread), 1);
}

// A detector 2 m away, the beam near its lower edge.
Beamline gisaxs_beamline() {
  Beamline beamline = small_beamline();
  beamline.geometry.dist = 2;
  beamline.geometry.poni1 = 20.5 * 200e-6;
  beamline.geometry.wavelength = 1.23984198e-10;
  beamline.resolution_fwhm = 2e-4;
  return beamline;
}

Scene surface_scene() {
  Scene scene;
  scene.background = 1;
  scene.surface = Surface{.incidence = 0.2 * kPi / 180, .delta = 4.88678e-06, .beta = 7.78506e-08};
  return scene;
}

TEST(GrazingFrame, IsDarkBelowTheHorizon) {
  const FrameMaker maker(gisaxs_beamline());
  const scattering::Image expected = maker.expected(surface_scene(), 1);
  // The horizon is at alpha_i above the beam: 2 m tan(0.2 degrees) / 200 um = 34.9 pixels.
  EXPECT_EQ(expected.topRows(55).maxCoeff(), 0);
  EXPECT_GT(expected.bottomRows(144).minCoeff(), 0);
}

TEST(GrazingFrame, IsBrightestJustBelowTheCriticalAngle) {
  const FrameMaker maker(gisaxs_beamline());
  const scattering::Image expected = maker.expected(surface_scene(), 1);
  Eigen::Index row = 0;
  expected.col(120).maxCoeff(&row);
  const double exit = std::atan((static_cast<double>(row) - 20) * 200e-6 / 2) - 0.2 * kPi / 180;
  // Absorption moves the maximum down a little; a pixel spans 1e-4 rad.
  const double critical = std::sqrt(2 * 4.88678e-06);
  EXPECT_LT(exit, critical + 5e-5);
  EXPECT_GT(exit, 0.95 * critical);
  const Fresnel in = fresnel(std::sin(0.2 * kPi / 180), 4.88678e-06, 7.78506e-08);
  const Fresnel out = fresnel(std::sin(exit), 4.88678e-06, 7.78506e-08);
  const double enhancement = std::norm(in.transmitted) * std::norm(out.transmitted);
  EXPECT_NEAR(maker.intensity(surface_scene())(row, 120), enhancement, 1e-3 * enhancement);
}

TEST(GrazingFrame, PutsRodsAtTheirLateralMomentum) {
  Scene scene = surface_scene();
  scene.background = 0;
  scene.rods = {Rod{.q = 0.03, .intensity = 1, .fwhm = 5e-4, .height = 30}};
  const FrameMaker maker(gisaxs_beamline());
  const scattering::Image intensity = maker.intensity(scene);
  for (const Eigen::Index row : {70, 120, 170}) {
    Eigen::Index column = 0;
    intensity.row(row).tail(110).maxCoeff(&column);
    const double y = (static_cast<double>(column) + 130 - 120) * 200e-6;
    EXPECT_NEAR(2 * kPi / 1.23984198 * y / 2, 0.03, 3e-4);
    EXPECT_NEAR(intensity(row, 120 - 50), intensity(row, 120 + 50), 1e-9);
  }
}

TEST(GrazingFrame, TurnsWithTheNormalOfTheSurface) {
  Beamline beamline = small_beamline();
  beamline.slow = beamline.fast = 201;
  beamline.geometry.poni2 = beamline.geometry.poni1;
  Scene scene = surface_scene();
  scene.power_law_scale = 5;
  scene.rods = {Rod{.q = 0.02}};
  scene.surface->streak = 10;
  const FrameMaker maker(beamline);
  const scattering::Image up = maker.intensity(scene);
  scene.surface->normal = 0;  // to the right
  const scattering::Image right = maker.intensity(scene);
  EXPECT_LT((right - up.transpose()).abs().maxCoeff(), 1e-9 * up.maxCoeff());
}

TEST(GrazingFrame, ReflectsTheBeamIntoTheSpecularDirection) {
  Scene scene = surface_scene();
  scene.background = 0;
  scene.surface->specular = 1e-4;
  const Beamline beamline = gisaxs_beamline();
  const scattering::Image expected = FrameMaker(beamline).expected(scene, 1);
  Eigen::Index row = 0, column = 0;
  expected.maxCoeff(&row, &column);
  EXPECT_EQ(column, 120);
  EXPECT_NEAR(static_cast<double>(row), 20 + 2 * std::tan(0.4 * kPi / 180) / 200e-6, 0.6);
  // |r|^2 at 0.2 degrees is 0.14755.
  const double photons = 1e10 * 0.8 * 1e-4 * 0.147552531605;
  EXPECT_NEAR(expected.sum(), photons, 0.02 * photons);
}

TEST(GrazingFrame, ShadowsTheReflectedBeam) {
  Scene scene = surface_scene();
  scene.background = 0;
  scene.surface->specular = 1e-4;
  Beamline beamline = gisaxs_beamline();
  const scattering::Image open = FrameMaker(beamline).expected(scene, 1);
  Beamline shadowed = beamline;
  shadowed.obstruction = Obstruction{
      .kind = Obstruction::Kind::kBar, .fast = 120.5, .size = 1e3, .transmission = 0.25};
  const scattering::Image through = FrameMaker(shadowed).expected(scene, 1);
  EXPECT_NEAR(through.sum(), 0.25 * open.sum(), 1e-9 * open.sum());
  beamline.mask = scattering::Mask::Constant(beamline.slow, beamline.fast, scattering::kMaskUser);
  beamline.beamstop_transmission = 0.01;
  const scattering::Image stopped = FrameMaker(beamline).expected(scene, 1);
  EXPECT_NEAR(stopped.sum(), 0.01 * open.sum(), 1e-9 * open.sum());
}

}  // namespace
}  // namespace foray::simulator::grazing_test
