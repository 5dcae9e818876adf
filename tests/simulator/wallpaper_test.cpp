#include "foray/simulator/wallpaper.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "wallpaper_pattern.h"

namespace foray::simulator::wallpaper_test {
namespace {

using scattering::PlaneOperation;
using scattering::wallpaper_groups;
using scattering::WallpaperGroup;

constexpr PatternContent kContents[] = {PatternContent::kTexture, PatternContent::kNoise,
                                        PatternContent::kAtoms};

WallpaperPattern some_pattern(WallpaperGroup group, PatternContent content, CounterStream& random) {
  return {group, content, draw_basis(group, 1500, random), random};
}

TEST(WallpaperPattern, IsMappedOntoItselfByEveryOperationAndTranslation) {
  for (const PatternContent content : kContents) {
    for (const WallpaperGroup group : wallpaper_groups()) {
      CounterStream random(5, static_cast<std::uint64_t>(group));
      const WallpaperPattern pattern = some_pattern(group, content, random);
      for (const PlaneOperation& one : scattering::operations_of(group)) {
        for (int k = 0; k < 40; ++k) {
          const double x = random.uniform();
          const Eigen::Vector2d place(x, random.uniform());
          const Eigen::Vector2d moved =
              one.turn.cast<double>() * place + one.shift + Eigen::Vector2d(k % 3, k % 5);
          EXPECT_NEAR(pattern.at(moved), pattern.at(place), 1e-5) << name_of(group);
        }
      }
    }
  }
}

// The lattice vector's length and angle after the turn, for all integer matrices by brute force.
bool keeps_lattice(const Eigen::Matrix2i& turn, const Eigen::Matrix2d& basis) {
  const Eigen::Matrix2d map = basis * turn.cast<double>() * basis.inverse();
  return (map.transpose() * map - Eigen::Matrix2d::Identity()).norm() < 0.05;
}

// Correlation over random points between the pattern and its image under an operation.
double likeness(const WallpaperPattern& pattern, const Eigen::Matrix2Xd& places,
                const Eigen::ArrayXd& values, const PlaneOperation& one) {
  Eigen::ArrayXd moved(values.size());
  for (Eigen::Index k = 0; k < values.size(); ++k) {
    moved(k) = pattern.at(one.turn.cast<double>() * places.col(k) + one.shift);
  }
  moved -= moved.mean();
  return (moved * values).sum() / std::sqrt(moved.square().sum() * values.square().sum());
}

// By random places and shifts, where the generator's own check goes over a grid.
TEST(DrawWallpaper, HasNoOperationBeyondItsGroup) {
  constexpr int kPlaces = 200;
  for (const WallpaperGroup group : wallpaper_groups()) {
    CounterStream random(6, static_cast<std::uint64_t>(group));
    const WallpaperPattern pattern = some_pattern(group, PatternContent::kTexture, random);
    ASSERT_LE(likeness_to_more(pattern), 0.97) << name_of(group);
    Eigen::Matrix2Xd places(2, kPlaces);
    Eigen::ArrayXd values(kPlaces);
    for (int k = 0; k < kPlaces; ++k) {
      const double x = random.uniform();
      places.col(k) << x, random.uniform();
      values(k) = pattern.at(places.col(k));
    }
    values -= values.mean();
    const auto members = scattering::operations_of(group);
    for (int code = 0; code < 81; ++code) {
      PlaneOperation one;
      one.turn << code % 3 - 1, code / 3 % 3 - 1, code / 9 % 3 - 1, code / 27 - 1;
      if (std::abs(one.turn.determinant()) != 1 || !keeps_lattice(one.turn, pattern.basis())) {
        continue;
      }
      if (std::any_of(members.begin(), members.end(),
                      [&](const auto& member) { return member.turn == one.turn; })) {
        continue;
      }
      double most = -1;
      for (int shift = 0; shift < 400; ++shift) {
        const double x = random.uniform();
        one.shift << x, random.uniform();
        most = std::max(most, likeness(pattern, places, values, one));
      }
      EXPECT_LT(most, 0.97) << name_of(group) << "\n" << one.turn;
    }
  }
}

// A pattern of a subgroup's operations alone, made to have more: the check must see it.
TEST(LikenessToMore, SeesASymmetryThatTheLabelLacks) {
  CounterStream random(7, 0);
  const Eigen::Matrix2d basis = 40 * Eigen::Matrix2d::Identity();
  // One disc on a square lattice has the symmetry p4m whatever its label.
  WallpaperOptions options;
  options.attempts = 1;
  int refused = 0;
  for (std::uint64_t index = 0; index < 60; ++index) {
    try {
      draw_wallpaper(WallpaperGroup::kP1, PatternContent::kAtoms, options, 3, index);
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  // Now and then one kind of disc hides the other.
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 40);
  const WallpaperPattern pattern(WallpaperGroup::kP4m, PatternContent::kTexture, basis, random);
  EXPECT_LT(likeness_to_more(pattern), 0.97);
}

TEST(DrawWallpaper, IsTheSameForTheSameSeedAndIndexOnly) {
  const auto draw = [](std::uint64_t seed, std::uint64_t index) {
    return draw_wallpaper(WallpaperGroup::kP3, PatternContent::kTexture, {.noise = 0.5}, seed,
                          index)
        .image;
  };
  EXPECT_TRUE((draw(1, 2) == draw(1, 2)).all());
  EXPECT_FALSE((draw(1, 2) == draw(1, 3)).all());
  EXPECT_FALSE((draw(1, 2) == draw(2, 2)).all());
}

TEST(DrawWallpaper, IsPeriodicWithTheBasisThatItTells) {
  // A lattice vector rounded to pixels; texture and shift differ by less than a pixel's change.
  const auto drawn = draw_wallpaper(WallpaperGroup::kP2, PatternContent::kTexture,
                                    {.least_cells = 30, .blur = 1.5}, 9, 1);
  const Eigen::Vector2d step = drawn.basis.col(0);
  const auto dx = static_cast<Eigen::Index>(std::lround(step(0)));
  const auto dy = static_cast<Eigen::Index>(std::lround(step(1)));
  const auto from = [&](Eigen::Index x, Eigen::Index y) {
    return drawn.image.block(std::max<Eigen::Index>(0, y), std::max<Eigen::Index>(0, x),
                             256 - std::abs(dy), 256 - std::abs(dx));
  };
  const double same = (from(0 - dx, 0 - dy) - from(dx, dy)).square().mean();
  EXPECT_LT(same, 0.25);  // 2 for unrelated places
}

TEST(DrawWallpaper, RefusesOptionsOutOfRangeByName) {
  const auto refused = [](const WallpaperOptions& options, const std::string& name) {
    try {
      draw_wallpaper(WallpaperGroup::kP1, PatternContent::kNoise, options, 1, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what()).find(name) != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused({.rows = 3}, "rows"));
  EXPECT_TRUE(refused({.columns = 3}, "columns"));
  EXPECT_TRUE(refused({.least_cells = 0}, "least_cells"));
  EXPECT_TRUE(refused({.least_cells = 5, .most_cells = 4}, "most_cells"));
  EXPECT_TRUE(refused({.distortion = -1}, "distortion"));
  EXPECT_TRUE(refused({.blur = 11}, "blur"));
  EXPECT_TRUE(refused({.noise = -1}, "noise"));
  EXPECT_TRUE(refused({.likeness = 2}, "likeness"));
  EXPECT_TRUE(refused({.attempts = 0}, "attempts"));
}

}  // namespace
}  // namespace foray::simulator::wallpaper_test
