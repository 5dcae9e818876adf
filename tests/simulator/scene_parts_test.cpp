#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "foray/simulator/frame_maker.h"
#include "radial_set.h"
#include "small_beamline.h"

namespace foray::simulator::scene_parts_test {
namespace {

constexpr double kPi = std::numbers::pi;

Scene bare() {
  Scene scene;
  scene.background = 0;
  return scene;
}

TEST(SceneParts, FallFromAPlateauWithADirection) {
  Scene scene = bare();
  const FrameMaker maker(small_beamline());
  const auto at = [&](Eigen::Index row, Eigen::Index column) {
    return maker.intensity(scene)(row, column);
  };
  scene.diffuse = {Diffuse{.intensity = 7, .length = 90, .width = 40}};
  const double q = maker.q()(100, 180), u = 90 * q, v = 40 * q;
  EXPECT_NEAR(at(100, 180), 7 * std::pow(1 + u * u, -2), 1e-9);
  EXPECT_NEAR(at(160, 120), 7 * std::pow(1 + v * v, -2), 1e-9);
  scene.diffuse[0].direction = kPi / 2;
  EXPECT_NEAR(at(160, 120), 7 * std::pow(1 + u * u, -2), 1e-9);
  scene.diffuse[0].exponent = 0;
  EXPECT_NEAR(at(160, 120), 7 * std::exp(-u * u / 3), 1e-9);
}

TEST(SceneParts, RiseWithQ) {
  Scene scene = bare();
  scene.high_q = 3;
  scene.high_q_length = 8;
  const FrameMaker maker(small_beamline());
  const double s = 8 * maker.q()(100, 200);
  // Interpolated linearly in q between 258 places.
  EXPECT_NEAR(maker.intensity(scene)(100, 200), 3 * (1 - std::exp(-s * s)), 1e-4);
}

TEST(SceneParts, OrientHalosByTheAzimuthalLaw) {
  Scene scene = bare();
  scene.halos = {Halo{.q = 0.05, .intensity = 2, .width = 0.02, .orientation = 0.5}};
  const scattering::Image image = FrameMaker(small_beamline()).intensity(scene);
  // (1 + eta)^2 / (1 - eta)^2 between the director and across it.
  EXPECT_NEAR(image(100, 160) / image(140, 120), 9, 1e-6);
}

TEST(SceneParts, ScatterToOneSideWherePlanesAreOblique) {
  Scene scene = bare();
  scene.rings = {Ring{.q = 0.04, .intensity = 2, .fwhm = 0.003, .orientation = 0.9}};
  scene.rings[0].director = kPi / 2;
  const FrameMaker maker(small_beamline());
  const scattering::Image even = maker.intensity(scene);
  scene.one_sided = 0.8;
  const scattering::Image ratio = maker.intensity(scene) / even;
  // Towards its side all, across it the half of what it may lack less, opposite a fifth.
  EXPECT_NEAR(ratio(100, 170), 1, 1e-3);
  EXPECT_NEAR(ratio(150, 120), 0.6, 1e-9);
  EXPECT_NEAR(ratio(50, 120), 0.6, 1e-9);
  EXPECT_NEAR(ratio(100, 70), 0.2, 1e-3);
  // A flat background goes to all sides.
  const scattering::Image one_sided = maker.intensity(scene);
  scene.background = 3;
  EXPECT_NEAR(maker.intensity(scene)(100, 70), one_sided(100, 70) + 3, 1e-9);
  EXPECT_NEAR(maker.intensity(scene)(150, 120), one_sided(150, 120) + 3, 1e-9);
  scene.background = 0;
  const auto labels = maker.labels(scene, 10);
  for (const char* seen : {"ring", "arc", "symmetry_2", "ring/oriented_out_of_plane"}) {
    const std::string path = std::string("transmission_small_angle/") + seen;
    EXPECT_EQ(std::count(labels.begin(), labels.end(), path), 1) << path;
  }
  scene.spots = {Spot{}};
  EXPECT_THROW(validate(scene), std::invalid_argument);
}

TEST(GrainLaw, HasAMeanOfOneAndTheVarianceItSays) {
  for (const int grains : {1, 12, 700}) {
    const GrainLaw law(Ring{.grains = grains, .grain_fwhm = 0.06, .grain_seed = 5});
    double sum = 0, square = 0;
    const int n = 100000;
    for (int i = 0; i < n; ++i) {
      const double value = law.at((i + 0.5) / n);
      EXPECT_GE(value, 0);
      sum += value, square += value * value;
    }
    // The table has eight places a standard deviation or more.
    EXPECT_NEAR(sum / n, 1, 1e-3) << grains;
    EXPECT_NEAR((square / n - 1) / law.variance(), 1, 0.01) << grains;
    EXPECT_NEAR(law.at(0), law.at(1), 1e-12);
  }
  // One spot of Gaussian shape: the mean square of a turn's length over 2 sqrt(pi) sigma.
  const GrainLaw one(Ring{.grains = 1, .grain_fwhm = 0.06});
  const double sigma = 0.06 / 2.3548200450309493 / (2 * kPi);
  EXPECT_NEAR(one.variance() + 1, 1 / (2 * std::sqrt(kPi) * sigma), 1e-3 / sigma);
}

TEST(SceneParts, PutGrainsAroundARing) {
  Scene scene = bare();
  scene.rings = {Ring{.q = 0.06, .fwhm = 0.01, .grains = 5, .grain_fwhm = 0.05}};
  const FrameMaker maker(small_beamline());
  const scattering::Image spotted = maker.intensity(scene);
  const GrainLaw law(scene.rings[0]);
  scene.rings[0].grains = 0;
  const scattering::Image even = maker.intensity(scene);
  for (const auto& [row, column] : {std::pair{130, 160}, std::pair{60, 90}, std::pair{140, 118}}) {
    EXPECT_NEAR(spotted(row, column), even(row, column) * law.at(maker.turn()(row, column)),
                1e-9 * even.maxCoeff());
  }
  EXPECT_GT(spotted.maxCoeff(), 3 * even.maxCoeff());
}

TEST(SceneParts, ScatterThroughTheSubstrateAsItLets) {
  Beamline beamline = small_beamline();
  Scene scene = bare();
  scene.background = 2;
  scene.surface = Surface{};
  const FrameMaker maker(beamline);
  const scattering::Image opaque = maker.intensity(scene);
  scene.surface->below = 0.5;
  const scattering::Image half = maker.intensity(scene);
  scene.surface->below = 1;
  const scattering::Image whole = maker.intensity(scene);
  EXPECT_EQ(opaque(30, 60), 0);
  EXPECT_GT(half(30, 60), 0);
  EXPECT_NEAR(whole(30, 60), 2 * half(30, 60), 1e-12);
  EXPECT_EQ(whole(150, 60), opaque(150, 60));
}

TEST(SceneParts, EndRodsInACrest) {
  Beamline beamline = small_beamline();
  beamline.resolution_fwhm = 0;
  Scene scene = bare();
  scene.surface = Surface{.delta = 0, .beta = 0};
  scene.rods = {Rod{.q = 0.03,
                    .intensity = 4,
                    .fwhm = 0.01,
                    .lorentz = 0,
                    .profile = RodProfile::kGaussian,
                    .q_z = 0.06,
                    .q_z_fwhm = 0.02}};
  const FrameMaker maker(beamline);
  const scattering::Image image = maker.intensity(scene);
  Eigen::Index row = 0, column = 0;
  // A pixel in q is 1.26e-3 1/angstrom, hence within (1/16)^2 of the top.
  EXPECT_NEAR(image.rightCols(120).maxCoeff(&row, &column), 4, 0.05);
  EXPECT_NEAR(maker.up()(row, column + 120) * 2 * kPi, 0.06, 2e-3);
  EXPECT_NEAR(maker.side()(row, column + 120) * 2 * kPi, 0.03, 2e-3);
  // Half of it, half a width further up: 8 pixels of 1.26e-3.
  EXPECT_NEAR(image(row + 8, column + 120) / 4, 0.5, 0.08);
}

TEST(Beamline, ShadowsWhatAnObstructionCovers) {
  Beamline beamline = small_beamline();
  Scene scene = bare();
  scene.background = 1;
  const scattering::Image open = FrameMaker(beamline).expected(scene, 1);
  beamline.obstruction = Obstruction{.slow = 100, .fast = 120, .size = 50, .transmission = 0.25};
  const scattering::Image window = FrameMaker(beamline).expected(scene, 1);
  EXPECT_EQ(window(100, 160), open(100, 160));
  EXPECT_NEAR(window(100, 180), 0.25 * open(100, 180), 1e-12);
  beamline.obstruction->kind = Obstruction::Kind::kDisk;
  const scattering::Image disk = FrameMaker(beamline).expected(scene, 1);
  EXPECT_NEAR(disk(100, 160), 0.25 * open(100, 160), 1e-12);
  EXPECT_EQ(disk(100, 180), open(100, 180));
  beamline.obstruction->kind = Obstruction::Kind::kBar;
  beamline.obstruction->direction = kPi / 2;  // along the slow axis
  const scattering::Image bar = FrameMaker(beamline).expected(scene, 1);
  EXPECT_NEAR(bar(5, 160), 0.25 * open(5, 160), 1e-12);
  EXPECT_EQ(bar(100, 180), open(100, 180));
}

TEST(Beamline, StatesWhatItIsToldTo) {
  Beamline beamline = small_beamline();
  beamline.stated = beamline.geometry;
  beamline.stated->poni1 = 0.01;
  beamline.mask = scattering::Mask::Zero(beamline.slow, beamline.fast);
  beamline.mask.row(3) = scattering::kMaskGap;
  add_beamstop({}, beamline.geometry, beamline.mask);
  const FrameMaker masked(beamline);
  beamline.beamstop_masked = false;
  const FrameMaker silent(beamline);
  const Scene scene;
  const scattering::Frame frame = masked.make(scene, 1, 1, 1).frame;
  EXPECT_EQ(frame.geometry.poni1, 0.01);
  EXPECT_TRUE((frame.mask == beamline.mask).all());
  const scattering::Frame other = silent.make(scene, 1, 1, 1).frame;
  EXPECT_TRUE((other.counts == frame.counts).all());
  EXPECT_EQ(other.mask(100, 120), 0U);
  EXPECT_EQ(other.mask(3, 7), scattering::kMaskGap);
}

}  // namespace
}  // namespace foray::simulator::scene_parts_test
