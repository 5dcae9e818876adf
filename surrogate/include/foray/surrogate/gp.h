#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/surrogate/kernel.h"
#include "foray/surrogate/model.h"
#include "foray/surrogate/observations.h"

namespace foray::surrogate {

/// The prior mean.
enum class MeanKind {
  /// The value that maximises the likelihood given the other hyperparameters (generalised least
  /// squares): many points in one corner do not pull it as they pull the sample mean.
  kGeneralisedLeastSquares,
  kSampleMean,  ///< the arithmetic mean of y; follows appended points.
  kFixed,       ///< `GpOptions::fixed_mean`.
  /// A constant plus a slope along each coordinate, by generalised least squares; where there are
  /// too few data for all of them, the smallest ones that fit.
  kLinear,
};

/// What is not learned.
struct GpOptions {
  // Behaviour.
  KernelSpec kernel = KernelKind::kMatern52;  ///< twice differentiable, as most properties are.
  MeanKind mean = MeanKind::kGeneralisedLeastSquares;
  double fixed_mean = 0;  ///< for kFixed, in the unit of y; finite.
  /// Random features of a sample path, >= 16. The prior part of a path has the kernel's covariance
  /// with a standard error of about signal variance / sqrt(path_features).
  int path_features = 1024;
  // Performance.
  Eigen::Index block = 288;  ///< columns predicted at a time, >= 1: bounds memory to N x block.
  int threads = 1;           ///< >= 1; results do not depend on it.
};

/// @throws std::invalid_argument naming the first field that is out of range.
void validate(const GpOptions& options);

/// Log marginal likelihood of data and its gradient, both in the natural (not logarithmic)
/// hyperparameters and in the unit of y.
struct Likelihood {
  double value = 0;          ///< includes -N/2 ln 2 pi.
  Eigen::VectorXd gradient;  ///< [kernel parameters, nugget]; empty if not asked for.
  double jitter = 0;         ///< variance that had to be added to the diagonal; 0 nearly always.
};

/// Log marginal likelihood, Rasmussen & Williams (2006) eq. 5.8, gradient eq. 5.9. The mean is
/// the option's; where it depends on the hyperparameters (generalised least squares) the
/// gradient is that of the likelihood with the mean at its best (the two agree, since the
/// derivative in the mean is zero there). O(N^3) once, O(N^2) for each hyperparameter.
///
/// @param x  d x n, n >= 1.
/// @param y  n values.
/// @param noise_variance  n values >= 0.
/// @throws std::invalid_argument on a shape mismatch, a value that is not finite or a negative
///         variance; std::runtime_error when the covariance stays singular with the largest jitter.
[[nodiscard]] Likelihood log_marginal_likelihood(
    const Eigen::Ref<const Eigen::MatrixXd>& x, const Eigen::Ref<const Eigen::VectorXd>& y,
    const Eigen::Ref<const Eigen::VectorXd>& noise_variance, const Hyperparameters& hyperparameters,
    const GpOptions& options, bool with_gradient);

/// The same of observations some of which may be bounds, by expectation propagation: for bounds
/// alone it approximates the logarithm of the probability that all of them hold.
/// @throws as above.
[[nodiscard]] Likelihood log_marginal_likelihood(const Observations& data,
                                                 const Hyperparameters& hyperparameters,
                                                 const GpOptions& options, bool with_gradient);

/// An exact Gaussian process with given hyperparameters: the posterior over functions of d
/// coordinates.
///
/// Immutable, cheap to copy (copies share what is computed). Const methods may be called
/// concurrently. Variances are of the latent function; the uncertainty of a constant mean that was
/// estimated is not added.
class Gp final : public Model {
 public:
  [[nodiscard]] Eigen::Index dimension() const override;
  [[nodiscard]] Posterior predict(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] Eigen::VectorXd predict_mean(
      const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  /// The mean in use and the kernel's variance, white noise left out.
  [[nodiscard]] Posterior prior(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Eigen::Ref<const Eigen::VectorXd>& x) const override;
  [[nodiscard]] JointPosterior joint(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] Eigen::MatrixXd cross_covariance(
      const Eigen::Ref<const Eigen::MatrixXd>& a,
      const Eigen::Ref<const Eigen::MatrixXd>& b) const override;
  /// O(N^2) for each reference once, then O(N) for each pair.
  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Eigen::Ref<const Eigen::MatrixXd>& references) const override;
  /// O(N^2) for each point. Points already pending stay so.
  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Eigen::Ref<const Eigen::MatrixXd>& x,
      const Eigen::Ref<const Eigen::VectorXd>& noise) const override;
  /// A path by pathwise conditioning: random Fourier features for the prior, the exact update for
  /// the data. Wilson et al. (2020), arXiv:2002.09309, eq. 12. At the data its distribution is
  /// exact; far from them its covariance has the standard error given at
  /// `GpOptions::path_features`.
  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override;

