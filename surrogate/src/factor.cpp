#include "factor.h"

#include <Eigen/Cholesky>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace foray::surrogate::detail {

namespace {

// Below this size the recursions end in Eigen's own loops; measured on AVX-512, flat from 32 to 96.
constexpr Eigen::Index kBase = 48;

bool try_factorise(Eigen::MatrixXd& matrix, double scale) {
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> llt(matrix);
  if (llt.info() != Eigen::Success) return false;
  // A pivot within rounding of zero passes LLT and gives a factor without meaning: rounding errors
  // of a pivot are bounded by about n eps times the diagonal (Higham 2002, Theorem 10.7).
  const double floor =
      2.0 * static_cast<double>(matrix.rows()) * std::numeric_limits<double>::epsilon() * scale;
  return matrix.diagonal().array().square().minCoeff() > floor;
}

}  // namespace

Factor factorise(Eigen::MatrixXd matrix, double scale, const char* where) {
  const Eigen::MatrixXd original = matrix;
  Factor factor;
  double relative = 0;
  while (!try_factorise(matrix, scale)) {
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

void invert_lower(Eigen::Ref<Eigen::MatrixXd> lower) {
  const Eigen::Index n = lower.rows();
  if (n <= kBase) {
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
    lower.triangularView<Eigen::Lower>().solveInPlace(inverse);
    lower = inverse;
    return;
  }
  const Eigen::Index h = n / 2;
  const Eigen::Index t = n - h;
  invert_lower(lower.topLeftCorner(h, h));
  invert_lower(lower.bottomRightCorner(t, t));
  // [A 0; B C]^-1 has -C^-1 B A^-1 in the corner.
  const Eigen::MatrixXd product =
      lower.bottomLeftCorner(t, h) * lower.topLeftCorner(h, h).triangularView<Eigen::Lower>();
  lower.bottomLeftCorner(t, h).noalias() =
      -(lower.bottomRightCorner(t, t).triangularView<Eigen::Lower>() * product);
}

void transpose_times_lower(Eigen::Ref<Eigen::MatrixXd> lower) {
  const Eigen::Index n = lower.rows();
  if (n <= kBase) {
    const Eigen::MatrixXd copy = lower.triangularView<Eigen::Lower>();
    lower.noalias() = copy.transpose() * copy;
    return;
  }
  const Eigen::Index h = n / 2;
  const Eigen::Index t = n - h;
  // [A 0; B C]^T [A 0; B C] = [A'A + B'B, .; C'B, C'C].
  transpose_times_lower(lower.topLeftCorner(h, h));
  const Eigen::MatrixXd corner = lower.bottomLeftCorner(t, h);
  lower.topLeftCorner(h, h).selfadjointView<Eigen::Lower>().rankUpdate(corner.transpose());
  lower.bottomLeftCorner(t, h).noalias() =
      lower.bottomRightCorner(t, t).triangularView<Eigen::Lower>().transpose() * corner;
  transpose_times_lower(lower.bottomRightCorner(t, t));
}

}  // namespace foray::surrogate::detail
