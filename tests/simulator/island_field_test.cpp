// Islands of several kinds in every order, beside means over every particle of amplitudes that
// scattering/grazing.h gives pixel by pixel.
#include "island_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/scattering/grazing.h"
#include "foray/scattering/surface_lattice.h"
#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::island_field_test {
namespace {

constexpr double kIncidence = 0.0035;
constexpr double kWave = 2 * std::numbers::pi;  // of 1 angstrom

// To q 0.5, with the horizon ten pixels above the lower edge.
Beamline grazing_beamline() {
  Beamline beamline = small_beamline();
  beamline.resolution_fwhm = 0;
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;
  return beamline;
}

Scene scene_of(const Islands& islands) {
  Scene scene;
  scene.background = 0;
  scene.surface = Surface{.incidence = kIncidence};
  scene.islands = islands;
  return scene;
}

// One kind of particle and what it is of them all.
struct Particle {
  double share, radius, height;
};

// Radii as a normal distribution to three standard deviations, in many equal steps.
std::vector<Particle> particles_of(const Islands& islands) {
  constexpr int kSteps = 400;
  std::vector<Particle> result;
  double shares = 0;
  for (const IslandKind& kind : islands.mixture) shares += kind.share;
  for (const IslandKind& kind : islands.mixture) {
    const std::size_t first = result.size();
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double z = 6 * (i + 0.5) / kSteps - 3, weight = std::exp(-0.5 * z * z);
      result.push_back({weight, kind.radius * (1 + z * kind.radius_spread), kind.height});
      sum += weight;
    }
    for (std::size_t i = first; i < result.size(); ++i) {
      result[i].share *= kind.share / shares / sum;
    }
  }
  return result;
}

// The share of the beam that goes into a unit of solid angle: density / sin(alpha_i) times <|F|^2>
// + |<F>|^2 (S - 1).
double by_hand(const Scene& scene, double alpha_f, double phi_f,
               const std::function<double(double, double)>& structure) {
  scattering::GrazingSample sample;
  scattering::Layer substrate;
  substrate.delta = scene.surface->delta;
  substrate.beta = scene.surface->beta;
  sample.stack.layers = {scattering::Layer{}, substrate};
  sample.delta = scene.islands->delta;
  sample.beta = scene.islands->beta;
  std::complex<double> mean = 0;
  double square = 0;
  for (const Particle& particle : particles_of(*scene.islands)) {
    sample.shape = scattering::SurfaceCylinder{particle.radius, particle.height};
    const auto f = scattering::grazing_amplitude(sample, 1, kIncidence, alpha_f, phi_f);
    mean += particle.share * f;
    square += particle.share * std::norm(f);
  }
  const double qx = kWave * (std::cos(kIncidence) - std::cos(alpha_f) * std::cos(phi_f));
  const double qy = -kWave * std::cos(alpha_f) * std::sin(phi_f);
  return scene.islands->density / std::sin(kIncidence) *
         (square + std::norm(mean) * (structure(qx, qy) - 1));
}

struct Row {
  std::string name;
  Islands islands;
};

Islands several(const std::vector<IslandKind>& kinds) {
  Islands islands;
  islands.mixture = kinds;
  islands.density = 2e-5;
  return islands;
}

const std::vector<IslandKind> kOneHeight = {{3, 60, 0.1, 90}, {1, 90, 0, 90}};
const std::vector<IslandKind> kTwoHeights = {{3, 60, 0.1, 40}, {1, 90, 0, 90}};

std::vector<Row> rows() {
  std::vector<Row> all;
  for (const bool same : {true, false}) {
    const std::string kinds = same ? "one_height_" : "two_heights_";
    Islands islands = several(same ? kOneHeight : kTwoHeights);
    all.push_back({kinds + "alone", islands});
    islands.distance = 300;
    all.push_back({kinds + "with_neighbours", islands});
    islands.distance = 260, islands.distance_b = 300, islands.angle = 2.1, islands.domain = 400;
    islands.order = IslandOrder::kLattice;
    all.push_back({kinds + "on_a_lattice", islands});
    islands.order = IslandOrder::kParacrystal;
    all.push_back({kinds + "in_a_paracrystal", islands});
  }
  return all;
}

std::function<double(double, double)> structure_by_hand(const Islands& islands, double q_max) {
  if (islands.order == IslandOrder::kLattice) {
    return scattering::turned_lattice({260, 300, 2.1, 400}, q_max);
  }
  if (islands.order == IslandOrder::kParacrystal) {
    return scattering::turned_paracrystal({260, 300, 2.1, 39, 400});
  }
  if (islands.distance > 0) return scattering::radial_paracrystal(300, 45, 2000);
  return [](double /*qx*/, double /*qy*/) { return 1; };
}

class ManyIslands : public testing::TestWithParam<Row> {};

