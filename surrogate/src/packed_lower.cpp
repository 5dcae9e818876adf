#include "packed_lower.h"

#include <algorithm>
#include <array>

#include "foray/common/parallel.h"
#include "tile.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// So many groups of kWide columns are solved together, so that a row of tiles that has been fetched
// serves all of them; with N = 1000 they fill three quarters of a cache of 1 MiB.
constexpr Index kGroups = 4;

Index rows_of_tiles(Index size) { return (size + kNarrow - 1) / kNarrow; }

// Where the tiles of a row begin.
Index begin_of(Index row) { return kNarrow * kNarrow * (row * (row + 1) / 2); }

// One group, as rows of kWide numbers, is solved in its place; `sums` += their squares.
void solve_row(Index row, const double* tiles, double* group, double* sums) {
  alignas(64) std::array<double, kNarrow * kWide> product{};
  alignas(64) std::array<double, kNarrow * kWide> rest{};
  const Index before = row * kNarrow;
  multiply_tile(before, group, tiles, product.data());
  double* own = group + before * kWide;
  for (Index i = 0; i < kNarrow * kWide; ++i)
    rest[static_cast<std::size_t>(i)] = own[i] - product[static_cast<std::size_t>(i)];
  multiply_tile(kNarrow, rest.data(), tiles + before * kNarrow, own);
  for (Index j = 0; j < kNarrow; ++j)
    for (Index w = 0; w < kWide; ++w) sums[w] += own[j * kWide + w] * own[j * kWide + w];
}

}  // namespace

PackedLower::PackedLower(const Eigen::Ref<const MatrixXd>& lower, int threads)
    : size_(lower.rows()), tiles_(static_cast<std::size_t>(begin_of(rows_of_tiles(lower.rows())))) {
  constexpr Index kRowsAtOnce = 8;
  const Index rows = rows_of_tiles(size_);
  parallel_for((rows + kRowsAtOnce - 1) / kRowsAtOnce, threads, [&](std::int64_t part) {
    const Index first = static_cast<Index>(part) * kRowsAtOnce;
    for (Index row = first; row < std::min(rows, first + kRowsAtOnce); ++row) {
      const Index begin = row * kNarrow;
      const Index count = std::min(kNarrow, size_ - begin);
      double* to = tiles_.data() + begin_of(row);
      for (Index k = 0; k < begin; ++k, to += kNarrow)
        std::copy_n(lower.col(k).data() + begin, count, to);  // Rows beyond the last stay zero.
      MatrixXd inverse = MatrixXd::Identity(count, count);
      lower.block(begin, begin, count, count).triangularView<Eigen::Lower>().solveInPlace(inverse);
      for (Index k = 0; k < count; ++k, to += kNarrow)
        std::copy_n(inverse.col(k).data(), count, to);
    }
  });
}

VectorXd PackedLower::squared_lengths(const Eigen::Ref<const MatrixXd>& columns) const {
  const Index rows = rows_of_tiles(size_);
  const Index length = rows * kNarrow * kWide;
  VectorXd sums(columns.cols());
  VectorXd groups(kGroups * length);
  for (Index begin = 0; begin < columns.cols(); begin += kGroups * kWide) {
    const Index count = std::min(kGroups * kWide, columns.cols() - begin);
    const Index used = (count + kWide - 1) / kWide;
    groups.setZero();
    for (Index c = 0; c < count; ++c) {
      double* to = groups.data() + c / kWide * length + c % kWide;
      for (Index i = 0; i < size_; ++i) to[i * kWide] = columns(i, begin + c);
    }
    std::array<double, kGroups * kWide> squares{};
    for (Index row = 0; row < rows; ++row)
      for (Index g = 0; g < used; ++g)
        solve_row(row, tiles_.data() + begin_of(row), groups.data() + g * length,
                  squares.data() + g * kWide);
    std::copy_n(squares.data(), count, sums.data() + begin);
  }
  return sums;
}

}  // namespace foray::surrogate::detail
