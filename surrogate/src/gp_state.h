#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "evidence.h"
#include "factor.h"
#include "foray/surrogate/gp.h"
#include "kernel_node.h"

namespace foray::surrogate {

/// What a Gp shares between copies. N counts data and pending points, n data alone.
struct Gp::State {
  State(Kernel of, GpOptions chosen, Hyperparameters values)
      : kernel(std::move(of)), options(std::move(chosen)), hyperparameters(std::move(values)) {}

  Kernel kernel;
  GpOptions options;
  Hyperparameters hyperparameters;
  Eigen::MatrixXd x;       ///< d x N.
  detail::Placed placed;   ///< the N points as the kernel wants them.
  Eigen::VectorXd y;       ///< n.
  Eigen::VectorXd noise;   ///< N, without nugget.
  Eigen::MatrixXd shared;  ///< n at most x g, as of Observations; empty: none.
  Eigen::MatrixXd lower;   ///< N x N factor of covariance plus noise, nugget and jitter.
  Eigen::MatrixXd half;    ///< n x (1 + p): lower^-1 [y - shift, basis of the mean].
  Eigen::VectorXd alpha;   ///< n: (covariance + noise)^-1 (y - mean).
  double shift = 0;        ///< about the mean of y, taken off before any product.
  Eigen::VectorXd beta;    ///< p coefficients of the mean, the shift taken off.
  double jitter = 0;
  double lml = 0;
  bool settled = true;  ///< whether bounds among the data were turned into values to the end.

  [[nodiscard]] Eigen::Index count() const { return y.size(); }
  [[nodiscard]] const Eigen::VectorXd& theta() const { return hyperparameters.kernel; }

  /// Fills half, alpha, beta and lml from y and the factor.
  void solve();

  /// The same once the last points, pending so far, have been measured.
  void solve_appended(const Eigen::Ref<const Eigen::VectorXd>& more);

  /// Alpha, beta and lml from half.
  void finish();

  /// A state with further points, pending.
  [[nodiscard]] std::shared_ptr<State> extended(const Eigen::Ref<const Eigen::MatrixXd>& more,
                                                const Eigen::Ref<const Eigen::VectorXd>& more_noise,
                                                const char* where) const;

  /// Calls `predict` for blocks of the columns of x: where a block begins, and its points.
  void for_blocks(const Eigen::Ref<const Eigen::MatrixXd>& x,
                  const std::function<void(Eigen::Index, const detail::Placed&)>& predict) const;

  /// The prior mean at the columns of x.
  [[nodiscard]] Eigen::VectorXd mean_at(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
};

namespace detail {

/// Checks data of make_gp, fit_gp and append; `where` begins the messages.
void check_data(const char* where, const Eigen::Ref<const Eigen::MatrixXd>& x,
                const Eigen::Ref<const Eigen::VectorXd>& y,
                const Eigen::Ref<const Eigen::VectorXd>& noise);

/// Checks hyperparameters for a kernel.
void check_hyperparameters(const char* where, const Hyperparameters& h, const Kernel& kernel);

/// What the prior mean is a linear combination of, at the columns of x: n x p.
Eigen::MatrixXd mean_basis(MeanKind kind, const Eigen::Ref<const Eigen::MatrixXd>& x);

/// The coefficients (p) that the options ask for, `shift` taken off the first;
/// half = lower^-1 [y - shift, basis], `sample_mean` that of y.
Eigen::VectorXd mean_coefficients(const GpOptions& options, double shift, double sample_mean,
                                  const Eigen::MatrixXd& half);

/// lower^-1 [y, basis].
Eigen::MatrixXd half_solved(const GpOptions& options, const Eigen::Ref<const Eigen::MatrixXd>& x,
                            const Eigen::Ref<const Eigen::VectorXd>& y,
                            const Eigen::Ref<const Eigen::MatrixXd>& lower);

/// Covariance plus noise, nugget: lower triangle.
Eigen::MatrixXd noisy_covariance(const Kernel& kernel, const Hyperparameters& h,
                                 const Placed& points,
                                 const Eigen::Ref<const Eigen::VectorXd>& noise, int threads = 1);

/// Adds errors that values share to the lower triangle of a covariance.
void add_shared(Eigen::MatrixXd& covariance, const Eigen::MatrixXd& shared);

/// The log marginal likelihood of values with shared errors; empty: none.
Evidence evidence(const Eigen::Ref<const Eigen::MatrixXd>& x,
                  const Eigen::Ref<const Eigen::VectorXd>& y,
                  const Eigen::Ref<const Eigen::VectorXd>& noise, const Eigen::MatrixXd& shared,
                  const Hyperparameters& hyperparameters, const GpOptions& options,
                  const Asked& asked);

}  // namespace detail

}  // namespace foray::surrogate