  /// The model with m more points measured, same hyperparameters: O(N^2) for each. Their errors are
  /// their own.
  /// @param x  d x m.  @param y  m values.  @param noise_variance  m values >= 0.
  /// @throws std::invalid_argument as make_gp; std::logic_error on a model with pending points.
  [[nodiscard]] Gp append(const Eigen::Ref<const Eigen::MatrixXd>& x,
                          const Eigen::Ref<const Eigen::VectorXd>& y,
                          const Eigen::Ref<const Eigen::VectorXd>& noise_variance) const;

  /// `count` draws from the joint posterior at the columns of x: n x count.
  [[nodiscard]] Eigen::MatrixXd sample(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                       Eigen::Index count, Rng& rng) const;

  /// Predictions of each data point from the others, the mean held. Rasmussen & Williams (2006)
  /// eq. 5.12. Pending points are left out.
  [[nodiscard]] LeaveOneOut leave_one_out() const;
  [[nodiscard]] std::optional<LeaveOneOut> left_out() const override { return leave_one_out(); }

  [[nodiscard]] double log_marginal_likelihood() const;  ///< of the data, pending left out.
  [[nodiscard]] const Hyperparameters& hyperparameters() const;
  [[nodiscard]] const Kernel& kernel() const;
  [[nodiscard]] const GpOptions& options() const;
  /// The mean before any data at the columns of x, unit of y.
  [[nodiscard]] Eigen::VectorXd prior_mean(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  [[nodiscard]] double prior_mean() const;  ///< the same in the middle of the unit cube.
  /// Variance added to the diagonal, beyond noise and nugget, to make the covariance definite;
  /// 0 nearly always.
  [[nodiscard]] double jitter() const;
  /// Whether expectation propagation converged for the bounds among the data; true without bounds.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] Eigen::Index data_count() const;  ///< n, pending points not counted.
  [[nodiscard]] Eigen::Index pending_count() const;
  [[nodiscard]] const Eigen::MatrixXd& data_x() const;      ///< d x (n + pending).
  [[nodiscard]] const Eigen::VectorXd& data_y() const;      ///< n.
  [[nodiscard]] Eigen::VectorXd cholesky_diagonal() const;  ///< of covariance plus noise.

 private:
  struct State;
  explicit Gp(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  static std::shared_ptr<State> make_state(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                           const Eigen::Ref<const Eigen::VectorXd>& y,
                                           const Eigen::Ref<const Eigen::VectorXd>& noise,
                                           const Eigen::Ref<const Eigen::MatrixXd>& shared,
                                           const Hyperparameters& hyperparameters,
                                           const GpOptions& options);
  friend Gp make_gp(const Observations&, const Hyperparameters&, const GpOptions&);
  friend Gp make_gp(const Eigen::Ref<const Eigen::MatrixXd>&,
                    const Eigen::Ref<const Eigen::VectorXd>&,
                    const Eigen::Ref<const Eigen::VectorXd>&, const Hyperparameters&,
                    const GpOptions&);
  // Shared by copies of one immutable model.
  std::shared_ptr<const State> state_;
};

/// The exact posterior of n >= 1 points with given hyperparameters.
///
/// @param x  d x n, finite.  @param y  n, finite.  @param noise_variance  n, >= 0.
/// @throws std::invalid_argument on a shape mismatch, a value that is not finite, a negative
///         variance, or invalid hyperparameters or options; std::runtime_error, with likely causes,
///         when the covariance stays singular with the largest jitter.
///
/// Source: Rasmussen & Williams (2006), Algorithm 2.1. Departs from it in adding jitter where the
/// factorisation fails, in multiples of the mean diagonal, so that it does not depend on units.
[[nodiscard]] Gp make_gp(const Eigen::Ref<const Eigen::MatrixXd>& x,
                         const Eigen::Ref<const Eigen::VectorXd>& y,
                         const Eigen::Ref<const Eigen::VectorXd>& noise_variance,
                         const Hyperparameters& hyperparameters, const GpOptions& options = {});

/// The same of observations some of which may be bounds: these enter as the Gaussian values that
/// expectation propagation finds for them, so that the model is a Gp like any other. A bound that
/// the other data satisfy by far says nothing; one that they contradict pulls.
///
/// Bounds are soft by their noise variance and the nugget: the noisy value lies beyond the bound.
/// @throws as above.
[[nodiscard]] Gp make_gp(const Observations& data, const Hyperparameters& hyperparameters,
                         const GpOptions& options = {});

}  // namespace foray::surrogate
