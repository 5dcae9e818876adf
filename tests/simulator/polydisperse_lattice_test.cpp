// Lattices of spheres that differ in size, beside means over many radii of the closed form.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "compose.h"
#include "foray/simulator/frame_maker.h"
#include "reflections.h"
#include "small_beamline.h"

namespace foray::simulator::polydisperse_lattice_test {
namespace {

constexpr double kPi = std::numbers::pi;

LatticeComponent crystal(double radius, double width, double displacement) {
  LatticeComponent lattice;
  lattice.lattice = "face_centered_cubic";
  lattice.spacing = 300.0;
  lattice.domain_nm = 200.0;
  lattice.displacement = displacement;
  lattice.form = FormSpec{"sphere", {{"radius", radius}, {"scale", 0.3}}, {}};
  if (width > 0) {
    lattice.form->polydispersity["radius"] = {scattering::Distribution::kGaussian, width};
  }
  return lattice;
}

Scene scene_of(const LatticeComponent& lattice) {
  SampleSpec spec;
  spec.phases = {{"all", 1.0, {lattice}, {}}};
  return compose_scene(spec, 1);
}

// Of spheres with a normal distribution of radii to three standard deviations: <F>^2 / <V> and
// <F^2> / <V> of a volume fraction of 0.3 and a contrast of 5e-6 / angstrom^2 [1/cm].
struct Means {
  double together, all;
};

Means means_at(double q, double radius, double width) {
  constexpr int kSteps = 20000;
  double weights = 0, mean = 0, square = 0, volume = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double z = 6 * (i + 0.5) / kSteps - 3, weight = std::exp(-0.5 * z * z);
    const double r = radius * (1 + z * width), x = q * r;
    const double v = 4 * kPi / 3 * r * r * r;
    const double f = 5e-6 * v * 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
    weights += weight, mean += weight * f, square += weight * f * f, volume += weight * v;
  }
  const double scale = 0.3 * 1e8 / (volume / weights);
  return {scale * std::pow(mean / weights, 2), scale * square / weights};
}

TEST(LatticeOfParticlesThatDiffer, ReflectsWhatTheyScatterTogether) {
  const LatticeComponent lattice = crystal(80, 0.12, 6);
  const Scene scene = scene_of(lattice);
  const std::vector<Shell> all = shells(lattice, 300);
  ASSERT_EQ(scene.rings.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double q = all[i].q;
    const double together = means_at(q, 80, 0.12).together * std::exp(-q * q * 36);
    EXPECT_NEAR(scene.rings[i].intensity / (together * all[i].area), 1, 1e-6) << i;
  }
}

TEST(LatticeOfParticlesThatDiffer, LeavesTheRestBetweenItsReflections) {
  for (const double displacement : {0.0, 6.0}) {
    Scene scene = scene_of(crystal(80, 0.12, displacement));
    scene.rings.clear();
    ASSERT_EQ(scene.curves.size(), 1U);
    Beamline beamline = small_beamline();
    beamline.resolution_fwhm = 0;
    const FrameMaker maker(beamline);
    const scattering::Image image = maker.intensity(scene);
    for (Eigen::Index i = 3; i < image.rows(); i += 31) {
      for (Eigen::Index j = 2; j < image.cols(); j += 29) {
        const double q = maker.q()(i, j);
        const Means means = means_at(q, 80, 0.12);
        const double left =
            means.all - means.together * std::exp(-q * q * displacement * displacement);
        EXPECT_NEAR(image(i, j), left, 1e-5 * means.all) << displacement << ' ' << q;
      }
    }
  }
}

TEST(LatticeOfParticlesThatDiffer, BecomesThatOfParticlesThatAreTheSame) {
  const Scene same = scene_of(crystal(80, 0, 0)), nearly = scene_of(crystal(80, 1e-5, 0));
  EXPECT_TRUE(same.curves.empty());
  ASSERT_EQ(nearly.curves.size(), 1U);
  ASSERT_EQ(same.rings.size(), nearly.rings.size());
  for (std::size_t i = 0; i < same.rings.size(); ++i) {
    EXPECT_NEAR(nearly.rings[i].intensity, same.rings[i].intensity, 1e-6 * same.rings[0].intensity);
  }
}

// An ellipsoid whose mean is a sphere is none where one radius differs.
TEST(LatticeOfParticlesThatDiffer, IsNoneOfParticlesThatOnlyInTheMeanAreRound) {
  LatticeComponent lattice = crystal(80, 0, 0);
  lattice.form = FormSpec{"ellipsoid", {{"radius_polar", 80.0}, {"radius_equatorial", 80.0}}, {}};
  EXPECT_NO_THROW(static_cast<void>(scene_of(lattice)));
  for (const char* name : {"radius_polar", "radius_equatorial"}) {
    lattice.form->polydispersity.clear();
    lattice.form->polydispersity[name] = {scattering::Distribution::kGaussian, 0.1};
    EXPECT_THROW(static_cast<void>(scene_of(lattice)), std::invalid_argument) << name;
  }
}

}  // namespace
}  // namespace foray::simulator::polydisperse_lattice_test
