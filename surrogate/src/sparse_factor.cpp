#include "sparse_factor.h"

#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

using Cholesky = Eigen::SimplicialLLT<Eigen::SparseMatrix<double>, Eigen::Lower>;

// Safely positive: rounding of the pivots is far below them.
bool succeeded(const Cholesky& cholesky, double scale) {
  if (cholesky.info() != Eigen::Success) return false;
  const Eigen::SparseMatrix<double> lower = cholesky.matrixL();
  const double least = lower.diagonal().minCoeff();
  return least * least > 1e-14 * scale;
}

}  // namespace

SparseFactor::SparseFactor(const Eigen::SparseMatrix<double>& matrix, double scale,
                           const char* where) {
  Cholesky cholesky;
  cholesky.analyzePattern(matrix);
  for (int attempt = 0;; ++attempt) {
    cholesky.setShift(jitter_);
    cholesky.factorize(matrix);
    if (succeeded(cholesky, scale)) break;
    if (attempt > 8)
      throw std::runtime_error(std::string(where) +
                               ": the covariance is singular: the same point twice without noise, "
                               "or a kernel far too smooth for the data");
    jitter_ = scale * std::pow(10, attempt - 12);
  }
  lower_ = cholesky.matrixL();
  lower_.makeCompressed();
  const auto& indices = cholesky.permutationP().indices();
  place_.assign(indices.data(), indices.data() + indices.size());
  log_determinant_ = 2 * lower_.diagonal().array().log().sum();
}

SparseFactor::Workspace::Workspace(const SparseFactor& factor, Index columns)
    : values_(MatrixXd::Zero(columns, factor.size())),
      seen_(static_cast<std::size_t>(factor.size()), 0) {}

SparseFactor::Half SparseFactor::half(const std::vector<Index>& rows,
                                      const Eigen::Ref<const MatrixXd>& values,
                                      Workspace& work) const {
  const int* outer = lower_.outerIndexPtr();
  const int* inner = lower_.innerIndexPtr();
  const double* entries = lower_.valuePtr();
  Half result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    int row = place_[static_cast<std::size_t>(rows[i])];
    work.values_.col(row) = values.col(static_cast<Index>(i));
    // Up the elimination tree: the parent of a column is its first row below the diagonal.
    while (work.seen_[static_cast<std::size_t>(row)] == 0) {
      work.seen_[static_cast<std::size_t>(row)] = 1;
      result.rows.push_back(row);
      if (outer[row] + 1 == outer[row + 1]) break;
      row = inner[outer[row] + 1];
    }
  }
  std::sort(result.rows.begin(), result.rows.end());
  result.values.resize(values.rows(), static_cast<Index>(result.rows.size()));
  const Index m = values.rows();
  double* all = work.values_.data();
  VectorXd solved(m);
  for (std::size_t r = 0; r < result.rows.size(); ++r) {
    const int row = result.rows[r];
    solved.head(m) = work.values_.col(row) / entries[outer[row]];  // Never resizes.
    result.values.col(static_cast<Index>(r)) = solved;
    // All the time goes here: plain loops, as the columns are short.
    if (m == 1) {
      const double one = solved(0);
      for (int p = outer[row] + 1; p < outer[row + 1]; ++p) all[inner[p]] -= entries[p] * one;
      continue;
    }
    for (int p = outer[row] + 1; p < outer[row + 1]; ++p)
      for (Index c = 0; c < m; ++c) all[inner[p] * m + c] -= entries[p] * solved(c);
  }
  for (const int row : result.rows) {
    work.values_.col(row).setZero();
    work.seen_[static_cast<std::size_t>(row)] = 0;
  }
  return result;
}

MatrixXd SparseFactor::half(const Eigen::Ref<const MatrixXd>& b) const {
  MatrixXd h(b.rows(), b.cols());
  for (Index i = 0; i < b.rows(); ++i) h.row(place_[static_cast<std::size_t>(i)]) = b.row(i);
  lower_.triangularView<Eigen::Lower>().solveInPlace(h);
  return h;
}

VectorXd SparseFactor::back(const Eigen::Ref<const VectorXd>& h) const {
  VectorXd solved = h;
  lower_.transpose().triangularView<Eigen::Upper>().solveInPlace(solved);
  VectorXd result(h.size());
  for (Index i = 0; i < h.size(); ++i) result(i) = solved(place_[static_cast<std::size_t>(i)]);
  return result;
}

// With Z the inverse in the factor's order and r the rows of column j below the diagonal,
// Z_rj = -Z_rr L_rj / L_jj and Z_jj = (1 / L_jj - Z_rj' L_rj) / L_jj. All of Z_rr is within the
// pattern of the factor: what one elimination fills is a clique.
VectorXd SparseFactor::inverse_diagonal() const {
  const int* outer = lower_.outerIndexPtr();
  const int* inner = lower_.innerIndexPtr();
  const double* entries = lower_.valuePtr();
  std::vector<double> inverse(static_cast<std::size_t>(lower_.nonZeros()));
  std::vector<int> place_below(static_cast<std::size_t>(size()), -1);
  VectorXd sum;
  for (Index j = size() - 1; j >= 0; --j) {
    const int first = outer[j] + 1;
    const int count = outer[j + 1] - first;
    for (int a = 0; a < count; ++a) place_below[static_cast<std::size_t>(inner[first + a])] = a;
    sum.setZero(count);
    for (int a = 0; a < count; ++a) {
      const int column = inner[first + a];
      for (int p = outer[column]; p < outer[column + 1]; ++p) {
        const int b = place_below[static_cast<std::size_t>(inner[p])];
        if (b < 0) continue;
        const double z = inverse[static_cast<std::size_t>(p)];
        sum(b) += z * entries[first + a];
        if (b != a) sum(a) += z * entries[first + b];
      }
    }
    const double pivot = entries[outer[j]];
    double diagonal = 1 / pivot;
    for (int a = 0; a < count; ++a) {
      const double z = -sum(a) / pivot;
      inverse[static_cast<std::size_t>(first) + static_cast<std::size_t>(a)] = z;
      diagonal -= z * entries[first + a];
      place_below[static_cast<std::size_t>(inner[first + a])] = -1;
    }
    inverse[static_cast<std::size_t>(outer[j])] = diagonal / pivot;
  }
  VectorXd result(size());
  for (Index i = 0; i < size(); ++i)
    result(i) = inverse[static_cast<std::size_t>(outer[place_[static_cast<std::size_t>(i)]])];
  return result;
}

MatrixXd products(const SparseFactor::Half& a, const SparseFactor::Half& b) {
  MatrixXd sum = MatrixXd::Zero(a.values.rows(), b.values.rows());
  std::size_t j = 0;
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    while (j < b.rows.size() && b.rows[j] < a.rows[i]) ++j;
    if (j == b.rows.size()) break;
    if (b.rows[j] == a.rows[i])
      sum.noalias() +=
          a.values.col(static_cast<Index>(i)) * b.values.col(static_cast<Index>(j)).transpose();
  }
  return sum;
}

}  // namespace foray::surrogate::detail
