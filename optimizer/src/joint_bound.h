#pragma once

#include "foray/common/random.h"
#include "joint_function.h"

namespace foray::optimizer {

/// The confidence bound of several points together: E max_i (mu_i + beta sqrt(pi / 2) |g_i|), with
/// g jointly normal around 0; of one point mu + beta sigma, for that is what E |g| makes of it. For
/// a minimum mu is negated. Wilson et al. (2017), arXiv:1712.00424, table 1, with their sqrt(beta)
/// for this beta.
///
/// Given fixed draws of those before it, what a point adds to the largest of them is known in
/// closed form, so that only these are drawn: one point gives the bound itself, and there is a
/// gradient everywhere. Made positive as the bound of one point is (build_optimum.cpp).
///
/// Refers to the model.
class JointBound final : public JointFunction {
 public:
  struct Scale {
    double reference = 0;
    double width = 1;  ///< > 0.
  };
  /// @param batch  most points at a time, >= 1.  @param floor  below it a variance is rounding, >
  /// 0.
  JointBound(const surrogate::Model& model, double beta, bool maximise, Scale scale,
             Eigen::Index batch, double floor, Rng& rng);

  /// The weights are to be alike. `log_gains` are of each point with those before it.
  [[nodiscard]] Together together(const Eigen::MatrixXd& x,
                                  const Eigen::VectorXd& log_weights) const override;
  [[nodiscard]] bool weighs() const override { return false; }

  /// The bound itself, of the first point, the first two and so on (q).
  [[nodiscard]] Eigen::VectorXd bounds(const Eigen::MatrixXd& x) const;

 private:
  struct Pass;
  [[nodiscard]] Pass pass(const JointMarginals& at, Eigen::Index points) const;

  const surrogate::Model& model_;
  double slope_;  // beta sqrt(pi / 2)
  double sign_;
  Scale scale_;
  double floor_;
  Eigen::MatrixXd base_;  // (batch - 1) x s base samples, for points that others come after.
};

}  // namespace foray::optimizer
