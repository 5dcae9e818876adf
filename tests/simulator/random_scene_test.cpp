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

// One of 120 draws: every geometry and most features occur, all labels are known, at most one kind
// of ring is named, and every child comes with its parent.
TEST(RandomScene, GivesEveryGeometryAndWellFormedLabels) {
  const std::vector<std::string> known = label_paths();
  std::map<std::string, int> count;
  Rng rng(1);
  for (int i = 0; i < 120; ++i) {
    const Beamline beamline = random_beamline(rng, kSmallFrames);
    const Scene scene = random_scene(rng, beamline, kSmallFrames);
    ASSERT_NO_THROW(validate(scene));
    const std::vector<std::string> labels = FrameMaker(beamline).labels(scene, 1);
    int roots = 0, kinds = 0;
    for (const std::string& path : labels) {
      ++count[path];
      EXPECT_THAT(known, testing::Contains(path));
      roots += path.find('/') == std::string::npos;
      kinds += path.find("/ring/") != std::string::npos;
      if (path.find('/') != std::string::npos) {
        EXPECT_THAT(labels, testing::Contains(path.substr(0, path.rfind('/'))));
      }
    }
    EXPECT_EQ(roots, labels.empty() ? 0 : 1);
    EXPECT_LE(kinds, 1);
  }
  for (const std::string& path : known) {
    if (path.find('/') != std::string::npos) continue;
    EXPECT_GE(count[path], 8) << path;
  }
  for (const char* feature :
       {"transmission_small_angle/ring/lamellar", "transmission_small_angle/ring/hexagonal",
        "transmission_small_angle/ring/oriented", "transmission_small_angle/halo",
        "transmission_wide_angle/ring", "grazing_small_angle/rod", "grazing_small_angle/yoneda",
        "grazing_wide_angle/horizon"}) {
    EXPECT_GE(count[feature], 1) << feature;
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
