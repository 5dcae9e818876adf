#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace foray::surrogate::detail {

/// Finds the points within distance 1 of a place, by sorting points into cells of edge 1.
class NeighbourCells {
 public:
  /// @param scaled  d x n: coordinates over the lengthscales.
  explicit NeighbourCells(Eigen::MatrixXd scaled);

  struct Neighbours {
    std::vector<Eigen::Index> index;  ///< ascending.
    std::vector<double> r2;           ///< squared distances, < 1.
  };
  /// @param at  d scaled coordinates.
  [[nodiscard]] Neighbours near(const Eigen::Ref<const Eigen::VectorXd>& at) const;

  [[nodiscard]] const Eigen::MatrixXd& scaled() const { return scaled_; }

 private:
  using Key = std::uint64_t;
  [[nodiscard]] Key key_of(const Eigen::Ref<const Eigen::VectorXd>& at, int shift) const;

  Eigen::MatrixXd scaled_;
  int axes_;                          // That cells are made along: the first three at most.
  std::vector<Eigen::Index> sorted_;  // Points, cell by cell.
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  std::unordered_map<Key, Range> cells_;
};

}  // namespace foray::surrogate::detail
