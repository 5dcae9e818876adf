#include "foray/common/check.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_detail.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// c(x, u) = k(x, u) - k(x, X) (K + V)^-1 k(X, u); `solved` holds the last two factors.
class GpCovarianceTo final : public CovarianceTo {
 public:
  GpCovarianceTo(KernelKind kernel, const Hyperparameters& h, MatrixXd rows, MatrixXd references,
                 MatrixXd solved)
      : kernel_(kernel),
        hyperparameters_(h),
        rows_(std::move(rows)),
        references_(std::move(references)),
        solved_(std::move(solved)) {}

  [[nodiscard]] MatrixXd values(const Eigen::Ref<const MatrixXd>& x) const override {
    check(x);
    const double signal = hyperparameters_.signal_variance;
    const MatrixXd rows = detail::scaled_rows(hyperparameters_, x);
    MatrixXd result = detail::covariance_of_rows(kernel_, signal, rows, references_);
    result.noalias() -=
        detail::covariance_of_rows(kernel_, signal, rows_, rows).transpose() * solved_;
    return result;
  }

  [[nodiscard]] MatrixXd with_gradient(const Eigen::Ref<const Eigen::VectorXd>& x) const override {
    check(x);
    const MatrixXd row = detail::scaled_rows(hyperparameters_, x);
    MatrixXd result = kernel_with_gradient(row, references_).transpose();
    // One pass over `solved` for the value and all derivatives.
    result.noalias() -= kernel_with_gradient(row, rows_).transpose() * solved_;
    return result;
  }

 private:
  void check(const Eigen::Ref<const MatrixXd>& x) const {
    require(x.rows() == hyperparameters_.lengthscales.size(),
            "CovarianceTo: the points have another dimension than the model");
    require_finite("CovarianceTo: x", x);
  }

  // k(x, p) and its gradient in x for all p: count x (1 + d).
  [[nodiscard]] MatrixXd kernel_with_gradient(const MatrixXd& row, const MatrixXd& points) const {
    const double signal = hyperparameters_.signal_variance;
    MatrixXd result(points.rows(), 1 + points.cols());
    auto value = result.col(0).array();
    detail::squared_distances(points, 0, row, 0, value);
    Eigen::ArrayXd slope = value;
    detail::to_correlation(kernel_, value);
    value *= signal;
    detail::to_slope(kernel_, slope);
    for (Index i = 0; i < points.cols(); ++i)
      result.col(1 + i) =
          signal / hyperparameters_.lengthscales(i) * slope * (points.col(i).array() - row(0, i));
    return result;
  }

  KernelKind kernel_;
  Hyperparameters hyperparameters_;
  MatrixXd rows_;
  MatrixXd references_;
  MatrixXd solved_;
};

}  // namespace

std::unique_ptr<CovarianceTo> Gp::covariance_to(
    const Eigen::Ref<const MatrixXd>& references) const {
  require(references.rows() == dimension(),
          "Gp::covariance_to: the references have another dimension than the model");
  require_finite("Gp::covariance_to: references", references);
  const State& s = *state_;
  MatrixXd rows = detail::scaled_rows(s.hyperparameters, references);
  MatrixXd solved =
      detail::covariance_of_rows(s.options.kernel, s.hyperparameters.signal_variance, s.rows, rows);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(solved);
  s.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(solved);
  return std::make_unique<GpCovarianceTo>(s.options.kernel, s.hyperparameters, s.rows,
                                          std::move(rows), std::move(solved));
}

}  // namespace foray::surrogate
