#pragma once

#include "factor.h"
#include "foray/surrogate/gp.h"

namespace foray::surrogate {

/// What a Gp shares between copies. N counts data and pending points, n data alone.
struct Gp::State {
  GpOptions options;
  Hyperparameters hyperparameters;
  Eigen::MatrixXd x;      ///< d x N.
  Eigen::MatrixXd rows;   ///< N x d, over lengthscales.
  Eigen::VectorXd y;      ///< n.
  Eigen::VectorXd noise;  ///< N, without nugget.
  Eigen::MatrixXd lower;  ///< N x N factor of covariance plus noise, nugget and jitter.
  Eigen::MatrixXd half;   ///< n x 2: lower^-1 [y - shift, 1].
  Eigen::VectorXd alpha;  ///< n: (covariance + noise)^-1 (y - mean).
  double shift = 0;       ///< sample mean of y, taken off before any product.
  double mean = 0;        ///< the constant in use.
  double jitter = 0;
  double lml = 0;

  [[nodiscard]] Eigen::Index count() const { return y.size(); }

  /// Fills half, alpha, mean and lml from y and the factor.
  void solve();
};

namespace detail {

/// Checks data of make_gp, fit_gp and append; `where` begins the messages.
void check_data(const char* where, const Eigen::Ref<const Eigen::MatrixXd>& x,
                const Eigen::Ref<const Eigen::VectorXd>& y,
                const Eigen::Ref<const Eigen::VectorXd>& noise);

/// Checks hyperparameters for d coordinates.
void check_hyperparameters(const char* where, const Hyperparameters& h, Eigen::Index d);

/// The mean that the options ask for, less `shift`; half = lower^-1 [y - shift, 1].
double centred_mean(const GpOptions& options, double shift, const Eigen::MatrixXd& half);

/// Covariance plus noise, nugget: lower triangle.
Eigen::MatrixXd noisy_covariance(const GpOptions& options, const Hyperparameters& h,
                                 const Eigen::MatrixXd& rows,
                                 const Eigen::Ref<const Eigen::VectorXd>& noise);

}  // namespace detail

}  // namespace foray::surrogate
