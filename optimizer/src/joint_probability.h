#pragma once

#include "foray/common/random.h"
#include "joint_function.h"

namespace foray::optimizer {

/// The probability that any of several points passes a bound: P(max_i f(x_i) > bound), all of them
/// jointly normal; below it for a minimum.
///
/// It is the sum of the probabilities that a point passes it and none before it does, each of which
/// is the mean, over draws of those before it from below the bound, of what is left in closed form:
/// so nothing underflows, one point gives the probability itself, and there is a gradient
/// everywhere. Genz (1992), doi:10.1080/10618600.1992.10477010, eq. 2. Wilson et al. (2017),
/// arXiv:1712.00424, smooth the step instead.
///
/// Refers to the model.
class JointProbability final : public JointFunction {
 public:
  /// @param batch  most points at a time, >= 1.  @param floor  below it a variance is rounding, >
  /// 0.
  JointProbability(const surrogate::Model& model, double bound, bool maximise, Eigen::Index batch,
                   double floor, Rng& rng);

  [[nodiscard]] Together together(const Eigen::MatrixXd& x,
                                  const Eigen::VectorXd& log_weights) const override;
  [[nodiscard]] bool weighs() const override { return true; }

 private:
  struct Pass;
  [[nodiscard]] Pass pass(const JointMarginals& at, Eigen::Index points) const;

  const surrogate::Model& model_;
  double bound_;  // Larger is better.
  double sign_;
  double floor_;
  Eigen::MatrixXd base_;  // (batch - 1) x s: ln of uniform samples, for points that others come
                          // after.
};

}  // namespace foray::optimizer
