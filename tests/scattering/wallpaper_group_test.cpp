#include "foray/scattering/wallpaper_group.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace foray::scattering::wallpaper_group_test {
namespace {

bool same_shift(const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  const Eigen::Vector2d difference = a - b;
  return (difference.array() - difference.array().round()).abs().maxCoeff() < 1e-9;
}

bool is_member(const std::vector<PlaneOperation>& group, const PlaneOperation& operation) {
  return std::any_of(group.begin(), group.end(), [&](const auto& one) {
    return one.turn == operation.turn && same_shift(one.shift, operation.shift);
  });
}

PlaneOperation product(const PlaneOperation& a, const PlaneOperation& b) {
  return {a.turn * b.turn, a.turn.cast<double>() * b.shift + a.shift};
}

TEST(WallpaperGroup, HasAsManyOperationsAsItsPointGroup) {
  const std::map<std::string, std::size_t> orders = {
      {"p1", 1},  {"p2", 2},   {"pm", 2},   {"pg", 2}, {"cm", 2},  {"pmm", 4},
      {"pmg", 4}, {"pgg", 4},  {"cmm", 4},  {"p4", 4}, {"p4m", 8}, {"p4g", 8},
      {"p3", 3},  {"p3m1", 6}, {"p31m", 6}, {"p6", 6}, {"p6m", 12}};
  for (const WallpaperGroup group : wallpaper_groups()) {
    const std::string name(name_of(group));
    EXPECT_EQ(operations_of(group).size(), orders.at(name)) << name;
  }
}

TEST(WallpaperGroup, IsClosedUnderProducts) {
  for (const WallpaperGroup group : wallpaper_groups()) {
    const auto operations = operations_of(group);
    for (const auto& a : operations) {
      for (const auto& b : operations) {
        EXPECT_TRUE(is_member(operations, product(a, b))) << name_of(group);
      }
    }
  }
}

TEST(WallpaperGroup, KeepsTheLengthsOfItsLattice) {
  for (const WallpaperGroup group : wallpaper_groups()) {
    Eigen::Matrix2d metric;
    switch (lattice_of(group)) {
      case PlaneLattice::kOblique:
        metric << 1, 0.3, 0.3, 2;
        break;
      case PlaneLattice::kRectangular:
        metric << 1, 0, 0, 2;
        break;
      case PlaneLattice::kRhombic:
        metric << 1, 0.3, 0.3, 1;
        break;
      case PlaneLattice::kSquare:
        metric << 1, 0, 0, 1;
        break;
      case PlaneLattice::kHexagonal:
        metric << 1, -0.5, -0.5, 1;
        break;
    }
    for (const auto& operation : operations_of(group)) {
      const Eigen::Matrix2d turn = operation.turn.cast<double>();
      EXPECT_LT((turn.transpose() * metric * turn - metric).norm(), 1e-12) << name_of(group);
    }
  }
}

// Reflections fix a line or, with a shift along it that no choice of origin removes, glide.
TEST(WallpaperGroup, TellsMirrorsFromGlides) {
  const auto has = [](WallpaperGroup group, bool mirror) {
    const auto operations = operations_of(group);
    return std::any_of(operations.begin(), operations.end(), [&](const PlaneOperation& one) {
      if (one.turn.determinant() != -1) return false;
      // Applied twice a mirror is the identity; up to lattice vectors along the line.
      const Eigen::Vector2d twice = one.turn.cast<double>() * one.shift + one.shift;
      bool fixes = false;
      for (int k = -2; k <= 2; ++k) {
        for (int l = -2; l <= 2; ++l) {
          const Eigen::Vector2d step(k, l);
          fixes = fixes || (twice + step + one.turn.cast<double>() * step).norm() < 1e-9;
        }
      }
      return fixes == mirror;
    });
  };
  for (const auto group : {WallpaperGroup::kPm, WallpaperGroup::kCm, WallpaperGroup::kPmm,
                           WallpaperGroup::kP3m1, WallpaperGroup::kP31m}) {
    EXPECT_TRUE(has(group, true)) << name_of(group);
    EXPECT_FALSE(has(group, false)) << name_of(group);
  }
  for (const auto group : {WallpaperGroup::kPg, WallpaperGroup::kPgg}) {
    EXPECT_FALSE(has(group, true)) << name_of(group);
  }
  for (const auto group : {WallpaperGroup::kPmg, WallpaperGroup::kP4g}) {
    EXPECT_TRUE(has(group, true)) << name_of(group);
    EXPECT_TRUE(has(group, false)) << name_of(group);
  }
}

TEST(WallpaperGroup, ContainsOnlyGroupsWhoseOrderDividesItsOwn) {
  for (const WallpaperGroup group : wallpaper_groups()) {
    EXPECT_TRUE(contains(group, group));
    EXPECT_TRUE(contains(group, WallpaperGroup::kP1));
    for (const WallpaperGroup part : wallpaper_groups()) {
      if (!contains(group, part)) continue;
      EXPECT_EQ(operations_of(group).size() % operations_of(part).size(), 0U);
    }
  }
  EXPECT_TRUE(contains(WallpaperGroup::kP6m, WallpaperGroup::kP31m));
  EXPECT_TRUE(contains(WallpaperGroup::kP4g, WallpaperGroup::kPgg));
  EXPECT_FALSE(contains(WallpaperGroup::kP4g, WallpaperGroup::kPmm));
  EXPECT_FALSE(contains(WallpaperGroup::kP6, WallpaperGroup::kCm));
}

}  // namespace
}  // namespace foray::scattering::wallpaper_group_test
