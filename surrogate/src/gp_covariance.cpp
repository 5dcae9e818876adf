#include "foray/common/check.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_node.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// c(x, u) = k(x, u) - k(x, X) (K + V)^-1 k(X, u); `solved` holds the last two factors.
class GpCovarianceTo final : public CovarianceTo {
 public:
  GpCovarianceTo(Kernel kernel, Eigen::VectorXd theta, detail::Placed data,
                 detail::Placed references, MatrixXd solved)
      : kernel_(std::move(kernel)),
        theta_(std::move(theta)),
        data_(std::move(data)),
        references_(std::move(references)),
        solved_(std::move(solved)) {}

  [[nodiscard]] MatrixXd values(const Eigen::Ref<const MatrixXd>& x) const override {
    check(x);
    const detail::Placed at = detail::place(kernel_, theta_, x);
    MatrixXd result =
        detail::covariance(kernel_, theta_, references_, references_.count, at).transpose();
    result.noalias() -=
        detail::covariance(kernel_, theta_, data_, data_.count, at).transpose() * solved_;
    return result;
  }

  [[nodiscard]] MatrixXd with_gradient(const Eigen::Ref<const Eigen::VectorXd>& x) const override {
    check(x);
    const detail::Placed at = detail::place(kernel_, theta_, x);
    MatrixXd result = kernel_with_gradient(references_, at).transpose();
    // One pass over `solved` for the value and all derivatives.
    result.noalias() -= kernel_with_gradient(data_, at).transpose() * solved_;
    return result;
  }

 private:
  void check(const Eigen::Ref<const MatrixXd>& x) const {
    require(x.rows() == kernel_.dimension(),
            "CovarianceTo: the points have another dimension than the model");
    require_finite("CovarianceTo: x", x);
  }

  // k(x, p) and its gradient in x for all p: count x (1 + d).
  [[nodiscard]] MatrixXd kernel_with_gradient(const detail::Placed& points,
                                              const detail::Placed& at) const {
    MatrixXd result(points.count, 1 + kernel_.dimension());
    result.leftCols(1) = detail::covariance(kernel_, theta_, points, points.count, at);
    result.rightCols(kernel_.dimension()) = detail::slopes(kernel_, theta_, points, at, 0);
    return result;
  }

  Kernel kernel_;
  Eigen::VectorXd theta_;
  detail::Placed data_;
  detail::Placed references_;
  MatrixXd solved_;
};

}  // namespace

Posterior Gp::prior(const Eigen::Ref<const MatrixXd>& x) const {
  require(x.rows() == dimension(), "Gp::prior: the points have another dimension than the model");
  require_finite("Gp::prior: x", x);
  const State& s = *state_;
  return {s.mean_at(x),
          detail::variances(s.kernel, s.theta(), detail::place(s.kernel, s.theta(), x))};
}

std::unique_ptr<CovarianceTo> Gp::covariance_to(
    const Eigen::Ref<const MatrixXd>& references) const {
  require(references.rows() == dimension(),
          "Gp::covariance_to: the references have another dimension than the model");
  require_finite("Gp::covariance_to: references", references);
  const State& s = *state_;
  detail::Placed at = detail::place(s.kernel, s.theta(), references);
  MatrixXd solved = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(solved);
  s.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(solved);
  return std::make_unique<GpCovarianceTo>(s.kernel, s.theta(), s.placed, std::move(at),
                                          std::move(solved));
}

}  // namespace foray::surrogate
