#include "neighbour_cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::VectorXd;

NeighbourCells::NeighbourCells(Eigen::MatrixXd scaled)
    : scaled_(std::move(scaled)), axes_(static_cast<int>(std::min<Index>(3, scaled_.rows()))) {
  const Index n = scaled_.cols();
  std::vector<Key> keys(static_cast<std::size_t>(n));
  for (Index j = 0; j < n; ++j) keys[static_cast<std::size_t>(j)] = key_of(scaled_.col(j), 0);
  sorted_.resize(keys.size());
  std::iota(sorted_.begin(), sorted_.end(), Index{0});
  std::stable_sort(sorted_.begin(), sorted_.end(), [&](Index a, Index b) {
    return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
  });
  for (std::size_t begin = 0; begin < sorted_.size();) {
    const Key key = keys[static_cast<std::size_t>(sorted_[begin])];
    std::size_t end = begin;
    while (end < sorted_.size() && keys[static_cast<std::size_t>(sorted_[end])] == key) ++end;
    cells_[key] = {begin, end};
    begin = end;
  }
}

// Twenty-one bits an axis; `shift` counts through the neighbouring cells, three an axis. Cells that
// are so far apart that their keys are alike are told apart by the distance.
NeighbourCells::Key NeighbourCells::key_of(const Eigen::Ref<const VectorXd>& at, int shift) const {
  constexpr Key kMask = (Key{1} << 21) - 1;
  Key key = 0;
  for (int i = 0; i < axes_; ++i) {
    const auto cell = static_cast<std::int64_t>(std::floor(at(i))) + shift % 3;
    key = (key << 21) | (static_cast<Key>(cell) & kMask);
    shift /= 3;
  }
  return key;
}

NeighbourCells::Neighbours NeighbourCells::near(const Eigen::Ref<const VectorXd>& at) const {
  std::vector<std::pair<Index, double>> found;
  const int count = axes_ == 1 ? 3 : axes_ == 2 ? 9 : 27;
  const VectorXd corner = at.array() - 1;
  for (int shift = 0; shift < count; ++shift) {
    const auto cell = cells_.find(key_of(corner, shift));
    if (cell == cells_.end()) continue;
    for (std::size_t i = cell->second.begin; i < cell->second.end; ++i) {
      const double r2 = (scaled_.col(sorted_[i]) - at).squaredNorm();
      if (r2 < 1) found.emplace_back(sorted_[i], r2);
    }
  }
  std::sort(found.begin(), found.end());
  Neighbours near;
  for (const auto& [index, r2] : found) {
    near.index.push_back(index);
    near.r2.push_back(r2);
  }
  return near;
}

}  // namespace foray::surrogate::detail
