#pragma once

#include <Eigen/Core>
#include <vector>

namespace foray::surrogate::detail {

/// A lower triangular matrix L as many solves with it want it.
class PackedLower {
 public:
  /// @param lower  N x N, no zero on the diagonal; what is above it does not matter.
  /// @param threads  >= 1; the result does not depend on it.
  PackedLower(const Eigen::Ref<const Eigen::MatrixXd>& lower, int threads);

  /// The squared lengths of L^-1 times the columns (N x m): m numbers. Each depends on its own
  /// column alone, bit for bit.
  [[nodiscard]] Eigen::VectorXd squared_lengths(
      const Eigen::Ref<const Eigen::MatrixXd>& columns) const;

 private:
  Eigen::Index size_;
  // Row after row of tiles: all before the diagonal, then the inverse of the diagonal's.
  std::vector<double> tiles_;
};

}  // namespace foray::surrogate::detail
