// Goto & van de Geijn (2008), ACM Transactions on Mathematical Software 34:12, section 4: blocks of
// both factors are copied into the order in which tiles read them.
#include "product.h"

#include <algorithm>
#include <array>

#include "tile.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;

// Copied blocks of the first factor fill half of a cache of 1 MiB.
constexpr Index kDepth = 256;
constexpr Index kRows = 10 * kWide;

struct Range {
  Index begin = 0;
  Index end = 0;
  [[nodiscard]] Index size() const { return end - begin; }
};

// Rows of `from` in groups of kGroup, all columns of a group one after the other; rows beyond the
// last are zero.
template <Index kGroup>
void copy_rows(const View& from, const Range& rows, const Range& columns, double* to) {
  const Index depth = columns.size();
  for (Index row = rows.begin; row < rows.end; row += kGroup, to += kGroup * depth) {
    const Index count = std::min(kGroup, rows.end - row);
    const double* at = from.data + row * from.to_next_row + columns.begin * from.to_next_column;
    if (from.to_next_row == 1) {
      for (Index k = 0; k < depth; ++k)
        std::copy_n(at + k * from.to_next_column, count, to + k * kGroup);
    } else {
      for (Index i = 0; i < count; ++i)
        for (Index k = 0; k < depth; ++k)
          to[i + k * kGroup] = at[i * from.to_next_row + k * from.to_next_column];
    }
    for (Index k = 0; k < depth && count < kGroup; ++k)
      std::fill_n(to + count + k * kGroup, kGroup - count, 0.0);
  }
}

class BlockedProduct {
 public:
  BlockedProduct(const Eigen::Ref<Eigen::MatrixXd>& result, double factor,
                 const Triangles& triangles)
      : result_(result), factor_(factor), triangles_(triangles) {}

  // The part that the columns `depth` of the first factor make.
  void add(const View& first, const View& second, const Range& depth) {
    const Index m = result_.rows();
    const Index n = result_.cols();
    second_.resize(depth.size() * (n + kNarrow));
    copy_rows<kNarrow>(second.transposed(), {0, n}, depth, second_.data());
    for (Index row = 0; row < m; row += kRows) {
      const Range rows{row, std::min(m, row + kRows)};
      if (triangles_.first_is_lower && depth.begin >= rows.end) continue;
      if (triangles_.first_is_upper && depth.end <= rows.begin) continue;
      first_.resize(depth.size() * (rows.size() + kWide));
      copy_rows<kWide>(first, rows, depth, first_.data());
      for (Index j = 0; j < n; j += kNarrow)
        for (Index i = rows.begin; i < rows.end; i += kWide)
          add_tile(i, j, depth, first_.data() + (i - rows.begin) * depth.size(),
                   second_.data() + j * depth.size());
    }
  }

 private:
  void add_tile(Index i, Index j, const Range& depth, const double* wide, const double* narrow) {
    const Index rows = std::min(kWide, result_.rows() - i);
    const Index columns = std::min(kNarrow, result_.cols() - j);
    if (triangles_.result_is_lower && i + rows <= j) return;
    Index begin = depth.begin;
    if (triangles_.first_is_upper) begin = std::max(begin, i);
    if (triangles_.second_is_lower) begin = std::max(begin, j);
    const Index end = triangles_.first_is_lower ? std::min(depth.end, i + rows) : depth.end;
    if (begin >= end) return;
    alignas(64) std::array<double, kNarrow * kWide> tile{};
    multiply_tile(end - begin, wide + (begin - depth.begin) * kWide,
                  narrow + (begin - depth.begin) * kNarrow, tile.data());
    for (Index c = 0; c < columns; ++c) {
      const Index above = triangles_.result_is_lower ? std::max<Index>(0, j + c - i) : 0;
      double* to = &result_(i, j + c);
      for (Index r = above; r < rows; ++r)
        to[r] += factor_ * tile[static_cast<std::size_t>(c * kWide + r)];
    }
  }

  Eigen::Ref<Eigen::MatrixXd> result_;
  double factor_;
  Triangles triangles_;
  Eigen::VectorXd first_;
  Eigen::VectorXd second_;
};

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is written to.
void add_product(Eigen::Ref<Eigen::MatrixXd> result, double factor, const View& first,
                 const View& second, const Triangles& triangles) {
  BlockedProduct product(result, factor, triangles);
  for (Index begin = 0; begin < first.columns; begin += kDepth)
    product.add(first, second, {begin, std::min(first.columns, begin + kDepth)});
}

}  // namespace foray::surrogate::detail
