#include "foray/simulator/sample_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/profiles.h"

namespace foray::simulator::sample_library_test {
namespace {

constexpr int kSeeds = 10;
constexpr int kGrid = 41;

Eigen::Vector2d grid_point(int i, int j) {
  return {20.0 * i / (kGrid - 1), 20.0 * j / (kGrid - 1)};
}

TEST(FilmLibrary, CoversEveryPhaseOnEverySample) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto library = make_sample_library("film_library", seed);
    std::map<std::string, int> count;
    for (int i = 0; i < kGrid; ++i) {
      for (int j = 0; j < kGrid; ++j) ++count[library->truth(grid_point(i, j)).phase];
    }
    EXPECT_THAT(count, testing::SizeIs(4));
    for (const auto& [phase, n] : count) {
      // 12 % on the library's own grid of cell centres; a point less on this one.
      EXPECT_GE(n, 0.11 * kGrid * kGrid) << "seed " << seed << ' ' << phase;
    }
  }
}

TEST(FilmLibrary, DiffersFromSeedToSeedAndFollowsFromIt) {
  const auto a = make_sample_library("film_library", 1), b = make_sample_library("film_library", 1);
  const auto c = make_sample_library("film_library", 2);
  int same = 0;
  for (int i = 0; i < kGrid; ++i) {
    for (int j = 0; j < kGrid; ++j) {
      const Eigen::Vector2d r = grid_point(i, j);
      EXPECT_EQ(a->truth(r).grain_size, b->truth(r).grain_size);
      same += a->truth(r).phase == c->truth(r).phase;
    }
  }
  EXPECT_LT(same, 0.7 * kGrid * kGrid);
}

// Between neighbours 0.1 mm apart in one phase the grain size changes by less than a nanometre,
// and over the sample it spans a wide range within 10 to 60 nm.
TEST(FilmLibrary, HasAGrainSizeThatIsSmoothWithinAPhase) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto library = make_sample_library("film_library", seed);
    double least = 1e9, most = 0;
    for (double x = 0; x <= 20; x += 1.3) {
      GroundTruth before = library->truth(Eigen::Vector2d(x, 0));
      for (double y = 0.1; y <= 20; y += 0.1) {
        const GroundTruth now = library->truth(Eigen::Vector2d(x, y));
        if (now.phase == before.phase) {
          EXPECT_LT(std::abs(now.grain_size - before.grain_size), 1);
        }
        before = now;
        if (now.phase == "disordered") {
          EXPECT_EQ(now.grain_size, 0);
          EXPECT_EQ(now.period, 0);
          continue;
        }
        least = std::min(least, now.grain_size);
        most = std::max(most, now.grain_size);
      }
    }
    EXPECT_GE(least, 10);
    EXPECT_LE(most, 60);
    EXPECT_GT(most - least, 12) << "seed " << seed;
  }
}

TEST(FilmLibrary, WritesGrainSizeAndPeriodIntoTheFirstRing) {
  const auto library = make_sample_library("film_library", 3);
  for (int i = 0; i < kGrid; i += 4) {
    for (int j = 0; j < kGrid; j += 4) {
      const GroundTruth truth = library->truth(grid_point(i, j));
      const Scene scene = library->scene(grid_point(i, j));
      if (truth.phase == "disordered") continue;
      const auto first =
          std::max_element(scene.rings.begin(), scene.rings.end(),
                           [](const Ring& a, const Ring& b) { return a.intensity < b.intensity; });
      EXPECT_NEAR(first->fwhm, 2 * std::numbers::pi * kScherrer / (10 * truth.grain_size), 1e-12);
      EXPECT_NEAR(2 * std::numbers::pi / first->q / 10, truth.period, 1e-12);
      EXPECT_EQ(first->orientation > 0, truth.phase == "oriented");
    }
  }
}

// Along lines across the sample: where the phase changes both patterns are there, and half a
// millimetre or so further on only one is.
TEST(FilmLibrary, MixesPatternsInNarrowTransitions) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto library = make_sample_library("film_library", seed);
    int boundaries = 0, mixed = 0, all = 0;
    for (double x = 1; x < 20; x += 3) {
      GroundTruth before = library->truth(Eigen::Vector2d(x, 0));
      for (double y = 0.02; y <= 20; y += 0.02) {
        const GroundTruth now = library->truth(Eigen::Vector2d(x, y));
        const Scene scene = library->scene(Eigen::Vector2d(x, y));
        const bool has_first = std::count_if(scene.rings.begin(), scene.rings.end(),
                                             [](const Ring& r) { return r.order == 1; }) +
                                   static_cast<std::ptrdiff_t>(scene.halos.size()) >
                               1;
        mixed += has_first;
        ++all;
        if (now.phase != before.phase) {
          ++boundaries;
          EXPECT_TRUE(has_first) << "seed " << seed;
        }
        before = now;
      }
    }
    EXPECT_GE(boundaries, 5) << "seed " << seed;
    EXPECT_LT(mixed, 0.25 * all) << "seed " << seed;
  }
}

