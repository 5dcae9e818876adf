#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "foray/common/random.h"

namespace foray::surrogate {

/// Marginal posterior of the latent function at n points.
struct Posterior {
  Eigen::VectorXd mean;      ///< n means, in the units of the observable.
  Eigen::VectorXd variance;  ///< n variances of the latent function, >= 0, noise not included.
};

/// Posterior at one point with its gradients in x.
struct PosteriorGradient {
  double mean = 0;
  double variance = 0;
  Eigen::VectorXd mean_gradient;      ///< d values.
  Eigen::VectorXd variance_gradient;  ///< d values.
};

/// Joint posterior of the latent function at n points.
struct JointPosterior {
  Eigen::VectorXd mean;        ///< n.
  Eigen::MatrixXd covariance;  ///< n x n, symmetric, noise not included.
};

/// What each point of the data would be predicted to be from all others.
struct LeaveOneOut {
  Eigen::VectorXd mean;      ///< n, unit of y.
  Eigen::VectorXd variance;  ///< n, of the noisy value, unit of y squared.
  Eigen::VectorXd error;     ///< n, the value less that mean.
};

/// One function drawn from the posterior; the same function wherever it is evaluated.
class SamplePath {
 public:
  virtual ~SamplePath() = default;
  /// Values at the columns of x (d x n).
  [[nodiscard]] virtual Eigen::VectorXd evaluate(
      const Eigen::Ref<const Eigen::MatrixXd>& x) const = 0;
  /// Value at one point; sets `gradient` (d). The default differentiates `evaluate` numerically; a
  /// path that can do better overrides it.
  [[nodiscard]] virtual double evaluate_with_gradient(const Eigen::Ref<const Eigen::VectorXd>& x,
                                                      Eigen::VectorXd& gradient) const;
};

/// Posterior covariances between any points and fixed reference points.
class CovarianceTo {
 public:
  virtual ~CovarianceTo() = default;
  /// n x m: between the columns of x (d x n) and the m references.
  [[nodiscard]] virtual Eigen::MatrixXd values(
      const Eigen::Ref<const Eigen::MatrixXd>& x) const = 0;
  /// (1 + d) x m at one point: its covariances with the m references, and below each its gradient
  /// in x.
  [[nodiscard]] virtual Eigen::MatrixXd with_gradient(
      const Eigen::Ref<const Eigen::VectorXd>& x) const = 0;
};

/// What the optimizer sees of a surrogate: an immutable posterior over functions of d unit-cube
/// coordinates. Points are columns. Const methods may be called concurrently.
class Model {
 public:
  virtual ~Model() = default;

  /// Number of coordinates d.
  [[nodiscard]] virtual Eigen::Index dimension() const = 0;

  /// Marginals at the columns of x (d x n), in O(N n) memory for N data points.
  /// @throws std::invalid_argument on a wrong number of rows or a value that is not finite.
  [[nodiscard]] virtual Posterior predict(const Eigen::Ref<const Eigen::MatrixXd>& x) const = 0;

  /// The means of `predict` alone: for maps of many points, where a variance costs N times as much.
  [[nodiscard]] virtual Eigen::VectorXd predict_mean(
      const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// Marginals before any data, with the same hyperparameters: what the posterior returns to far
  /// from data. The default throws std::logic_error: a model may keep no prior.
  [[nodiscard]] virtual Posterior prior(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// Mean, variance and their gradients at one point.
  [[nodiscard]] virtual PosteriorGradient predict_with_gradient(
      const Eigen::Ref<const Eigen::VectorXd>& x) const = 0;

  /// Mean and full covariance at the columns of x.
  [[nodiscard]] virtual JointPosterior joint(const Eigen::Ref<const Eigen::MatrixXd>& x) const = 0;

  /// Posterior covariance between the latent values at the columns of a (d x n) and of b (d x m):
  /// n x m. The default takes it from `joint`; a model that can do better overrides it.
  [[nodiscard]] virtual Eigen::MatrixXd cross_covariance(
      const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b) const;

  /// Covariances to reference points (d x m), prepared once for many evaluations; the result refers
  /// to this model and must not outlive it. The default differentiates `cross_covariance`
  /// numerically; a model that can do better overrides it.
  [[nodiscard]] virtual std::unique_ptr<CovarianceTo> covariance_to(
      const Eigen::Ref<const Eigen::MatrixXd>& references) const;

  /// The model as it will be once the points in flight (columns of x) are measured: the mean is
  /// unchanged, the variance is what remains. `noise` is the variance expected at each of them.
  [[nodiscard]] virtual std::unique_ptr<Model> condition_on_pending(
      const Eigen::Ref<const Eigen::MatrixXd>& x,
      const Eigen::Ref<const Eigen::VectorXd>& noise) const = 0;

  /// Draws one function from the posterior.
  [[nodiscard]] virtual std::unique_ptr<SamplePath> draw_path(Rng& rng) const = 0;

  /// Predictions of each data point from the others, in their order; nothing from a model that
  /// cannot tell, as the default.
  [[nodiscard]] virtual std::optional<LeaveOneOut> left_out() const { return std::nullopt; }

  /// The models that this one averages over, each as likely as any other (see mixture_model.h);
  /// empty: it is one by itself.
  [[nodiscard]] virtual std::vector<std::shared_ptr<const Model>> members() const { return {}; }
};

}  // namespace foray::surrogate
