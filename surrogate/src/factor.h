#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>

namespace foray::surrogate::detail {

/// A lower Cholesky factor and the jitter that it took.
struct Factor {
  Eigen::MatrixXd lower;  ///< n x n, zero above the diagonal.
  double jitter = 0;      ///< added to every diagonal element.
};

/// Factorises a symmetric matrix given by its lower triangle. Where a pivot is not safely positive,
/// jitter of 1e-12, 1e-11 .. 1e-4 times `scale` is tried.
/// @param make  the matrix, zero above the diagonal: asked for once nearly always, and again for
///        each jitter.
/// @param scale  the size of a diagonal element, > 0; empty: the mean of the diagonal.
/// @param threads  >= 1; here and below the result does not depend on it, bit for bit.
/// @throws std::runtime_error naming `where` and likely causes when the largest jitter fails.
Factor factorise(const std::function<Eigen::MatrixXd()>& make, const std::optional<double>& scale,
                 const char* where, int threads = 1);

/// The same of a matrix that exists; what is above its diagonal does not matter.
Factor factorise(const Eigen::MatrixXd& matrix, double scale, const char* where, int threads = 1);

/// Replaces a lower triangular matrix, zero above the diagonal, by its inverse, N^3 / 3 flops.
void invert_lower(Eigen::Ref<Eigen::MatrixXd> lower, int threads = 1);

/// Replaces a lower triangular L, zero above the diagonal, by the lower triangle of L^T L, N^3 / 3
/// flops; what is above it then has no meaning.
void transpose_times_lower(Eigen::Ref<Eigen::MatrixXd> lower, int threads = 1);

}  // namespace foray::surrogate::detail
