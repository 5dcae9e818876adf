// Rough surfaces and films on the detector.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>

#include "foray/scattering/roughness.h"
#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::rough_field_test {
namespace {

using testing::Contains;
using testing::HasSubstr;

Beamline grazing_beamline() {
  Beamline beamline = small_beamline();
  beamline.resolution_fwhm = 0;
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;
  return beamline;
}

Scene rough_scene() {
  Scene scene;
  scene.background = 0;
  scene.surface = Surface{.incidence = 0.0035};
  Roughness rough;
  rough.share = 0.5;
  rough.roughness = 8;
  rough.length = 800;
  rough.hurst = 0.4;
  scene.roughness = {rough};
  return scene;
}

scattering::RoughStack stack_of(const Scene& scene) {
  const Roughness& rough = scene.roughness[0];
  scattering::RoughStack stack;
  stack.stack.layers = {scattering::Layer{}};
  for (const scattering::Layer& film : rough.films) stack.stack.layers.push_back(film);
  stack.stack.layers.push_back({scene.surface->delta, scene.surface->beta, 0, rough.roughness});
  stack.length = rough.length;
  stack.hurst = rough.hurst;
  stack.vertical = rough.vertical;
  return stack;
}

// Counts at a pixel, by hand.
double counts_at(const Scene& scene, const Beamline& beamline, int i, int j) {
  const Eigen::Vector3d t = scattering::position(beamline.geometry, i + 0.5, j + 0.5).normalized();
  // The surface's normal leans back by the angle of incidence.
  const double sine = t[0] * std::cos(0.0035) - t[2] * std::sin(0.0035);
  const double along = t[0] * std::sin(0.0035) + t[2] * std::cos(0.0035);
  const double share = scattering::roughness_intensity(
      stack_of(scene), 1, 0.0035, Eigen::VectorXd::Constant(1, std::asin(sine)),
      Eigen::VectorXd::Constant(1, std::atan2(t[1], along)))(0, 0);
  const double pixel = 200e-6 * 200e-6 / 0.25 * std::pow(t[2], 3);
  const double polarization = 0.5 * (1 + t[2] * t[2]);
  return scene.roughness[0].share * 1e10 * 2 * 0.8 * share * pixel * polarization;
}

constexpr std::pair<int, int> kPixels[] = {{21, 119}, {24, 150}, {60, 121}, {120, 200}, {30, 30}};

TEST(RoughSurface, ScattersAsTheDistortedWavesSay) {
  const Scene scene = rough_scene();
  const Beamline beamline = grazing_beamline();
  const FrameMaker maker(beamline);
  const scattering::Image counts = maker.expected(scene, 2);
  for (const auto& [i, j] : kPixels) {
    EXPECT_NEAR(counts(i, j) / counts_at(scene, beamline, i, j), 1, 2e-3) << i << ' ' << j;
  }
  EXPECT_EQ(counts(5, 100), 0);  // below the horizon
  EXPECT_THAT(maker.labels(scene, 1000), Contains("grazing_small_angle/diffuse_low_q"));
}

TEST(RoughFilms, ScatterAsTheDistortedWavesSay) {
  Scene scene = rough_scene();
  Roughness& rough = scene.roughness[0];
  rough.vertical = scattering::VerticalCorrelation::kComplete;
  rough.films = {{8e-6, 1e-7, 150, 5}, {3e-6, 2e-8, 80, 4}};
  const Beamline beamline = grazing_beamline();
  const scattering::Image counts = FrameMaker(beamline).expected(scene, 2);
  for (const auto& [i, j] : kPixels) {
    // Linear between the steps of fringes: by their crest.
    const double crest = counts.col(j).segment(i - 15, 30).maxCoeff();
    EXPECT_NEAR(counts(i, j), counts_at(scene, beamline, i, j), 3e-3 * crest) << i << ' ' << j;
  }
}

TEST(RoughSurface, OfSeveralPhasesAddsUp) {
  const Scene one = rough_scene();
  Scene two = one;
  two.roughness.push_back(two.roughness[0]);
  two.roughness[0].share = two.roughness[1].share = 0.25;
  const FrameMaker maker(grazing_beamline());
  const scattering::Image a = maker.expected(one, 2), b = maker.expected(two, 2);
  EXPECT_LT((a - b).abs().maxCoeff(), 1e-12 * a.maxCoeff());
}

TEST(RoughSurface, RefusesWhatItCannotBe) {
  const FrameMaker maker(grazing_beamline());
  const auto refused = [&](auto change, const char* what) {
    Scene scene = rough_scene();
    change(scene, scene.roughness[0]);
    EXPECT_THAT([&] { static_cast<void>(maker.expected(scene, 1)); },
                testing::ThrowsMessage<std::invalid_argument>(HasSubstr(what)));
  };
  refused([](Scene&, Roughness& rough) { rough.hurst = 0; }, "roughness[0].hurst");
  refused([](Scene&, Roughness& rough) { rough.length = -1; }, "roughness[0].length");
  refused([](Scene&, Roughness& rough) { rough.share = 2; }, "roughness[0].share");
  refused([](Scene&, Roughness& rough) { rough.roughness = -2; }, "roughness[0].roughness");
  refused([](Scene&, Roughness& rough) { rough.roughness = 90; },
          "scene: roughness[0]: RoughStack: roughness");
  refused(
      [](Scene&, Roughness& rough) {
        rough.films = {{5e-6, 0, 0, 3}};
      },
      "roughness[0].films[0].thickness");
  refused(
      [](Scene&, Roughness& rough) {
        rough.films = {{5e-6, 0, 9e4, 3}};
      },
      "roughness[0].films: expected a thickness");
  refused([](Scene& scene, Roughness&) { scene.surface.reset(); }, "roughness: expected a surface");
}

}  // namespace
}  // namespace foray::simulator::rough_field_test
