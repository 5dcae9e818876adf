#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// What several points are worth together; larger is better. Immutable; const methods may be called
/// concurrently.
class JointFunction {
 public:
  virtual ~JointFunction() = default;

  struct Together {
    double value = 0;           ///< a logarithm, as a Term's is.
    Eigen::MatrixXd gradient;   ///< d x q, in the points.
    Eigen::VectorXd shares;     ///< q: derivative of the value by each log weight.
    Eigen::VectorXd log_gains;  ///< q: of each given those before it, without weights.
  };
  /// Of the columns of x in their order.
  /// @param log_weights  of each point, where `weighs`; else of all alike.
  [[nodiscard]] virtual Together together(const Eigen::MatrixXd& x,
                                          const Eigen::VectorXd& log_weights) const = 0;

  /// Whether points may count differently: it is a sum of what each adds to those before it.
  [[nodiscard]] virtual bool weighs() const = 0;
};

/// The joint posterior of several points through its factor, and the way back from derivatives.
class JointMarginals {
 public:
  /// @param floor  below it a variance is rounding, > 0.
  JointMarginals(const surrogate::Model& model, const Eigen::MatrixXd& x, double floor);

  [[nodiscard]] double mean(Eigen::Index i) const;
  [[nodiscard]] const Eigen::MatrixXd& factor() const { return factor_; }  ///< q x q, lower.

  /// d x q from derivatives by the means (q) and by the factor (its lower triangle).
  [[nodiscard]] Eigen::MatrixXd gradient(const Eigen::VectorXd& by_mean,
                                         const Eigen::MatrixXd& by_factor) const;

 private:
  std::vector<surrogate::PosteriorGradient> at_;
  std::vector<Eigen::MatrixXd> among_;  // One a point: (1 + d) x q, covariances and gradients.
  Eigen::MatrixXd factor_;
  bool floored_ = false;  // Of one point: nothing is known of its slope.
};

/// From the derivative by a lower Cholesky factor that by the covariance, symmetric. Murray (2016),
/// arXiv:1602.07527, eq. 10.
[[nodiscard]] Eigen::MatrixXd by_covariance(const Eigen::MatrixXd& factor,
                                            const Eigen::MatrixXd& by_factor);

}  // namespace foray::optimizer
