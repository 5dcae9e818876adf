#include "group_settings.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace foray::classifier {
namespace {

using scattering::PlaneOperation;
using scattering::WallpaperGroup;

double in_cell(double value) {
  const double rest = value - std::floor(value);
  return rest > 0.999 ? 0 : rest;
}

std::vector<Eigen::Matrix2i> changes_of_basis() {
  std::vector<Eigen::Matrix2i> changes;
  for (int code = 0; code < 81; ++code) {
    Eigen::Matrix2i change;
    change << code % 3 - 1, code / 3 % 3 - 1, code / 9 % 3 - 1, code / 27 - 1;
    if (std::abs(change.determinant()) == 1) changes.push_back(change);
  }
  return changes;
}

const PlaneOperation* find_turn(const std::vector<PlaneOperation>& operations,
                                const Eigen::Matrix2i& turn) {
  const auto found = std::find_if(operations.begin(), operations.end(),
                                  [&](const auto& one) { return one.turn == turn; });
  return found == operations.end() ? nullptr : &*found;
}

// Whether b becomes a by moving the origin by quarters of the cell.
bool same_but_origin(const std::vector<PlaneOperation>& a, const std::vector<PlaneOperation>& b) {
  for (int k = 0; k < 16; ++k) {
    const int across = k % 4;
    const int down = k / 4;
    const Eigen::Vector2d origin(0.25 * across, 0.25 * down);
    const bool same = std::all_of(b.begin(), b.end(), [&](const PlaneOperation& one) {
      const PlaneOperation* other = find_turn(a, one.turn);
      if (other == nullptr) return false;
      Eigen::Vector2d shift = one.shift + origin - one.turn.cast<double>() * origin - other->shift;
      shift = shift.unaryExpr(&in_cell);
      return shift.maxCoeff() < 0.01;
    });
    if (same) return true;
  }
  return false;
}

std::vector<PlaneOperation> changed(const std::vector<PlaneOperation>& operations,
                                    const Eigen::Matrix2i& change) {
  // The inverse of an integer matrix of determinant +-1.
  Eigen::Matrix2i inverse;
  inverse << change(1, 1), -change(0, 1), -change(1, 0), change(0, 0);
  inverse *= change.determinant();
  std::vector<PlaneOperation> result;
  for (const PlaneOperation& one : operations) {
    PlaneOperation next;
    next.turn = inverse * one.turn * change;
    next.shift = (inverse.cast<double>() * one.shift).unaryExpr(&in_cell);
    result.push_back(next);
  }
  return result;
}

// Subsets of the operations that are groups: closures of one or two of them.
std::vector<std::vector<int>> subgroups_of(const std::vector<PlaneOperation>& operations) {
  const auto count = static_cast<int>(operations.size());
  const auto product = [&](int a, int b) {
    const Eigen::Matrix2i turn = operations[a].turn * operations[b].turn;
    return static_cast<int>(find_turn(operations, turn) - operations.data());
  };
  std::vector<std::vector<int>> all;
  for (int a = 0; a < count; ++a) {
    for (int b = a; b < count; ++b) {
      std::vector<int> members = {0};
      for (std::size_t k = 0; k < members.size(); ++k) {
        for (const int generator : {a, b}) {
          const int next = product(generator, members[k]);
          if (std::find(members.begin(), members.end(), next) == members.end()) {
            members.push_back(next);
          }
        }
      }
      std::sort(members.begin(), members.end());
      const bool whole = static_cast<int>(members.size()) == count;
      if (!whole && std::find(all.begin(), all.end(), members) == all.end()) all.push_back(members);
    }
  }
  return all;
}

std::vector<std::vector<int>> maximal(const std::vector<std::vector<int>>& sets) {
  std::vector<std::vector<int>> result;
  for (const auto& one : sets) {
    const bool within = std::any_of(sets.begin(), sets.end(), [&](const auto& other) {
      return other.size() > one.size() &&
             std::includes(other.begin(), other.end(), one.begin(), one.end());
    });
    if (!within) result.push_back(one);
  }
  return result;
}

}  // namespace

std::vector<GroupSetting> all_settings() {
  std::vector<GroupSetting> settings;
  const auto changes = changes_of_basis();
  for (const WallpaperGroup group : scattering::wallpaper_groups()) {
    const auto standard = scattering::operations_of(group);
    for (const Eigen::Matrix2i& change : changes) {
      GroupSetting setting;
      setting.group = group;
      setting.operations = changed(standard, change);
      const bool known = std::any_of(settings.begin(), settings.end(), [&](const auto& other) {
        return other.group == group && same_but_origin(other.operations, setting.operations);
      });
      if (known) continue;
      setting.parts = maximal(subgroups_of(setting.operations));
      settings.push_back(setting);
    }
  }
  return settings;
}

double stretch_of(const Eigen::Matrix2i& turn, const Eigen::Matrix2d& basis) {
  // The operation in Cartesian coordinates; its singular values are 1 for an isometry.
  const Eigen::Matrix2d map = basis * turn.cast<double>() * basis.inverse();
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(map.transpose() * map,
                                                              Eigen::EigenvaluesOnly);
  return std::max(std::sqrt(solver.eigenvalues()(1)) - 1,
                  1 - std::sqrt(std::max(solver.eigenvalues()(0), 0.0)));
}

}  // namespace foray::classifier
