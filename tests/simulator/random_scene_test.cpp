#include "foray/simulator/random_scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/labels.h"

namespace foray::simulator::random_scene_test {
namespace {

const RandomSceneOptions kSmallFrames{.max_pixels = 20000};

TEST(RandomScene, FollowsFromItsSeed) {
  Rng a(4), b(4), c(5);
  const Beamline first = random_beamline(a), second = random_beamline(b),
                 third = random_beamline(c);
  EXPECT_EQ(first.geometry.dist, second.geometry.dist);
  EXPECT_NE(first.geometry.dist, third.geometry.dist);
  EXPECT_EQ(random_scene(a, first).background, random_scene(b, second).background);
}

bool is_aspect(const std::string& path) {
  return path.rfind("instrument/", 0) == 0 || path.rfind("problem/", 0) == 0;
}

// All labels are known, at most one geometry and one kind of ring is named, and every child comes
// with its parent.
void expect_well_formed(const std::vector<std::string>& labels) {
  static const std::vector<std::string> known = label_paths();
  int roots = 0, kinds = 0;
  for (const std::string& path : labels) {
    EXPECT_THAT(known, testing::Contains(path));
    roots += path.find('/') == std::string::npos;
    for (const char* kind : {"lamellar", "hexagonal", "bcc", "fcc", "oriented"}) {
      kinds += path.ends_with(std::string("/ring/") + kind);
    }
    if (path.find('/') != std::string::npos && !is_aspect(path)) {
      EXPECT_THAT(labels, testing::Contains(path.substr(0, path.rfind('/'))));
    }
  }
  EXPECT_LE(roots, 1);
  EXPECT_LE(kinds, 1);
}

// Of 320 draws of each geometry.
TEST(RandomScene, ShowsEveryLabel) {
  std::map<std::string, int> count;
  for (int geometry = 0; geometry < 4; ++geometry) {
    RandomSceneOptions options{.max_pixels = 10000};
    options.wide_angle = geometry % 2;
    options.grazing = geometry / 2;
    Rng rng(11 + static_cast<std::uint64_t>(geometry));
    for (std::uint64_t i = 0; i < 160; ++i) {
      const FrameMaker maker(random_beamline(rng, options));
      for (std::uint64_t k = 0; k < 2; ++k) {
        const Scene scene = random_scene(rng, maker.beamline(), options);
        ASSERT_NO_THROW(validate(scene));
        const auto labels = maker.make(scene, 1, i, k).labels;
        expect_well_formed(labels);
        for (const std::string& path : labels) ++count[path];
      }
    }
  }
  for (const std::string& path : label_paths()) {
    // A critical angle of two pixels or more: one frame in fifty, fewer with pixels as large as
    // here.
    if (path == "grazing_wide_angle/yoneda") continue;
    EXPECT_GE(count[path], 1) << path;
  }
}

TEST(RandomBeamline, KeepsToTheNumberOfPixels) {
  Rng rng(2);
  for (int i = 0; i < 40; ++i) {
    const Beamline beamline = random_beamline(rng, kSmallFrames);
    EXPECT_NO_THROW(validate(beamline));
    EXPECT_LE(beamline.slow * beamline.fast, 20000);
    EXPECT_LT((beamline.mask != 0).count(), beamline.mask.size() / 2);
  }
}

TEST(RandomScene, RefusesBadOptionsByName) {
  Rng rng(1);
  EXPECT_THROW(random_beamline(rng, {.wide_angle = 2}), std::invalid_argument);
  EXPECT_THROW(random_beamline(rng, {.max_pixels = 5}), std::invalid_argument);
  EXPECT_THROW(random_scene(rng, demo_beamline(), {.grazing = -1}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::simulator::random_scene_test
