#include "foray/simulator/scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::scene_test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename Subject>
void expect_refused(const Subject& subject, const std::string& field) {
  try {
    validate(subject);
    FAIL() << "accepted a bad " << field;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(field));
  }
}

TEST(ValidateScene, AcceptsTheDefaults) {
  EXPECT_NO_THROW(validate(Scene{}));
  Scene scene;
  scene.rings = {Ring{}};
  scene.halos = {Halo{}};
  scene.surface = Surface{};
  scene.rods = {Rod{}};
  EXPECT_NO_THROW(validate(scene));
}

TEST(ValidateScene, RefusesEachBadFieldByName) {
  using Change = std::function<void(Scene&)>;
  const std::vector<std::pair<std::string, Change>> cases = {
      {"rings[1].q",
       [](Scene& s) {
         s.rings = {Ring{}, Ring{.q = 0}};
       }},
      {"rings[0].intensity", [](Scene& s) { s.rings = {Ring{.intensity = -1}}; }},
      {"rings[0].fwhm", [](Scene& s) { s.rings = {Ring{.fwhm = 0}}; }},
      {"rings[0].lorentz", [](Scene& s) { s.rings = {Ring{.lorentz = 1.1}}; }},
      {"rings[0].orientation", [](Scene& s) { s.rings = {Ring{.orientation = 1}}; }},
      {"rings[0].symmetry", [](Scene& s) { s.rings = {Ring{.symmetry = 3}}; }},
      {"rings[0].director", [](Scene& s) { s.rings = {Ring{.director = kNan}}; }},
      {"rings[0].order", [](Scene& s) { s.rings = {Ring{.order = 0}}; }},
      {"rings[0].grains", [](Scene& s) { s.rings = {Ring{.grains = -1}}; }},
      {"rings[0].grain_fwhm", [](Scene& s) { s.rings = {Ring{.grain_fwhm = 0}}; }},
      {"halos[0].orientation", [](Scene& s) { s.halos = {Halo{.orientation = 1}}; }},
      {"halos[0].symmetry", [](Scene& s) { s.halos = {Halo{.symmetry = 5}}; }},
      {"halos[0].director", [](Scene& s) { s.halos = {Halo{.director = kNan}}; }},
      {"diffuse[0].intensity", [](Scene& s) { s.diffuse = {Diffuse{.intensity = -1}}; }},
      {"diffuse[0].length", [](Scene& s) { s.diffuse = {Diffuse{.length = 0}}; }},
      {"diffuse[0].width", [](Scene& s) { s.diffuse = {Diffuse{.width = kNan}}; }},
      {"diffuse[0].direction", [](Scene& s) { s.diffuse = {Diffuse{.direction = kNan}}; }},
      {"diffuse[0].exponent", [](Scene& s) { s.diffuse = {Diffuse{.exponent = -1}}; }},
      {"spots[0].grains", [](Scene& s) { s.spots = {Spot{.grains = 0}}; }},
      {"high_q", [](Scene& s) { s.high_q = -1; }},
      {"high_q_length", [](Scene& s) { s.high_q_length = 0; }},
      {"halos[0].q", [](Scene& s) { s.halos = {Halo{.q = -1}}; }},
      {"halos[0].intensity", [](Scene& s) { s.halos = {Halo{.intensity = kNan}}; }},
      {"halos[0].width", [](Scene& s) { s.halos = {Halo{.width = 0}}; }},
      {"surface", [](Scene& s) { s.rods = {Rod{}}; }},
      {"rods[0].height", [](Scene& s) { s.surface = Surface{}, s.rods = {Rod{.height = 0}}; }},
      {"rods[0].lorentz", [](Scene& s) { s.surface = Surface{}, s.rods = {Rod{.lorentz = 2}}; }},
      {"rods[0].q_z", [](Scene& s) { s.surface = Surface{}, s.rods = {Rod{.q_z = -1}}; }},
      {"rods[0].q_z_fwhm", [](Scene& s) { s.surface = Surface{}, s.rods = {Rod{.q_z_fwhm = 0}}; }},
      {"surface.below", [](Scene& s) { s.surface = Surface{.below = 2}; }},
      {"rods[0].fwhm", [](Scene& s) { s.surface = Surface{}, s.rods = {Rod{.fwhm = -1}}; }},
      {"surface.incidence", [](Scene& s) { s.surface = Surface{.incidence = 0}; }},
      {"surface.delta", [](Scene& s) { s.surface = Surface{.delta = -1e-6}; }},
      {"surface.beta", [](Scene& s) { s.surface = Surface{.beta = kNan}; }},
      {"surface.specular", [](Scene& s) { s.surface = Surface{.specular = 2}; }},
      {"surface.streak_fwhm", [](Scene& s) { s.surface = Surface{.streak_fwhm = 0}; }},
      {"power_law_scale", [](Scene& s) { s.power_law_scale = -1; }},
      {"power_law_exponent", [](Scene& s) { s.power_law_exponent = 0; }},
      {"background", [](Scene& s) { s.background = kNan; }},
      {"thickness_scale", [](Scene& s) { s.thickness_scale = 0; }}};
  for (const auto& [field, change] : cases) {
    Scene scene;
    change(scene);
    expect_refused(scene, field);
  }
}

