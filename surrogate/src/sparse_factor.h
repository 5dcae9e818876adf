#pragma once

#include <Eigen/SparseCore>
#include <vector>

namespace foray::surrogate::detail {

/// A sparse Cholesky factor, rows and columns reordered: P A P' = L L'.
///
/// Source: Davis (2006), Direct Methods for Sparse Linear Systems, SIAM: elimination tree and reach
/// of a sparse right side, section 3.2 and chapter 4. The factorisation is Eigen's, the order that
/// of approximate minimum degree.
class SparseFactor {
 public:
  /// @param matrix  n x n, its lower triangle. Where it is not safely definite, jitter of 1e-12 ..
  ///                1e-4 times `scale` is added.
  /// @throws std::runtime_error naming `where` when the largest jitter fails.
  SparseFactor(const Eigen::SparseMatrix<double>& matrix, double scale, const char* where);

  /// lower^-1 P times sparse columns; only the rows that are not zero.
  struct Half {
    std::vector<int> rows;   ///< ascending.
    Eigen::MatrixXd values;  ///< m x rows: row r of the result is column r.
  };

  /// Memory that one thread uses again and again; zero between uses.
  class Workspace {
   public:
    Workspace(const SparseFactor& factor, Eigen::Index columns);

   private:
    friend class SparseFactor;
    Eigen::MatrixXd values_;  // m x n.
    std::vector<char> seen_;
  };

  /// @param rows  where the right sides are not zero.
  /// @param values  m x rows.size(): the right sides there.
  [[nodiscard]] Half half(const std::vector<Eigen::Index>& rows,
                          const Eigen::Ref<const Eigen::MatrixXd>& values, Workspace& work) const;

  /// lower^-1 P b, of dense columns.
  [[nodiscard]] Eigen::MatrixXd half(const Eigen::Ref<const Eigen::MatrixXd>& b) const;
  /// P' lower^-T h.
  [[nodiscard]] Eigen::VectorXd back(const Eigen::Ref<const Eigen::VectorXd>& h) const;

  /// The diagonal of the matrix' inverse, in its own order: the entries of the inverse where the
  /// factor has some, from the last column to the first, at a few times the cost of the factor and
  /// as much memory again.
  ///
  /// Source: Takahashi, Fagan, Chin (1973); Erisman & Tinney (1975), "On computing certain elements
  /// of the inverse of a sparse matrix", Communications of the ACM 18, 177.
  [[nodiscard]] Eigen::VectorXd inverse_diagonal() const;

  [[nodiscard]] Eigen::Index size() const { return lower_.rows(); }
  [[nodiscard]] Eigen::Index nonzeros() const { return lower_.nonZeros(); }
  [[nodiscard]] double log_determinant() const { return log_determinant_; }
  [[nodiscard]] double jitter() const { return jitter_; }

 private:
  Eigen::SparseMatrix<double> lower_;
  std::vector<int> place_;  // Of each row in the new order.
  double log_determinant_ = 0;
  double jitter_ = 0;
};

/// The product of columns of two halves: a.values times b.values', over the rows of both.
[[nodiscard]] Eigen::MatrixXd products(const SparseFactor::Half& a, const SparseFactor::Half& b);

}  // namespace foray::surrogate::detail
