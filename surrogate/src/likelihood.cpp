// Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, MIT Press, chapter 5.
#include <cmath>
#include <numbers>
#include <sstream>

#include "bounds.h"
#include "foray/common/check.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_detail.h"

namespace foray::surrogate {

void validate(const GpOptions& options) {
  require(std::isfinite(options.fixed_mean), "GpOptions: fixed_mean must be finite");
  require(options.path_features >= 16, "GpOptions: path_features must be >= 16");
  require(options.block >= 1, "GpOptions: block must be >= 1");
}

namespace detail {

void check_data(const char* where, const Eigen::Ref<const Eigen::MatrixXd>& x,
                const Eigen::Ref<const Eigen::VectorXd>& y,
                const Eigen::Ref<const Eigen::VectorXd>& noise) {
  const auto refuse = [where](const auto&... parts) {
    std::ostringstream message;
    message << where << ": ";
    (message << ... << parts);
    require(false, message.str());
  };
  if (x.rows() < 1 || x.cols() < 1)
    refuse("expected at least one point of at least one coordinate, got ", x.rows(), " x ",
           x.cols());
  if (y.size() != x.cols()) refuse("x has ", x.cols(), " points but y has ", y.size(), " values");
  if (noise.size() != x.cols())
    refuse("x has ", x.cols(), " points but noise_variance has ", noise.size(), " values");
  const std::string place(where);
  require_finite(place + ": x", x);
  require_finite(place + ": y", y);
  require_finite(place + ": noise_variance", noise);
  Eigen::Index worst = 0;
  if (noise.minCoeff(&worst) < 0)
    refuse("noise_variance must be >= 0, got ", noise(worst), " at index ", worst);
}

void check_hyperparameters(const char* where, const Hyperparameters& h, Eigen::Index d) {
  const std::string place(where);
  if (h.lengthscales.size() != d) {
    std::ostringstream message;
    message << place << ": expected " << d << " lengthscales, got " << h.lengthscales.size();
    require(false, message.str());
  }
  require(std::isfinite(h.signal_variance) && h.signal_variance > 0,
          place + ": signal_variance must be finite and > 0");
  require_finite(place + ": lengthscales", h.lengthscales);
  require((h.lengthscales.array() > 0).all(), place + ": lengthscales must be > 0");
  require(std::isfinite(h.nugget) && h.nugget >= 0, place + ": nugget must be finite and >= 0");
}

double centred_mean(const GpOptions& options, double shift, const Eigen::MatrixXd& half) {
  switch (options.mean) {
    case MeanKind::kFixed:
      return options.fixed_mean - shift;
    case MeanKind::kSampleMean:
      return 0;
    case MeanKind::kGeneralisedLeastSquares:
      break;
  }
  // 1' K^-1 y / 1' K^-1 1, Rasmussen & Williams eq. 2.43 with one constant basis function.
  return half.col(1).dot(half.col(0)) / half.col(1).squaredNorm();
}

Eigen::MatrixXd noisy_covariance(const GpOptions& options, const Hyperparameters& h,
                                 const Eigen::MatrixXd& rows,
                                 const Eigen::Ref<const Eigen::VectorXd>& noise) {
  Eigen::MatrixXd k = lower_covariance(options.kernel, h.signal_variance, rows);
  k.diagonal().array() += noise.array() + h.nugget;
  return k;
}

namespace {

// 1/2 tr((alpha alpha' - K^-1) dK) for signal variance and lengthscales, eq. 5.9; `inverse` holds
// the lower triangle of K^-1.
Eigen::VectorXd likelihood_gradient(const GpOptions& options, const Hyperparameters& h,
                                    const Eigen::MatrixXd& rows, const Eigen::VectorXd& alpha,
                                    const Eigen::MatrixXd& inverse) {
  const Eigen::Index n = rows.rows();
  const Eigen::Index d = rows.cols();
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(d + 2);
  const double trace = alpha.squaredNorm() - inverse.trace();
  double signal = 0.5 * trace;  // Correlation 1 on the diagonal.
  Eigen::ArrayXd distance(n);
  Eigen::ArrayXd value(n);
  for (Eigen::Index j = 0; j + 1 < n; ++j) {
    const Eigen::Index m = n - j - 1;
    auto r2 = distance.head(m);
    auto work = value.head(m);
    detail::squared_distances(rows, j + 1, rows, j, r2);
    const auto weight =
        alpha(j) * alpha.tail(m).array() - inverse.col(j).tail(m).array();  // twice the half
    work = r2;
    detail::to_correlation(options.kernel, work);
    signal += (weight * work).sum();
    detail::to_slope(options.kernel, r2);
    r2 *= weight;
    // d k / d l_i = s2 (-k'(r) / r) difference_i^2 / l_i^3, differences here over l_i.
    for (Eigen::Index i = 0; i < d; ++i)
      gradient(1 + i) += (r2 * (rows.col(i).tail(m).array() - rows(j, i)).square()).sum();
  }
  gradient(0) = signal;
  gradient.segment(1, d).array() *= h.signal_variance / h.lengthscales.array();
  gradient(d + 1) = 0.5 * trace;
  return gradient;
}

}  // namespace

Likelihood log_marginal_likelihood(const Observations& data, const Hyperparameters& hyperparameters,
                                   const GpOptions& options, bool with_gradient,
                                   ValuesForBounds& values) {
  const GpOptions own = options_for(options, data);
  if (!has_bounds(data))
    return surrogate::log_marginal_likelihood(data.x, data.y, data.noise, hyperparameters, own,
                                              with_gradient);
  values = values_for_bounds(data, hyperparameters, own, values);
  // The derivative by the sites is zero where expectation propagation has converged, so that of
  // the values in place of the bounds is the whole gradient.
  Likelihood result = surrogate::log_marginal_likelihood(data.x, values.y, values.noise,
                                                         hyperparameters, own, with_gradient);
  result.value += values.log_correction;
  return result;
}

}  // namespace detail

Likelihood log_marginal_likelihood(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                   const Eigen::Ref<const Eigen::VectorXd>& y,
                                   const Eigen::Ref<const Eigen::VectorXd>& noise_variance,
                                   const Hyperparameters& hyperparameters, const GpOptions& options,
                                   bool with_gradient) {
  constexpr const char* kWhere = "log_marginal_likelihood";
  detail::check_data(kWhere, x, y, noise_variance);
  detail::check_hyperparameters(kWhere, hyperparameters, x.rows());
  validate(options);
  const Eigen::Index n = y.size();
  const Eigen::MatrixXd rows = detail::scaled_rows(hyperparameters, x);
  Eigen::MatrixXd k = detail::noisy_covariance(options, hyperparameters, rows, noise_variance);
  const double scale = k.diagonal().mean();
  detail::Factor factor = detail::factorise(std::move(k), scale, kWhere);

  const double shift = y.mean();
  Eigen::MatrixXd half(n, 2);
  half.col(0) = y.array() - shift;
  half.col(1).setOnes();
  factor.lower.triangularView<Eigen::Lower>().solveInPlace(half);
  const double mean = detail::centred_mean(options, shift, half);
  Eigen::VectorXd alpha = half.col(0) - mean * half.col(1);
  Likelihood result;
  result.jitter = factor.jitter;
  result.value = -0.5 * alpha.squaredNorm() - factor.lower.diagonal().array().log().sum() -
                 0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi);
  if (!with_gradient) return result;
  factor.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(alpha);
  detail::invert_lower(factor.lower);
  detail::transpose_times_lower(factor.lower);
  result.gradient =
      detail::likelihood_gradient(options, hyperparameters, rows, alpha, factor.lower);
  return result;
}

Likelihood log_marginal_likelihood(const Observations& data, const Hyperparameters& hyperparameters,
                                   const GpOptions& options, bool with_gradient) {
  check_observations("log_marginal_likelihood", data);
  detail::check_hyperparameters("log_marginal_likelihood", hyperparameters, data.x.rows());
  validate(options);
  detail::ValuesForBounds values;
  return detail::log_marginal_likelihood(data, hyperparameters, options, with_gradient, values);
}

}  // namespace foray::surrogate
