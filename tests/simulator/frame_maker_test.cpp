#include "foray/simulator/frame_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/simulator/profiles.h"
#include "small_beamline.h"

namespace foray::simulator::frame_maker_test {
namespace {

constexpr double kPi = std::numbers::pi;

Scene empty_scene() {
  Scene scene;
  scene.background = 0;
  return scene;
}

Scene ring_scene(double orientation) {
  Scene scene = empty_scene();
  scene.rings = {Ring{.q = 0.06,
                      .intensity = 2,
                      .fwhm = 0.004,
                      .lorentz = 0,
                      .orientation = orientation,
                      .director = 0.4}};
  return scene;
}

// Pixel (100, 120 + 50) is 0.01 m to the right of the beam at 1 m. By hand: 2 theta = atan(0.01),
// q = 4 pi sin(theta) = 0.0628296, |t|^2 = 1.0001, solid angle 4e-8 / 1.0001^1.5, polarization
// (1 + cos^2(2 theta)) / 2; I = 3 (q / 0.01)^-4 + 0.02.
TEST(FrameMaker, GivesTheCountsOfAHandComputedPixel) {
  Scene scene = empty_scene();
  scene.power_law_scale = 3;
  scene.power_law_exponent = 4;
  scene.background = 0.02;
  scene.thickness_scale = 1.5;
  const FrameMaker maker(small_beamline());
  const double two_theta = std::atan(0.01);
  const double q = 4 * kPi * std::sin(two_theta / 2);
  const double intensity = 3 * std::pow(q / 0.01, -4) + 0.02;
  const double solid_angle = 4e-8 / std::pow(1.0001, 1.5);
  const double polarization = 0.5 * (1 + std::pow(std::cos(two_theta), 2));
  const double expected =
      1e10 * 2.5 * 0.5 * (0.1 * 1.5) * intensity * solid_angle * 0.8 * polarization;
  EXPECT_NEAR(maker.expected(scene, 2.5)(100, 170), expected, 1e-10 * expected);
}

TEST(FrameMaker, PolarizesAlongTheFastAxis) {
  Beamline beamline = small_beamline();
  beamline.geometry.dist = 0.05;
  beamline.polarization = 1;
  Scene scene = empty_scene();
  scene.background = 1;
  const FrameMaker maker(beamline);
  const scattering::Image expected = maker.expected(scene, 1);
  // Same 2 theta and solid angle to the right of the beam and above it.
  const double cosine = std::cos(std::atan(50 * 200e-6 / 0.05));
  EXPECT_NEAR(expected(100, 170) / expected(150, 120), cosine * cosine, 1e-9);
}

// The azimuthal mean of a ring, integrated over q, is its intensity.
TEST(FrameMaker, ConservesTheIntegralOfARing) {
  for (const double orientation : {0.0, 0.6}) {
    const FrameMaker maker(small_beamline());
    const scattering::Image intensity = maker.intensity(ring_scene(orientation));
    // sum of I dq dchi over pixels = sum of I / q dA_q, with dA_q = q dq dchi (small angles).
    const double side = 2 * kPi * 200e-6;
    double sum = 0;
    for (Eigen::Index i = 0; i < intensity.size(); ++i) {
      const double q = maker.q().data()[i];
      if (q > 0.03 && q < 0.1) sum += intensity.data()[i] * side * side / q;
    }
    EXPECT_NEAR(sum / (2 * kPi), 2, 2e-3 * 2) << orientation;
  }
}

TEST(FrameMaker, InterpolatesRingsWithinTheStatedError) {
  Scene scene = empty_scene();
  scene.rings = {
      Ring{.q = 0.05, .intensity = 1, .fwhm = 0.002, .lorentz = 1},
      Ring{.q = 0.08, .intensity = 1, .fwhm = 0.003, .lorentz = 0.2, .orientation = 0.9}};
  const Beamline beamline = small_beamline();
  const FrameMaker maker(beamline);
  const scattering::Image intensity = maker.intensity(scene);
  const PeakWidth first = broadened({0.002, 1}, beamline.resolution_fwhm);
  const PeakWidth second = broadened({0.003, 0.2}, beamline.resolution_fwhm);
  const double law = azimuthal_law(0, 0.9, 2);
  const double height = pseudo_voigt(0, first.fwhm, first.lorentz) +
                        law * pseudo_voigt(0, second.fwhm, second.lorentz);
  double worst = 0;
  for (Eigen::Index i = 0; i < intensity.size(); ++i) {
    const double q = maker.q().data()[i];
    const double chi = 2 * kPi * maker.turn().data()[i];
    const double exact =
        pseudo_voigt(q - 0.05, first.fwhm, first.lorentz) +
        azimuthal_law(chi, 0.9, 2) * pseudo_voigt(q - 0.08, second.fwhm, second.lorentz);
    worst = std::max(worst, std::abs(intensity.data()[i] - exact));
  }
  EXPECT_LT(worst, 4e-4 * 2 * height);
  EXPECT_GT(worst, 0);
}

TEST(FrameMaker, PutsTheMaximumOfAnArcAtItsDirector) {
  const FrameMaker maker(small_beamline());
  const scattering::Image intensity = maker.intensity(ring_scene(0.8));
  Eigen::Index row = 0, column = 0;
  intensity.maxCoeff(&row, &column);
  const double chi = 2 * kPi * maker.turn()(row, column);
  EXPECT_NEAR(std::cos(2 * (chi - 0.4)), 1, 1e-3);
}

TEST(FrameMaker, GivesTheSameFrameOnAnyNumberOfThreads) {
  Beamline beamline = small_beamline();
  beamline.zinger_rate = 1e-4;
  beamline.hot_share = 0.01;
  Scene scene = ring_scene(0.5);
  scene.power_law_scale = 10;
  for (const bool grazing : {false, true}) {
    if (grazing) scene.surface = Surface{};
    const FrameMaker maker(beamline);
    const SimulatedFrame one = maker.make(scene, 1, 5, 6, 1);
    const SimulatedFrame two = maker.make(scene, 1, 5, 6, 2);
    EXPECT_TRUE((one.expected == two.expected).all());
    EXPECT_TRUE((one.frame.counts == two.frame.counts).all());
    EXPECT_EQ(one.labels, two.labels);
    EXPECT_FALSE((one.frame.counts == maker.make(scene, 1, 5, 7).frame.counts).all());
  }
}

TEST(FrameMaker, ShadowsGapsAndTheBeamstop) {
  Beamline beamline = small_beamline();
  beamline.mask = scattering::Mask::Zero(200, 240);
  beamline.mask.row(10) = scattering::kMaskGap;
  beamline.mask.row(20) = scattering::kMaskUser;
  beamline.mask.row(30) = scattering::kMaskNoisy;
  beamline.dark_rate = 0.5;
  Scene scene = empty_scene();
  scene.background = 1;
  const FrameMaker maker(beamline);
  const SimulatedFrame result = maker.make(scene, 2, 1, 1);
  EXPECT_EQ(result.expected.row(10).maxCoeff(), 0);
  EXPECT_EQ(result.frame.counts.row(10).maxCoeff(), 0);
  EXPECT_EQ(result.expected.row(20).maxCoeff(), 1);  // dark counts only
  EXPECT_GT(result.expected.row(30).minCoeff(), 1);
  EXPECT_TRUE((result.frame.mask == beamline.mask).all());
  beamline.beamstop_transmission = 0.25;
  beamline.dark_rate = 0;
  const scattering::Image expected = FrameMaker(beamline).expected(scene, 1);
  EXPECT_NEAR(expected(20, 60) / expected(19, 60), 0.25, 1e-3);
}

TEST(FrameMaker, SaturatesCountsButNotTheExpectation) {
  Beamline beamline = small_beamline();
  beamline.saturation = 40;
  Scene scene = empty_scene();
  scene.background = 100 / FrameMaker(beamline).counts_per_intensity()(100, 120);
  const SimulatedFrame result = FrameMaker(beamline).make(scene, 1, 1, 1);
  EXPECT_EQ(result.frame.counts.maxCoeff(), 40);
  EXPECT_EQ(result.frame.counts(100, 120), 40);
  EXPECT_NEAR(result.expected(100, 120), 100, 1e-9);
  EXPECT_EQ(result.frame.saturation, 40);
}

TEST(FrameMaker, CountsNothingButDarkWhenTheBeamIsOff) {
  Beamline beamline = small_beamline();
  beamline.flux = 0;
  Scene scene = ring_scene(0);
  const SimulatedFrame off = FrameMaker(beamline).make(scene, 10, 1, 1);
  EXPECT_EQ(off.frame.counts.sum(), 0);
  EXPECT_THAT(off.labels, testing::ElementsAre("problem/empty"));
  beamline.dark_rate = 0.1;
  const SimulatedFrame dark = FrameMaker(beamline).make(scene, 10, 1, 1);
  // 48000 pixels with one count each: 5 standard deviations are 1100.
  EXPECT_NEAR(dark.frame.counts.sum(), 48000, 1100);
  EXPECT_THAT(dark.labels, testing::ElementsAre("problem/empty", "problem/high_background"));
}

TEST(FrameMaker, HasHotAndDeadPixelsThatStayWhereTheyAre) {
  Beamline beamline = small_beamline();
  beamline.hot_share = 0.002;
  beamline.hot_rate = 1e6;
  beamline.dead_share = 0.01;
  Scene scene = empty_scene();
  scene.background = 100 / FrameMaker(beamline).counts_per_intensity()(100, 120);
  const FrameMaker maker(beamline);
  const scattering::Image a = maker.make(scene, 1, 1, 1).frame.counts;
  const scattering::Image b = maker.make(scene, 1, 2, 2).frame.counts;
  EXPECT_TRUE(((a > 1e5) == (b > 1e5)).all());
  EXPECT_TRUE(((a == 0) == (b == 0)).all());
  // Binomial counts of 48000 pixels, 5 standard deviations.
  EXPECT_NEAR(static_cast<double>((a > 1e5).count()), 96, 49);
  EXPECT_NEAR(static_cast<double>((a == 0).count()), 480, 109);
}

// 1e-9 s of 1e-320 beams are 0, which is not to be taken for a scene's intensity.
TEST(FrameMaker, CountsNothingOfABeamThatVanishes) {
  Scene scene = empty_scene();
  scene.background = 1;
  scene.beam = 1e-320;
  EXPECT_EQ(FrameMaker(small_beamline()).expected(scene, 1e-9).maxCoeff(), 0);
}

TEST(FrameMaker, AddsZingersAtTheirRate) {
  Beamline beamline = small_beamline();
  beamline.flux = 0;
  beamline.zinger_rate = 1e-3;
  beamline.zinger_counts = 500;
  double hits = 0, sum = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const scattering::Image counts =
        FrameMaker(beamline).make(empty_scene(), 2, 3, index).frame.counts;
    hits += static_cast<double>((counts > 0).count());
    sum += counts.sum();
  }
  EXPECT_NEAR(hits, 20 * 96, 5 * std::sqrt(20 * 96.0));
  EXPECT_NEAR(sum / hits, 500, 5 * 500 / std::sqrt(20 * 96.0));
}

TEST(FrameMaker, KeepsParasiticScatteringApartFromTheSample) {
  Beamline beamline = small_beamline();
  beamline.parasitic = 7;
  Scene scene = empty_scene();
  scene.thickness_scale = 3;
  const FrameMaker maker(beamline);
  const scattering::Image intensity = maker.intensity(scene);
  EXPECT_NEAR(intensity(100, 170), 7 * std::pow(maker.q()(100, 170) / 0.01, -3), 1e-12);
}

TEST(FrameMaker, CountsUpToTheLimitWhereMoreIsExpectedThanCanBeDrawn) {
  Beamline beamline = demo_beamline();
  beamline.flux = 1e20;
  Scene scene;
  scene.power_law_scale = 1e8;
  const SimulatedFrame made = simulate(scene, beamline, 1.0, 1, 0);
  EXPECT_GT(made.expected.maxCoeff(), 1e15);
  EXPECT_EQ(made.frame.counts.maxCoeff(), beamline.saturation);
}

}  // namespace
}  // namespace foray::simulator::frame_maker_test
