#include "factor.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "foray/common/parallel.h"
#include "product.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Block = Eigen::Ref<MatrixXd>;

// Below these sizes the recursions end in Eigen's own loops: for the inverse measured on AVX-512,
// flat from 32 to 96; for the factor the size of Eigen's own blocks.
constexpr Index kBase = 48;
constexpr Index kFactorBase = 128;
// From here on a step is done in two halves, which two threads may share, and with products of our
// own, which are quicker than Eigen's then. It depends on the size alone: whoever does them, the
// halves are the same.
constexpr Index kHalves = 256;

// Both of two independent pieces of work, each with half of the threads.
template <typename First, typename Second>
void both(Index size, int threads, const First& first, const Second& second) {
  const int each = size < kHalves ? 1 : std::max(1, threads / 2);
  parallel_for(2, size < kHalves ? 1 : threads,
               [&](std::int64_t i) { i == 0 ? first(each) : second(each); });
}

// Replaces rows by rows L^-T.
void solve_from_right(Block rows, const Eigen::Ref<const MatrixXd>& lower) {
  const Index n = lower.rows();
  if (n <= kBase) {
    lower.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(rows);
    return;
  }
  const Index h = n / 2;
  Block first = rows.leftCols(h);
  Block second = rows.rightCols(n - h);
  solve_from_right(first, lower.topLeftCorner(h, h));
  add_product(second, -1, view(first), view(lower.bottomLeftCorner(n - h, h)).transposed());
  solve_from_right(second, lower.bottomRightCorner(n - h, n - h));
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
  both(
      n, threads, [&](int) { solve_from_right(corner.topRows(q), top); },
      [&](int) { solve_from_right(corner.bottomRows(t - q), top); });
  const View upper = view(corner.topRows(q));
  const View lower = view(corner.bottomRows(t - q));
  constexpr Triangles kLower{false, false, false, true};
  both(
      n, threads,
      [&](int) {
        add_product(rest.topLeftCorner(q, q), -1, upper, upper.transposed(), kLower);
        add_product(rest.bottomRightCorner(t - q, t - q), -1, lower, lower.transposed(), kLower);
      },
      [&](int) { add_product(rest.bottomLeftCorner(t - q, q), -1, lower, upper.transposed()); });
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

Factor factorise(const std::function<MatrixXd()>& make, const std::optional<double>& given,
                 const char* where, int threads) {
  Factor factor;
  factor.lower = make();
  const double scale = given ? *given : factor.lower.diagonal().mean();
  double relative = 0;
  while (!try_factorise(factor.lower, scale, threads)) {
    relative = relative == 0 ? 1e-12 : relative * 10;
    if (!(relative < 2e-4)) {
      std::ostringstream message;
      message << where << ": the covariance of " << factor.lower.rows()
              << " points is singular even with jitter 1e-4 of its diagonal; likely causes: "
                 "repeated points without noise, lengthscales far larger than the spread of the "
                 "points, or hyperparameters that overflow; give the noise variance or allow a "
                 "larger nugget";
      throw std::runtime_error(message.str());
    }
    factor.lower = make();
    factor.jitter = relative * scale;
    factor.lower.diagonal().array() += factor.jitter;
  }
  return factor;
}

Factor factorise(const MatrixXd& matrix, double scale, const char* where, int threads) {
  return factorise([&] { return MatrixXd(matrix.triangularView<Eigen::Lower>()); }, scale, where,
                   threads);
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
  if (n < kHalves) {
    const MatrixXd small = corner * top.triangularView<Eigen::Lower>();
    corner.noalias() = rest.triangularView<Eigen::Lower>() * small;
    corner *= -1;
    return;
  }
  MatrixXd product = MatrixXd::Zero(t, h);
  const Index row = t / 2;
  const auto times_top = [&](Index begin, Index count) {
    add_product(product.middleRows(begin, count), 1, view(corner.middleRows(begin, count)),
                view(top), {false, false, true, false});
  };
  both(
      n, threads, [&](int) { times_top(0, row); }, [&](int) { times_top(row, t - row); });
  const Index column = h / 2;
  const auto rest_times = [&](Index begin, Index count) {
    corner.middleCols(begin, count).setZero();
    add_product(corner.middleCols(begin, count), -1, view(rest),
                view(product.middleCols(begin, count)), {true, false, false, false});
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
        if (n < kHalves)
          top.selfadjointView<Eigen::Lower>().rankUpdate(corner.transpose());
        else
          add_product(top, 1, view(corner).transposed(), view(corner), {false, false, false, true});
      },
      [&](int each) {
        Block below = lower.bottomLeftCorner(t, h);
        if (n < kHalves) {
          below.noalias() = rest.triangularView<Eigen::Lower>().transpose() * corner;
        } else {
          below.setZero();
          add_product(below, 1, view(rest).transposed(), view(corner), {false, true, false, false});
        }
        transpose_times_lower(rest, each);
      });
}

}  // namespace foray::surrogate::detail
