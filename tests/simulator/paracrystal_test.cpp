#include "paracrystal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "foray/scattering/models.h"
#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::paracrystal_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

Paracrystal cubic() {
  Paracrystal crystal;
  crystal.a = {150, 0};
  crystal.b = {0, 150};
  crystal.along = 150;
  crystal.spread = 0.06 * 150;
  crystal.radius = 40;
  return crystal;
}

// Of a wavelength so short that q lies in the plane, with perfect resolution.
double in_plane(const Paracrystal& crystal, double slow, double fast) {
  constexpr double kShort = 1e-6;
  const double k = 2 * std::numbers::pi / kShort, up = slow / k, side = fast / k;
  return ParacrystalField(crystal, kShort, 0).intensity(&up, &side, 1)[0];
}

// That model is tested against sasmodels' values.
TEST(Paracrystal, IsTheSimpleCubicOneWhereItIsCubic) {
  const scattering::Model model("sc_paracrystal");
  const scattering::ModelValues values = {{"dnn", 150}, {"d_factor", 0.06}, {"radius", 40}};
  Eigen::Matrix2Xd q(2, 6);  // fast, slow: at a reflection, on streaks and between them
  q << 2 * std::numbers::pi / 150, 0.042, 0.021, 0.01, 0.07, 0.003,  //
      1e-4, 0.0419, 0.02, 0.09, -0.033, 0.004;
  const Eigen::VectorXd expected = model.oriented_intensity(q, {0, 0, 0}, values);
  const double first = in_plane(cubic(), q(1, 0), q(0, 0));
  for (Eigen::Index i = 1; i < q.cols(); ++i) {
    EXPECT_NEAR(in_plane(cubic(), q(1, i), q(0, i)) / first / (expected[i] / expected[0]), 1, 1e-6)
        << q.col(i).transpose();
  }
}

TEST(Paracrystal, ScattersOnTheMeanWhatItsParticlesDo) {
  Paracrystal crystal = cubic();
  crystal.along = 0;
  crystal.radius = 1e-3;  // whose form factor is 1
  crystal.intensity = 3;
  crystal.a = {40, 140};
  crystal.spread = 25;
  // Over a cell about so high a q that what is lost from step to step hardly changes in it.
  const Eigen::Matrix2d steps = (Eigen::Matrix2d() << crystal.a, crystal.b).finished();
  const Eigen::Matrix2d cell = 2 * std::numbers::pi * steps.inverse().transpose();
  constexpr int kPoints = 60;
  double sum = 0;
  for (int i = 0; i < kPoints; ++i) {
    for (int j = 0; j < kPoints; ++j) {
      const Eigen::Vector2d q = cell * Eigen::Vector2d(2 + i / 60.0, 1 + j / 60.0);
      sum += in_plane(crystal, q[0], q[1]);
    }
  }
  EXPECT_NEAR(sum / (kPoints * kPoints), 3, 0.05);
}

TEST(Paracrystal, ShowsBraggPeaksAsLongAsItsOrderLasts) {
  Scene scene;
  scene.background = 0.01;
  scene.paracrystals = {cubic()};
  scene.paracrystals[0].intensity = 50;
  const FrameMaker maker(small_beamline());
  const std::string root = "transmission_small_angle/";
  EXPECT_THAT(maker.labels(scene, 10), Contains(root + "bragg_peak"));
  EXPECT_THAT(maker.labels(scene, 10), Contains(root + "higher_orders"));
  EXPECT_THAT(maker.labels(scene, 10), Contains(root + "diffuse_low_q/isotropic"));
  scene.paracrystals[0].spread = 60;
  EXPECT_THAT(maker.labels(scene, 10), Not(Contains(root + "bragg_peak")));
  EXPECT_THAT(maker.labels(scene, 10), Contains(root + "diffuse_low_q/isotropic"));
}

TEST(Paracrystal, IsRefusedByName) {
  const auto expect_refused = [](const Scene& scene, const char* why) {
    EXPECT_THAT([&] { validate(scene); }, ThrowsMessage<std::invalid_argument>(HasSubstr(why)));
  };
  Scene scene;
  scene.paracrystals = {cubic(), cubic()};
  scene.paracrystals[1].spread = 0;
  expect_refused(scene, "scene: paracrystals[1].spread");
  scene.paracrystals[1] = cubic();
  scene.paracrystals[1].b = {300, 0};
  expect_refused(scene, "paracrystals: expected steps in two directions");
  scene.paracrystals.pop_back();
  EXPECT_NO_THROW(validate(scene));
  scene.surface = Surface{};
  expect_refused(scene, "paracrystals: expected them in transmission");
}

}  // namespace
}  // namespace foray::simulator::paracrystal_test
