#pragma once

#include <Eigen/Core>
#include <array>
#include <string_view>
#include <vector>

namespace foray::scattering {

/// The 17 plane groups, by their short names.
enum class WallpaperGroup {
  kP1,
  kP2,
  kPm,
  kPg,
  kCm,
  kPmm,
  kPmg,
  kPgg,
  kCmm,
  kP4,
  kP4m,
  kP4g,
  kP3,
  kP3m1,
  kP31m,
  kP6,
  kP6m
};

inline constexpr int kWallpaperGroups = 17;

/// What a plane group demands of its primitive lattice.
enum class PlaneLattice { kOblique, kRectangular, kRhombic, kSquare, kHexagonal };

/// A symmetry operation x -> turn x + shift in fractional coordinates of a primitive basis.
struct PlaneOperation {
  Eigen::Matrix2i turn = Eigen::Matrix2i::Identity();
  Eigen::Vector2d shift = Eigen::Vector2d::Zero();  ///< in [0, 1)
};

/// All groups in the order of the enumeration.
const std::array<WallpaperGroup, kWallpaperGroups>& wallpaper_groups();

/// Short name: "p1" ... "p6m".
std::string_view name_of(WallpaperGroup group);

PlaneLattice lattice_of(WallpaperGroup group);

/// Operations modulo lattice translations, the identity first.
///
/// The basis is primitive: rhombic with |a| = |b| for cm and cmm, at 120 degrees for the hexagonal
/// groups; the mirror lines of pm and pmg and the glide lines of pg are normal to a. Shifts are 0
/// or 1/2.
///
/// Source: International Tables for Crystallography A (2016), doi:10.1107/97809553602060000114,
/// section 2.2; cm and cmm are transformed to a primitive basis.
std::vector<PlaneOperation> operations_of(WallpaperGroup group);

/// Whether every pattern of `group` has the operations of `part` too on the same lattice
/// (part is a translationengleiche subgroup); true for part == group.
///
/// Source: International Tables for Crystallography A1, plane groups, maximal t-subgroups.
bool contains(WallpaperGroup group, WallpaperGroup part);

}  // namespace foray::scattering