TEST(ValidateBeamline, RefusesEachBadFieldByName) {
  using Change = std::function<void(Beamline&)>;
  const std::vector<std::pair<std::string, Change>> cases = {
      {"slow", [](Beamline& b) { b.slow = 0; }},
      {"fast", [](Beamline& b) { b.fast = -3; }},
      {"mask", [](Beamline& b) { b.mask = scattering::Mask::Zero(3, 4); }},
      {"dist", [](Beamline& b) { b.geometry.dist = 0; }},
      {"flux", [](Beamline& b) { b.flux = -1; }},
      {"thickness_cm", [](Beamline& b) { b.thickness_cm = 0; }},
      {"transmission", [](Beamline& b) { b.transmission = 1.2; }},
      {"efficiency", [](Beamline& b) { b.efficiency = 0; }},
      {"polarization", [](Beamline& b) { b.polarization = 2; }},
      {"resolution_fwhm", [](Beamline& b) { b.resolution_fwhm = kNan; }},
      {"saturation", [](Beamline& b) { b.saturation = 0; }},
      {"parasitic", [](Beamline& b) { b.parasitic = -1; }},
      {"beamstop_transmission", [](Beamline& b) { b.beamstop_transmission = 2; }},
      {"dark_rate", [](Beamline& b) { b.dark_rate = -1; }},
      {"zinger_rate", [](Beamline& b) { b.zinger_rate = -1; }},
      {"zinger_counts", [](Beamline& b) { b.zinger_counts = 0; }},
      {"hot_share", [](Beamline& b) { b.hot_share = 0.5; }},
      {"hot_rate", [](Beamline& b) { b.hot_rate = -1; }},
      {"obstruction.size", [](Beamline& b) { b.obstruction = Obstruction{.size = 0}; }},
      {"obstruction.slow", [](Beamline& b) { b.obstruction = Obstruction{.slow = kNan}; }},
      {"obstruction.transmission",
       [](Beamline& b) { b.obstruction = Obstruction{.transmission = 0}; }},
      {"dist", [](Beamline& b) { b.stated = scattering::Geometry{.dist = -1}; }},
      {"dead_share", [](Beamline& b) { b.dead_share = -0.1; }}};
  EXPECT_NO_THROW(validate(small_beamline()));
  for (const auto& [field, change] : cases) {
    Beamline beamline = small_beamline();
    change(beamline);
    expect_refused(beamline, field);
  }
}

TEST(DemoBeamline, ReachesFromTheBeamstopToTheThirdOrderOfAFilm) {
  const FrameMaker maker(demo_beamline());
  const auto good = maker.beamline().mask == 0;
  EXPECT_LT(good.select(maker.q(), 9).minCoeff(), 0.025);
  EXPECT_GT(good.select(maker.q(), 0).maxCoeff(), 0.6);
  EXPECT_GT(good.select(maker.q(), 9).minCoeff(), 0.01);
}

TEST(Simulate, GivesTheFrameOfAFrameMaker) {
  Scene scene;
  scene.halos = {Halo{.q = 0.05, .intensity = 1, .width = 0.02}};
  const Beamline beamline = small_beamline();
  const SimulatedFrame a = simulate(scene, beamline, 2.0, 7, 3);
  const SimulatedFrame b = FrameMaker(beamline).make(scene, 2.0, 7, 3);
  EXPECT_TRUE((a.frame.counts == b.frame.counts).all());
  EXPECT_EQ(a.frame.exposure_s, 2.0);
  EXPECT_NO_THROW(scattering::validate(a.frame));
}

TEST(Simulate, RefusesABadExposureByName) {
  for (const double bad : {0.0, -1.0, kNan}) {
    try {
      simulate(Scene{}, small_beamline(), bad, 1, 1);
      FAIL() << bad;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("exposure_s"));
    }
  }
}

}  // namespace
}  // namespace foray::simulator::scene_test
