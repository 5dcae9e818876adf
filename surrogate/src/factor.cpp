#include "factor.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "foray/common/parallel.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Block = Eigen::Ref<MatrixXd>;

// Below these sizes the recursions end in Eigen's own loops: for the inverse measured on AVX-512,
// flat from 32 to 96; for the factor the size of Eigen's own blocks.
constexpr Index kBase = 48;
constexpr Index kFactorBase = 128;
// From here on a step is done in two halves, which two threads may share. It depends on the size
// alone: whoever does them, the halves are the same.
constexpr Index kHalves = 256;

// Both of two independent pieces of work, each with half of the threads.
template <typename First, typename Second>
void both(Index size, int threads, const First& first, const Second& second) {
  const int each = size < kHalves ? 1 : std::max(1, threads / 2);
  parallel_for(2, size < kHalves ? 1 : threads,
               [&](std::int64_t i) { i == 0 ? first(each) : second(each); });
}

// Cholesky factorisation in place; false where a pivot is not positive.
bool factorise_lower(Block matrix, int threads) {
  const Index n = matrix.rows();
  if (n <= kFactorBase) return Eigen::LLT<Block>(matrix).info() == Eigen::Success;
  const Index h = n / 2;
  const Index t = n - h;
  const Index q = t / 2;
  Block top = matrix.topLeftCorner(h, h);
  Block corner = matrix.bottomLeftCorner(t, h);
  Block rest = matrix.bottomRightCorner(t, t);
  if (!factorise_lower(top, threads)) return false;
  const auto solve = [&](const Block& rows) {
    top.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(rows);
  };
  both(
      n, threads, [&](int) { solve(corner.topRows(q)); },
      [&](int) { solve(corner.bottomRows(t - q)); });
  const auto upper = corner.topRows(q);
  const auto lower = corner.bottomRows(t - q);
  both(
      n, threads,
      [&](int) {
        rest.topLeftCorner(q, q).selfadjointView<Eigen::Lower>().rankUpdate(upper, -1);
        rest.bottomRightCorner(t - q, t - q).selfadjointView<Eigen::Lower>().rankUpdate(lower, -1);
      },
      [&](int) { rest.bottomLeftCorner(t - q, q).noalias() -= lower * upper.transpose(); });
  return factorise_lower(rest, threads);
}

bool try_factorise(MatrixXd& matrix, double scale, int threads) {
  if (!factorise_lower(matrix, threads)) return false;
  // A pivot within rounding of zero passes and gives a factor without meaning: rounding errors of a
  // pivot are bounded by about n eps times the diagonal (Higham 2002, Theorem 10.7).
  const double floor =
      2.0 * static_cast<double>(matrix.rows()) * std::numeric_limits<double>::epsilon() * scale;
  return matrix.diagonal().array().square().minCoeff() > floor;
}

}  // namespace

Factor factorise(MatrixXd matrix, double scale, const char* where, int threads) {
  const MatrixXd original = matrix;
  Factor factor;
  double relative = 0;
  while (!try_factorise(matrix, scale, threads)) {
    relative = relative == 0 ? 1e-12 : relative * 10;
    if (!(relative < 2e-4)) {
      std::ostringstream message;
      message << where << ": the covariance of " << matrix.rows()
              << " points is singular even with jitter 1e-4 of its diagonal; likely causes: "
                 "repeated points without noise, lengthscales far larger than the spread of the "
                 "points, or hyperparameters that overflow; give the noise variance or allow a "
                 "larger nugget";
      throw std::runtime_error(message.str());
    }
    matrix = original;
    factor.jitter = relative * scale;
    matrix.diagonal().array() += factor.jitter;
  }
  matrix.triangularView<Eigen::StrictlyUpper>().setZero();
  factor.lower = std::move(matrix);
  return factor;
}

void invert_lower(Block lower, int threads) {
  const Index n = lower.rows();
  if (n <= kBase) {
    MatrixXd inverse = MatrixXd::Identity(n, n);
    lower.triangularView<Eigen::Lower>().solveInPlace(inverse);
    lower = inverse;
    return;
  }
  const Index h = n / 2;
  const Index t = n - h;
  Block top = lower.topLeftCorner(h, h);
  Block corner = lower.bottomLeftCorner(t, h);
  Block rest = lower.bottomRightCorner(t, t);
  both(
      n, threads, [&](int each) { invert_lower(top, each); },
      [&](int each) { invert_lower(rest, each); });
  // [A 0; B C]^-1 has -C^-1 B A^-1 in the corner.
  MatrixXd product(t, h);
  const Index row = t / 2;
  const auto times_top = [&](Index begin, Index count) {
    product.middleRows(begin, count).noalias() =
        corner.middleRows(begin, count) * top.triangularView<Eigen::Lower>();
  };
  both(
      n, threads, [&](int) { times_top(0, row); }, [&](int) { times_top(row, t - row); });
  const Index column = h / 2;
  const auto rest_times = [&](Index begin, Index count) {
    corner.middleCols(begin, count).noalias() =
        rest.triangularView<Eigen::Lower>() * product.middleCols(begin, count);
    corner.middleCols(begin, count) *= -1;
  };
  both(
      n, threads, [&](int) { rest_times(0, column); },
      [&](int) { rest_times(column, h - column); });
}

void transpose_times_lower(Block lower, int threads) {
  const Index n = lower.rows();
  if (n <= kBase) {
    const MatrixXd copy = lower.triangularView<Eigen::Lower>();
    lower.noalias() = copy.transpose() * copy;
    return;
  }
  const Index h = n / 2;
  const Index t = n - h;
  // [A 0; B C]^T [A 0; B C] = [A'A + B'B, .; C'B, C'C]; the halves are equally much.
  const MatrixXd corner = lower.bottomLeftCorner(t, h);
  Block top = lower.topLeftCorner(h, h);
  Block rest = lower.bottomRightCorner(t, t);
  both(
      n, threads,
      [&](int each) {
        transpose_times_lower(top, each);
        top.selfadjointView<Eigen::Lower>().rankUpdate(corner.transpose());
      },
      [&](int each) {
        lower.bottomLeftCorner(t, h).noalias() =
            rest.triangularView<Eigen::Lower>().transpose() * corner;
        transpose_times_lower(rest, each);
      });
}

}  // namespace foray::surrogate::detail
