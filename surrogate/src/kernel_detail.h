#pragma once

#include <Eigen/Core>
#include <cmath>

#include "foray/surrogate/kernel.h"

namespace foray::surrogate::detail {

/// Points over lengthscales, transposed to n x d so that one coordinate of all points is
/// contiguous.
inline Eigen::MatrixXd scaled_rows(const Hyperparameters& h,
                                   const Eigen::Ref<const Eigen::MatrixXd>& x) {
  return x.transpose() * h.lengthscales.cwiseInverse().asDiagonal();
}

/// Squared scaled distances from row `j` of b to the rows begin.. of a.
template <typename Out>
void squared_distances(const Eigen::MatrixXd& a, Eigen::Index begin, const Eigen::MatrixXd& b,
                       Eigen::Index j, Out&& out) {
  const Eigen::Index count = a.rows() - begin;
  out = (a.col(0).tail(count).array() - b(j, 0)).square();
  for (Eigen::Index i = 1; i < a.cols(); ++i)
    out += (a.col(i).tail(count).array() - b(j, i)).square();
}

/// Replaces squared distances by correlations.
template <typename Array>
void to_correlation(KernelKind kind, Array&& r2) {
  switch (kind) {
    case KernelKind::kMatern12:
      r2 = (-r2.sqrt()).exp();
      return;
    case KernelKind::kMatern32: {
      r2 = (3.0 * r2).sqrt();
      r2 = (1.0 + r2) * (-r2).exp();
      return;
    }
    case KernelKind::kMatern52: {
      r2 = (5.0 * r2).sqrt();
      r2 = (1.0 + r2 + r2.square() / 3.0) * (-r2).exp();
      return;
    }
    case KernelKind::kSquaredExponential:
      r2 = (-0.5 * r2).exp();
      return;
  }
}

/// Replaces squared distances by -k'(r) / r, the factor of all derivatives in distances. For
/// Matern-1/2 it is infinite at r = 0, where the product with a difference of coordinates has no
/// limit; 0 is given there, the mean of the one-sided derivatives.
template <typename Array>
void to_slope(KernelKind kind, Array&& r2) {
  switch (kind) {
    case KernelKind::kMatern12:
      r2 = (r2 > 0.0).select((-r2.sqrt()).exp() * r2.max(1e-300).rsqrt(), 0.0);
      return;
    case KernelKind::kMatern32:
      r2 = 3.0 * (-(3.0 * r2).sqrt()).exp();
      return;
    case KernelKind::kMatern52:
      r2 = (5.0 * r2).sqrt();
      r2 = (5.0 / 3.0) * (1.0 + r2) * (-r2).exp();
      return;
    case KernelKind::kSquaredExponential:
      r2 = (-0.5 * r2).exp();
      return;
  }
}

/// signal variance times correlation between scaled rows: a.rows() x b.rows().
inline Eigen::MatrixXd covariance_of_rows(KernelKind kind, double signal_variance,
                                          const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd k(a.rows(), b.rows());
  for (Eigen::Index j = 0; j < b.rows(); ++j) {
    auto column = k.col(j).array();
    squared_distances(a, 0, b, j, column);
    to_correlation(kind, column);
    column *= signal_variance;
  }
  return k;
}

/// The lower triangle of the covariance of scaled rows with themselves; the upper one is zero.
inline Eigen::MatrixXd lower_covariance(KernelKind kind, double signal_variance,
                                        const Eigen::MatrixXd& rows) {
  const Eigen::Index n = rows.rows();
  Eigen::MatrixXd k = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    auto column = k.col(j).tail(n - j).array();
    squared_distances(rows, j, rows, j, column);
    to_correlation(kind, column);
    column *= signal_variance;
  }
  return k;
}

}  // namespace foray::surrogate::detail