TEST_P(ManyIslands, ScatterTheMeanOfWhatEveryOneDoes) {
  const Beamline beamline = grazing_beamline();
  const Scene scene = scene_of(GetParam().islands);
  const FrameMaker maker(beamline);
  const auto structure = structure_by_hand(*scene.islands, maker.q().maxCoeff());
  const scattering::Image counts = maker.expected(scene, 2);
  const std::pair<int, int> pixels[] = {{40, 150}, {60, 121}, {120, 200}, {25, 30}, {80, 60}};
  for (const auto& [i, j] : pixels) {
    const Eigen::Vector3d t =
        scattering::position(beamline.geometry, i + 0.5, j + 0.5).normalized();
    // The surface's normal leans back by the angle of incidence.
    const double sine = t[0] * std::cos(kIncidence) - t[2] * std::sin(kIncidence);
    const double along = t[0] * std::sin(kIncidence) + t[2] * std::cos(kIncidence);
    const double share = by_hand(scene, std::asin(sine), std::atan2(t[1], along), structure);
    const double pixel = 200e-6 * 200e-6 / 0.25 * std::pow(t[2], 3);
    const double polarization = 0.5 * (1 + t[2] * t[2]);
    const double expected = 1e10 * 2 * 0.8 * share * pixel * polarization;
    // Tables are linear: good to 1e-3 of the crests of the fringes.
    const double crest = counts.block(i - 15, j - 15, 30, 30).maxCoeff();
    EXPECT_NEAR(counts(i, j), expected, 1e-3 * crest) << i << ' ' << j;
  }
  EXPECT_EQ(counts(5, 100), 0);  // below the horizon
}

INSTANTIATE_TEST_SUITE_P(Rows, ManyIslands, testing::ValuesIn(rows()),
                         [](const auto& tested) { return tested.param.name; });

TEST(Islands, AreAMixtureOfOneKind) {
  Islands plain;
  plain.shape = scattering::SurfaceCylinder{60, 90};
  plain.radius_spread = 0.1, plain.distance = 300;
  Islands mixed = plain;
  mixed.mixture = {{7, 60, 0.1, 90}};
  const FrameMaker maker(grazing_beamline());
  EXPECT_TRUE((maker.expected(scene_of(plain), 1) == maker.expected(scene_of(mixed), 1)).all());
}

// Of a cell a rod is seen where its shortest reciprocal vector is.
TEST(Islands, HaveARodWhereTheirLatticeHasOne) {
  Islands islands;
  islands.shape = scattering::SurfaceCylinder{40, 50};
  islands.order = IslandOrder::kLattice;
  islands.distance = 260, islands.distance_b = 300, islands.angle = 2 * std::numbers::pi / 3;
  islands.density = 1 / (260 * 300 * std::sin(2 * std::numbers::pi / 3));
  const FrameMaker maker(grazing_beamline());
  const auto rod_of = [](const Islands& some) {
    return IslandField(scene_of(some), grazing_beamline(), 0.5).rod();
  };
  const double shortest = 2 * std::numbers::pi / (300 * std::sin(std::numbers::pi / 3));
  EXPECT_NEAR(rod_of(islands), shortest, 1e-12);
  EXPECT_THAT(maker.labels(scene_of(islands), 1000), testing::Contains("grazing_small_angle/rod"));
  // Another cell of the same lattice: from the edges a and b to a + 3 b and b.
  const Eigen::Vector2d a(260, 0), b(-150, 150 * std::sqrt(3)), skew = a + 3 * b;
  islands.distance = skew.norm();
  islands.angle = std::acos(skew.dot(b) / (skew.norm() * b.norm()));
  EXPECT_NEAR(rod_of(islands), shortest, 1e-12);
}

TEST(Islands, RefuseWhatTheirTablesCannotHold) {
  const FrameMaker maker(grazing_beamline());
  const auto refusal = [&](const Islands& islands) -> std::string {
    try {
      static_cast<void>(maker.expected(scene_of(islands), 1));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "(accepted)";
  };
  Islands islands = several(kTwoHeights);
  EXPECT_EQ(refusal(islands), "(accepted)");
  islands.mixture[1].radius = 1e4;
  EXPECT_THAT(refusal(islands), testing::HasSubstr("islands.mixture[1].radius: expected"));
  islands = several(kTwoHeights);
  islands.mixture[0].height = 1e4;
  EXPECT_THAT(refusal(islands), testing::HasSubstr("islands.mixture[0].height: expected"));
  islands = several(kTwoHeights);
  islands.shape = scattering::SurfaceSphere{50};
  EXPECT_THAT(refusal(islands), testing::HasSubstr("islands.mixture: expected none of shapes"));
  islands = several(kOneHeight);
  islands.order = IslandOrder::kLattice;
  islands.distance = 260, islands.domain = 1e5;
  EXPECT_THAT(refusal(islands), testing::HasSubstr("islands.domain: expected"));
  islands.distance = 2600, islands.distance_b = 3000, islands.domain = 1000;
  EXPECT_THAT(refusal(islands), testing::HasSubstr("islands.distance: expected a cell of"));
}

}  // namespace
}  // namespace foray::simulator::island_field_test
