#pragma once

#include <Eigen/Core>
#include <limits>
#include <memory>
#include <vector>

#include "fixed_draws.h"
#include "joint_function.h"
#include "terms.h"

namespace foray::optimizer {

/// What an improvement has to pass; larger is better, whatever is sought.
struct Standing {
  Eigen::MatrixXd points;  ///< d x f: measured or in flight, where f is not known exactly.
  std::vector<bool>
      counts;  ///< f: whether what it holds counts; else it is only taken into account.
  double bound = -std::numeric_limits<double>::infinity();  ///< a value that is known.
};

/// The improvement over what is known, in flight or measured with noise, that one point or several
/// together are expected to bring: E max(max_i f(x_i) - max(bound, max_k f(p_k)), 0), all of them
/// jointly normal.
///
/// What the points improve is the sum of what each adds to those before it,
/// (f(x_i) - max(bound, f(p), f(x_1) .. f(x_(i-1))))^+, and given fixed draws of what came before,
/// the expectation of that is known in closed form. So only what came before is drawn, nothing
/// underflows, and there is a gradient wherever one is asked for; of one point over a known bound
/// the closed form is all there is. Balandat et al. (2020), arXiv:1910.06403, take all from draws;
/// Ament et al. (2023), arXiv:2310.20708, smooth their maxima so that gradients do not vanish.
///
/// Refers to the model. Immutable; const methods may be called concurrently.
class JointImprovement final : public JointFunction {
 public:
  /// @param batch  most points at a time, >= 1.  @param floor  below it a variance is rounding, >
  /// 0.
  JointImprovement(const surrogate::Model& model, const Standing& standing, bool maximise,
                   Eigen::Index batch, double floor, Rng& rng);

  /// ln of the improvement that each column of x by itself is expected to bring.
  /// @param at  the model's marginals there.
  [[nodiscard]] Eigen::VectorXd log_values(const Eigen::MatrixXd& x,
                                           const surrogate::Posterior& at) const;

  /// Of the columns of x in their order.
  /// @param at  the model's marginals, one a column.  @param log_weights  of what each adds.
  [[nodiscard]] Together together(const Eigen::MatrixXd& x,
                                  const std::vector<surrogate::PosteriorGradient>& at,
                                  const Eigen::VectorXd& log_weights) const;
  /// The same, the marginals taken from the model.
  [[nodiscard]] Together together(const Eigen::MatrixXd& x,
                                  const Eigen::VectorXd& log_weights) const override;
  [[nodiscard]] bool weighs() const override { return true; }

 private:
  JointImprovement(const surrogate::Model& model, const Standing& standing, bool maximise,
                   double floor, const Eigen::MatrixXd& samples);
  struct Forward;
  [[nodiscard]] Eigen::Index samples_of(Eigen::Index points) const;
  [[nodiscard]] Forward forward(const Eigen::MatrixXd& x,
                                const std::vector<surrogate::PosteriorGradient>& at) const;
  [[nodiscard]] Eigen::MatrixXd backward(const std::vector<surrogate::PosteriorGradient>& at,
                                         const Forward& made, const Eigen::MatrixXd& share) const;

  const surrogate::Model& model_;
  double floor_;
  FixedDraws fixed_;
  Eigen::MatrixXd more_;  // (batch - 1) x s base samples, for points that others come after.
  Eigen::VectorXd best_;  // s: what is to be passed.
};

/// The improvement that one point is expected to bring.
class ImprovementTerm final : public Term {
 public:
  ImprovementTerm(std::size_t model, std::shared_ptr<const JointImprovement> improvement)
      : model_(model), improvement_(std::move(improvement)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t model_;
  std::shared_ptr<const JointImprovement> improvement_;
};

}  // namespace foray::optimizer
