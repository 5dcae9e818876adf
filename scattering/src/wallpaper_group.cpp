#include "foray/scattering/wallpaper_group.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>

namespace foray::scattering {
namespace {

using Group = WallpaperGroup;
using Lattice = PlaneLattice;

PlaneOperation operation(int a, int b, int c, int d, double x = 0, double y = 0) {
  PlaneOperation result;
  result.turn << a, b, c, d;
  result.shift << x, y;
  return result;
}

struct Row {
  std::string_view name;
  Lattice lattice;
  std::vector<PlaneOperation> generators;
  std::vector<Group> parts;  // maximal t-subgroups
};

const std::array<Row, kWallpaperGroups>& rows() {
  const PlaneOperation half_turn = operation(-1, 0, 0, -1);
  const PlaneOperation quarter_turn = operation(0, -1, 1, 0);
  const PlaneOperation third_turn = operation(0, -1, 1, -1);
  const PlaneOperation mirror = operation(-1, 0, 0, 1);
  const PlaneOperation diagonal = operation(0, 1, 1, 0);
  const PlaneOperation other_diagonal = operation(0, -1, -1, 0);
  const PlaneOperation glide = operation(-1, 0, 0, 1, 0, 0.5);
  const PlaneOperation far_mirror = operation(-1, 0, 0, 1, 0.5, 0);
  const PlaneOperation far_glide = operation(-1, 0, 0, 1, 0.5, 0.5);
  static const std::array<Row, kWallpaperGroups> table = {{
      {"p1", Lattice::kOblique, {}, {}},
      {"p2", Lattice::kOblique, {half_turn}, {Group::kP1}},
      {"pm", Lattice::kRectangular, {mirror}, {Group::kP1}},
      {"pg", Lattice::kRectangular, {glide}, {Group::kP1}},
      {"cm", Lattice::kRhombic, {diagonal}, {Group::kP1}},
      {"pmm", Lattice::kRectangular, {half_turn, mirror}, {Group::kP2, Group::kPm}},
      {"pmg", Lattice::kRectangular, {half_turn, far_mirror}, {Group::kP2, Group::kPm, Group::kPg}},
      {"pgg", Lattice::kRectangular, {half_turn, far_glide}, {Group::kP2, Group::kPg}},
      {"cmm", Lattice::kRhombic, {half_turn, diagonal}, {Group::kP2, Group::kCm}},
      {"p4", Lattice::kSquare, {quarter_turn}, {Group::kP2}},
      {"p4m", Lattice::kSquare, {quarter_turn, mirror}, {Group::kP4, Group::kPmm, Group::kCmm}},
      {"p4g", Lattice::kSquare, {quarter_turn, far_glide}, {Group::kP4, Group::kPgg, Group::kCmm}},
      {"p3", Lattice::kHexagonal, {third_turn}, {Group::kP1}},
      {"p3m1", Lattice::kHexagonal, {third_turn, other_diagonal}, {Group::kP3, Group::kCm}},
      {"p31m", Lattice::kHexagonal, {third_turn, diagonal}, {Group::kP3, Group::kCm}},
      {"p6", Lattice::kHexagonal, {third_turn, half_turn}, {Group::kP2, Group::kP3}},
      {"p6m",
       Lattice::kHexagonal,
       {third_turn, half_turn, diagonal},
       {Group::kP6, Group::kP3m1, Group::kP31m, Group::kCmm}},
  }};
  return table;
}

const Row& row_of(Group group) { return rows()[static_cast<std::size_t>(group)]; }

double wrapped(double value) {
  const double rest = value - std::floor(value);
  return rest > 0.999 ? 0 : rest;
}

PlaneOperation product(const PlaneOperation& left, const PlaneOperation& right) {
  PlaneOperation result;
  result.turn = left.turn * right.turn;
  result.shift = left.turn.cast<double>() * right.shift + left.shift;
  result.shift = result.shift.unaryExpr(&wrapped);
  return result;
}

}  // namespace

const std::array<Group, kWallpaperGroups>& wallpaper_groups() {
  static const auto groups = [] {
    std::array<Group, kWallpaperGroups> all{};
    for (int k = 0; k < kWallpaperGroups; ++k) all.at(k) = static_cast<Group>(k);
    return all;
  }();
  return groups;
}

std::string_view name_of(Group group) { return row_of(group).name; }

PlaneLattice lattice_of(Group group) { return row_of(group).lattice; }

std::vector<PlaneOperation> operations_of(Group group) {
  std::vector<PlaneOperation> all = {PlaneOperation{}};
  // Closure: the list grows while it is walked; no plane group has more than 12 operations.
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (const PlaneOperation& generator : row_of(group).generators) {
      const PlaneOperation next = product(generator, all[k]);
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const auto& one) { return one.turn == next.turn; });
      if (!known) all.push_back(next);
    }
  }
  return all;
}

bool contains(Group group, Group part) {
  if (group == part) return true;
  const auto& parts = row_of(group).parts;
  return std::any_of(parts.begin(), parts.end(), [&](Group one) { return contains(one, part); });
}

}  // namespace foray::scattering
