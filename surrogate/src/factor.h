#pragma once

#include <Eigen/Core>

namespace foray::surrogate::detail {

/// A lower Cholesky factor and the jitter that it took.
struct Factor {
  Eigen::MatrixXd lower;  ///< n x n, zero above the diagonal.
  double jitter = 0;      ///< added to every diagonal element.
};

/// Factorises a symmetric matrix given by its lower triangle. Where a pivot is not safely positive,
/// jitter of 1e-12, 1e-11 .. 1e-4 times `scale` is tried.
/// @param scale  the size of a diagonal element, > 0.
/// @param threads  >= 1; here and below the result does not depend on it, bit for bit.
/// @throws std::runtime_error naming `where` and likely causes when the largest jitter fails.
Factor factorise(Eigen::MatrixXd matrix, double scale, const char* where, int threads = 1);

/// Replaces a lower triangular matrix by its inverse, N^3 / 3 flops in level-3 operations.
void invert_lower(Eigen::Ref<Eigen::MatrixXd> lower, int threads = 1);

/// Replaces a lower triangular L by the lower triangle of L^T L, N^3 / 3 flops.
void transpose_times_lower(Eigen::Ref<Eigen::MatrixXd> lower, int threads = 1);

}  // namespace foray::surrogate::detail
