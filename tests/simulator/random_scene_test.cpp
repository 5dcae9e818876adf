#include "foray/simulator/random_scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

// Of 480 draws of each geometry.
TEST(RandomScene, ShowsEveryLabel) {
  std::map<std::string, int> count;
  for (int geometry = 0; geometry < 4; ++geometry) {
    RandomSceneOptions options{.max_pixels = 10000};
    options.wide_angle = geometry % 2;
    options.grazing = geometry / 2;
    Rng rng(21 + static_cast<std::uint64_t>(geometry));
    for (std::uint64_t i = 0; i < 240; ++i) {
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

bool has_bit(const Beamline& beamline, std::uint32_t bit) {
  return std::any_of(beamline.mask.data(), beamline.mask.data() + beamline.mask.size(),
                     [bit](std::uint32_t pixel) { return (pixel & bit) != 0; });
}

// Rims and edges, ragged ones too, are no gaps and count nothing.
TEST(RandomBeamline, TellsGapsFromDeadRims) {
  Rng rng(3);
  int rims = 0, both = 0;
  for (std::uint64_t i = 0; i < 120; ++i) {
    const Beamline beamline = random_beamline(rng, kSmallFrames);
    const bool gaps = has_bit(beamline, scattering::kMaskGap);
    const bool dead = has_bit(beamline, scattering::kMaskDead);
    rims += dead && !gaps;
    both += dead && gaps;
    const auto made = FrameMaker(beamline).make(random_scene(rng, beamline), 1, 1, i);
    EXPECT_EQ(std::count(made.labels.begin(), made.labels.end(), "instrument/gaps"), gaps ? 1 : 0);
    for (Eigen::Index k = 0; k < beamline.mask.size(); ++k) {
      if ((beamline.mask.data()[k] & scattering::kMaskDead) != 0) {
        ASSERT_EQ(made.frame.counts.data()[k], 0);
      }
    }
  }
  EXPECT_GT(rims, 0);
  EXPECT_GT(both, 0);
}

TEST(RandomBeamline, DrawsInstrumentsOfNeutronsAtSmallAngles) {
  Rng rng(4);
  int neutrons = 0, single_lines = 0;
  for (int i = 0; i < 400; ++i) {
    const Beamline beamline = random_beamline(rng);
    const auto is_gap = [&](Eigen::Index row) {
      const auto line = beamline.mask.row(row);
      return std::all_of(line.begin(), line.end(),
                         [](std::uint32_t pixel) { return (pixel & scattering::kMaskGap) != 0; });
    };
    for (Eigen::Index row = 1; row + 1 < beamline.slow; ++row) {
      single_lines += !is_gap(row - 1) && is_gap(row) && !is_gap(row + 1);
    }
    const double wavelength = beamline.geometry.wavelength * 1e10;
    if (wavelength < 2) continue;
    ++neutrons;
    const double q_pixel =
        2 * 3.141592653589793 / wavelength * beamline.geometry.pixel1 / beamline.geometry.dist;
    EXPECT_GE(wavelength, 4);
    EXPECT_LE(std::max(beamline.slow, beamline.fast), 256);
    EXPECT_GE(beamline.resolution_fwhm, 1.999 * q_pixel);
    EXPECT_GE(beamline.bandwidth, 0.05);
  }
  EXPECT_GT(neutrons, 10);
  EXPECT_GT(single_lines, 10);
}

struct Seen {
  int feet = 0, tails = 0, fibres = 0;
};

Seen seen_in(const Scene& scene) {
  Seen seen;
  for (std::size_t i = 1; i < scene.spots.size(); ++i) {
    const Spot &spot = scene.spots[i - 1], &foot = scene.spots[i];
    if (spot.q == foot.q && foot.radial_fwhm > spot.radial_fwhm) {
      ++seen.feet;
      EXPECT_EQ(spot.order, foot.order);
    }
  }
  for (std::size_t i = 1; i < scene.halos.size(); ++i) {
    const Halo &halo = scene.halos[i - 1], &tail = scene.halos[i];
    if (halo.q == tail.q && tail.width > halo.width && tail.intensity < halo.intensity) {
      ++seen.tails;
      EXPECT_EQ(halo.director, tail.director);
    }
  }
  if (scene.diffuse.empty() || scene.rings.empty() || scene.rings[0].orientation == 0) return seen;
  const double off = scene.rings[0].director - scene.diffuse[0].direction;
  seen.fibres += std::abs(std::sin(2 * off)) < 1e-9;
  return seen;
}

// Spots on wider feet, halos with tails, lobes at the beam along arcs or across.
TEST(RandomScene, DrawsFeetTailsAndFibres) {
  Rng rng(6);
  Seen all;
  for (int i = 0; i < 300; ++i) {
    const Beamline beamline = random_beamline(rng, kSmallFrames);
    const Seen seen = seen_in(random_scene(rng, beamline, {.grazing = 0}));
    all.feet += seen.feet;
    all.tails += seen.tails;
    all.fibres += seen.fibres;
  }
  EXPECT_GT(all.feet, 10);
  EXPECT_GT(all.tails, 10);
  EXPECT_GT(all.fibres, 0);
}

// Neither lobes nor what falls hide most arcs of fibres oblique to the beam or most spots of
// crystals.
TEST(RandomScene, LetsArcsOfFibresAndSpotsOfCrystalsBeSeen) {
  Rng rng(8);
  int oblique = 0, arcs = 0, crystals = 0, peaks = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const FrameMaker maker(random_beamline(rng, kSmallFrames));
    const Scene scene = random_scene(rng, maker.beamline(), {.grazing = 0});
    const bool crystal = !scene.spots.empty() || !scene.paracrystals.empty();
    if (scene.one_sided == 0 && !crystal) continue;
    const auto labels = maker.labels(scene, 1);
    const auto shows = [&](std::initializer_list<const char*> ends) {
      return std::any_of(labels.begin(), labels.end(), [&](const std::string& path) {
        return std::any_of(ends.begin(), ends.end(),
                           [&](const char* end) { return path.ends_with(end); });
      });
    };
    oblique += scene.one_sided > 0;
    arcs += scene.one_sided > 0 && shows({"/arc", "halo/oriented"});
    crystals += crystal;
    peaks += crystal && shows({"/bragg_peak"});
  }
  EXPECT_GT(oblique, 20);
  EXPECT_GT(2 * arcs, oblique) << oblique;
  EXPECT_GT(crystals, 20);
  EXPECT_GT(2 * peaks, crystals) << crystals;
}

// How near particles come is told by `radius_effective`, which a model may take from elsewhere.
TEST(RandomScene, DrawsLiquidsWhoseParticlesKeepTheirDistance) {
  Rng rng(7);
  int liquids = 0;
  for (int i = 0; i < 300; ++i) {
    const Beamline beamline = random_beamline(rng, kSmallFrames);
    for (const ModelCurve& curve : random_scene(rng, beamline, {.grazing = 0}).curves) {
      if (!curve.model.ends_with("@hardsphere")) continue;
      ++liquids;
      const scattering::Model model(curve.model);
      scattering::ModelValues values = curve.values;
      const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 3.4 / values.at("radius_effective"));
      const double there = model.intensity(q, values, curve.distributions)[0];
      values.at("radius_effective") *= 1.2;
      const double farther = model.intensity(q, values, curve.distributions)[0];
      EXPECT_GT(std::abs(farther / there - 1), 0.01);
    }
  }
  EXPECT_GT(liquids, 3);
}

TEST(RandomScene, RefusesBadOptionsByName) {
  Rng rng(1);
  EXPECT_THROW(random_beamline(rng, {.wide_angle = 2}), std::invalid_argument);
  EXPECT_THROW(random_beamline(rng, {.max_pixels = 5}), std::invalid_argument);
  EXPECT_THROW(random_scene(rng, demo_beamline(), {.grazing = -1}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::simulator::random_scene_test