// What the demo relies on: in pure regions the visible labels tell the phase after 1 s, and the
// first ring has from ten to some hundred counts at its crest.
TEST(FilmLibrary, ShowsItsPhaseOnTheDemoBeamline) {
  const FrameMaker maker(demo_beamline());
  const std::string root = "transmission_small_angle";
  int checked = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const auto library = make_sample_library("film_library", seed);
    for (int i = 2; i < kGrid; i += 6) {
      for (int j = 2; j < kGrid; j += 6) {
        const Eigen::Vector2d r = grid_point(i, j);
        const Scene scene = library->scene(r);
        const GroundTruth truth = library->truth(r);
        if (truth.phase == "disordered" ? !scene.rings.empty()
                                        : scene.rings.size() > 4 || !scene.halos.empty()) {
          continue;  // a mixture
        }
        if (truth.phase != "disordered" &&
            std::count_if(scene.rings.begin(), scene.rings.end(),
                          [](const Ring& ring) { return ring.order == 1; }) > 1) {
          continue;
        }
        ++checked;
        const std::vector<std::string> labels = maker.labels(scene, 1);
        const std::string sign =
            root + (truth.phase == "disordered" ? "/halo" : "/ring/" + truth.phase);
        EXPECT_THAT(labels, testing::Contains(sign)) << "seed " << seed << " at " << r.transpose();
        if (truth.phase == "disordered") {
          EXPECT_THAT(labels, testing::Not(testing::Contains(root + "/ring")));
        } else {
          const scattering::Image expected = maker.expected(scene, 1);
          const auto on_ring =
              (maker.q() - scene.rings[0].q).abs() < 0.002 && maker.beamline().mask == 0;
          const double crest =
              on_ring.select(expected, 0).sum() / static_cast<double>(on_ring.count());
          EXPECT_GT(crest, 10);
          EXPECT_LT(crest, 200);
        }
      }
    }
  }
  EXPECT_GT(checked, 40);
}

TEST(WedgeLibrary, OrdersAndSwellsAlongX) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto library = make_sample_library("diblock_wedge", seed);
    EXPECT_EQ(library->truth(Eigen::Vector2d(0, 10)).phase, "disordered");
    EXPECT_EQ(library->truth(Eigen::Vector2d(10, 10)).phase, "lamellar");
    EXPECT_EQ(library->truth(Eigen::Vector2d(20, 10)).phase, "hexagonal");
    EXPECT_GT(library->truth(Eigen::Vector2d(20, 10)).period,
              library->truth(Eigen::Vector2d(9, 10)).period);
  }
}

TEST(SampleLibrary, StatesItsCoordinatesAndRange) {
  for (const std::string& name : sample_library_names()) {
    const auto library = make_sample_library(name, 1);
    EXPECT_THAT(library->coordinates(), testing::ElementsAre("x", "y"));
    EXPECT_EQ(library->range(), (Eigen::Matrix2d() << 0, 20, 0, 20).finished());
  }
}

TEST(SampleLibrary, RefusesBadInputByName) {
  try {
    static_cast<void>(make_sample_library("wedge", 1));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("film_library"),
                                             testing::HasSubstr("got wedge")));
  }
  for (const std::string& name : sample_library_names()) {
    const auto library = make_sample_library(name, 1);
    EXPECT_THROW(static_cast<void>(library->scene(Eigen::Vector3d(1, 2, 3))),
                 std::invalid_argument);
    EXPECT_THROW(static_cast<void>(library->truth(Eigen::Vector2d(1, 22))), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(library->truth(Eigen::Vector2d(std::nan(""), 2))),
                 std::invalid_argument);
    EXPECT_NO_THROW(static_cast<void>(library->truth(Eigen::Vector2d(20.01, -0.01))));
  }
}

}  // namespace
}  // namespace foray::simulator::sample_library_test
