// Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, MIT Press, chapter 5.
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <utility>

#include "bounds.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_node.h"

namespace foray::surrogate {

void validate(const GpOptions& options) {
  require(std::isfinite(options.fixed_mean), "GpOptions: fixed_mean must be finite");
  require(options.path_features >= 16, "GpOptions: path_features must be >= 16");
  require(options.block >= 1, "GpOptions: block must be >= 1");
  require(options.threads >= 1, "GpOptions: threads must be >= 1");
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

void check_hyperparameters(const char* where, const Hyperparameters& h, const Kernel& kernel) {
  const std::string place(where);
  const auto& parameters = kernel.parameters();
  const auto count = static_cast<Eigen::Index>(parameters.size());
  if (h.kernel.size() != count) {
    std::ostringstream message;
    message << place << ": expected " << count << " kernel parameters (";
    for (Eigen::Index p = 0; p < count; ++p)
      message << (p > 0 ? ", " : "") << parameters[static_cast<std::size_t>(p)].name;
    message << "), got " << h.kernel.size();
    require(false, message.str());
  }
  for (Eigen::Index p = 0; p < count; ++p) {
    const KernelParameter& parameter = parameters[static_cast<std::size_t>(p)];
    const double value = h.kernel(p);
    const bool positive = is_positive(parameter.kind);
    if (std::isfinite(value) && (value > 0 || !positive)) continue;
    std::ostringstream message;
    message << place << ": " << parameter.name << " must be finite" << (positive ? " and > 0" : "")
            << ", got " << value;
    require(false, message.str());
  }
  require(std::isfinite(h.nugget) && h.nugget >= 0, place + ": nugget must be finite and >= 0");
}

Eigen::MatrixXd mean_basis(MeanKind kind, const Eigen::Ref<const Eigen::MatrixXd>& x) {
  const Eigen::Index d = kind == MeanKind::kLinear ? x.rows() : 0;
  Eigen::MatrixXd basis = Eigen::MatrixXd::Ones(x.cols(), 1 + d);
  basis.rightCols(d) = (x.topRows(d).array() - 0.5).transpose();
  return basis;
}

Eigen::VectorXd mean_coefficients(const GpOptions& options, double shift, double sample_mean,
                                  const Eigen::MatrixXd& half) {
  const Eigen::Index p = half.cols() - 1;
  if (options.mean == MeanKind::kFixed)
    return Eigen::VectorXd::Constant(1, options.fixed_mean - shift);
  if (options.mean == MeanKind::kSampleMean)
    return Eigen::VectorXd::Constant(1, sample_mean - shift);
  // Rasmussen & Williams eq. 2.43 without a prior on the coefficients; for a constant
  // 1' K^-1 y / 1' K^-1 1.
  if (p == 1)
    return Eigen::VectorXd::Constant(1, half.col(1).dot(half.col(0)) / half.col(1).squaredNorm());
  return half.rightCols(p).completeOrthogonalDecomposition().solve(half.col(0));
}

Eigen::MatrixXd half_solved(const GpOptions& options, const Eigen::Ref<const Eigen::MatrixXd>& x,
                            const Eigen::Ref<const Eigen::VectorXd>& y,
                            const Eigen::Ref<const Eigen::MatrixXd>& lower) {
  const Eigen::MatrixXd basis = mean_basis(options.mean, x);
  Eigen::MatrixXd half(y.size(), 1 + basis.cols());
  half << y, basis;
  lower.triangularView<Eigen::Lower>().solveInPlace(half);
  return half;
}

Eigen::MatrixXd noisy_covariance(const Kernel& kernel, const Hyperparameters& h,
                                 const Placed& points,
                                 const Eigen::Ref<const Eigen::VectorXd>& noise, int threads) {
  Eigen::MatrixXd k = lower_covariance(kernel, h.kernel, points, true, threads);
  k.diagonal().array() += noise.array() + h.nugget;
  return k;
}

void add_shared(Eigen::MatrixXd& covariance, const Eigen::MatrixXd& shared) {
  if (shared.cols() > 0) covariance.selfadjointView<Eigen::Lower>().rankUpdate(shared);
}

namespace {

// The derivatives of the likelihood in the features of each point, which a covariance of two points
// has in either of them: as it is symmetric, twice those in one.
Eigen::MatrixXd feature_gradient(const Kernel& kernel, const Hyperparameters& h,
                                 const Placed& points, const Eigen::VectorXd& alpha,
                                 const Eigen::MatrixXd& inverse, int threads) {
  const Eigen::Index n = points.count;
  Eigen::MatrixXd moves = Eigen::MatrixXd::Zero(kernel.features(), n);
  parallel_for((n + kColumns - 1) / kColumns, n < kWorthThreads ? 1 : threads, [&](std::int64_t c) {
    const Eigen::Index begin = static_cast<Eigen::Index>(c) * kColumns;
    Eigen::ArrayXd weight(n);
    for (Eigen::Index j = begin; j < std::min(n, begin + kColumns); ++j) {
      weight.head(j) = -inverse.row(j).head(j).transpose().array();
      weight.tail(n - j) = -inverse.col(j).tail(n - j).array();
      weight += alpha(j) * alpha.array();
      kernel.root().add_moves(h.kernel, {points, 0, n, points, j, true}, weight, moves.col(j));
    }
  });
  return moves;
}

// 1/2 tr((alpha alpha' - K^-1) dK), eq. 5.9; `inverse` holds the lower triangle of K^-1. Sums of
// blocks of columns are added in their order, so that threads change no bit.
Eigen::VectorXd likelihood_gradient(const Kernel& kernel, const Hyperparameters& h,
                                    const Placed& points, const Eigen::VectorXd& alpha,
                                    const Eigen::MatrixXd& inverse, int threads) {
  const Eigen::Index n = points.count;
  const Eigen::Index parameters = h.kernel.size();
  const Eigen::Index blocks = (n + kColumns - 1) / kColumns;
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(parameters, blocks);
  parallel_for(blocks, n < kWorthThreads ? 1 : threads, [&](std::int64_t c) {
    const Eigen::Index begin = static_cast<Eigen::Index>(c) * kColumns;
    Eigen::ArrayXd weight(n - begin);
    for (Eigen::Index j = begin; j < std::min(n, begin + kColumns); ++j) {
      const Eigen::Index m = n - j;
      auto column = weight.head(m);
      column = alpha(j) * alpha.tail(m).array() - inverse.col(j).tail(m).array();
      column(0) *= 0.5;  // Below the diagonal each pair stands for two.
      kernel.root().add_gradient(h.kernel, {points, j, m, points, j, true}, column,
                                 sums.col(begin / kColumns));
    }
  });
  Eigen::VectorXd gradient(parameters + 1);
  gradient.head(parameters) = sums.rowwise().sum();
  if (kernel.features() > 0)
    kernel.root().pull_back(h.kernel, points,
                            feature_gradient(kernel, h, points, alpha, inverse, threads),
                            gradient.head(parameters));
  gradient(parameters) = 0.5 * (alpha.squaredNorm() - inverse.trace());
  return gradient;
}

// What each of the wanted hyperparameters does to the values as they are explained, dK alpha: a row
// each.
Eigen::MatrixXd moved_values(const Kernel& kernel, const Hyperparameters& h, const Placed& points,
                             const Eigen::VectorXd& alpha, const std::vector<Eigen::Index>& wanted,
                             int threads) {
  const Eigen::Index n = points.count;
  const Eigen::Index parameters = h.kernel.size();
  Eigen::MatrixXd moved(static_cast<Eigen::Index>(wanted.size()), n);
  parallel_for((n + kColumns - 1) / kColumns, n < kWorthThreads ? 1 : threads, [&](std::int64_t c) {
    const Eigen::Index begin = static_cast<Eigen::Index>(c) * kColumns;
    Eigen::VectorXd all(parameters + 1);
    for (Eigen::Index j = begin; j < std::min(n, begin + kColumns); ++j) {
      all.setZero();
      kernel.root().add_gradient(h.kernel, {points, 0, n, points, j, true}, alpha.array(),
                                 all.head(parameters));
      all(parameters) = alpha(j);
      moved.col(j) = all(wanted);
    }
  });
  return moved;
}

// Half of the products of K^-1 with moved values; the mean taken out where the data choose it.
// `half` as of half_solved.
Eigen::MatrixXd average_information(const Eigen::MatrixXd& moved, const Factor& factor,
                                    const Eigen::MatrixXd& half, const GpOptions& options) {
  Eigen::MatrixXd white = moved.transpose();
  factor.lower.triangularView<Eigen::Lower>().solveInPlace(white);
  if (options.mean == MeanKind::kGeneralisedLeastSquares || options.mean == MeanKind::kLinear) {
    const Eigen::MatrixXd basis = half.rightCols(half.cols() - 1);
    white -= basis * basis.completeOrthogonalDecomposition().solve(white);
  }
  return 0.5 * (white.transpose() * white);
}

}  // namespace

Evidence evidence(const Observations& data, const Hyperparameters& hyperparameters,
                  const GpOptions& options, const Asked& asked, ValuesForBounds& values) {
  const GpOptions own = options_for(options, data);
  if (!has_bounds(data))
    return evidence(data.x, data.y, data.noise, data.shared, hyperparameters, own, asked);
  values = values_for_bounds(data, hyperparameters, own, values);
  Asked of_values = asked;
  of_values.above -= values.log_correction;
  // The derivative by the sites is zero where expectation propagation has converged, so that of
  // the values in place of the bounds is the whole gradient.
  Evidence result =
      evidence(data.x, values.y, values.noise, data.shared, hyperparameters, own, of_values);
  result.value += values.log_correction;
  return result;
}

Evidence evidence(const Eigen::Ref<const Eigen::MatrixXd>& x,
                  const Eigen::Ref<const Eigen::VectorXd>& y,
                  const Eigen::Ref<const Eigen::VectorXd>& noise, const Eigen::MatrixXd& shared,
                  const Hyperparameters& hyperparameters, const GpOptions& options,
                  const Asked& asked) {
  constexpr const char* kWhere = "log_marginal_likelihood";
  check_data(kWhere, x, y, noise);
  validate(options);
  const Kernel kernel(options.kernel, x.rows());
  check_hyperparameters(kWhere, hyperparameters, kernel);
  const Eigen::Index n = y.size();
  const Placed points = place(kernel, hyperparameters.kernel, x);
  Factor factor = factorise(
      [&] {
        Eigen::MatrixXd k =
            noisy_covariance(kernel, hyperparameters, points, noise, options.threads);
        add_shared(k, shared);
        return k;
      },
      std::nullopt, kWhere, options.threads);

  const double shift = y.mean();
  const Eigen::MatrixXd half = half_solved(options, x, (y.array() - shift).matrix(), factor.lower);
  Eigen::VectorXd alpha = half.col(0) - half.rightCols(half.cols() - 1) *
                                            mean_coefficients(options, shift, shift, half);
  Evidence result;
  result.jitter = factor.jitter;
  result.value = -0.5 * alpha.squaredNorm() - factor.lower.diagonal().array().log().sum() -
                 0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi);
  if (!asked.gradient || !(result.value > asked.above)) return result;
  factor.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(alpha);
  if (!asked.information.empty())
    result.information = average_information(
        moved_values(kernel, hyperparameters, points, alpha, asked.information, options.threads),
        factor, half, options);
  invert_lower(factor.lower, options.threads);
  transpose_times_lower(factor.lower, options.threads);
  result.gradient =
      likelihood_gradient(kernel, hyperparameters, points, alpha, factor.lower, options.threads);
  return result;
}

}  // namespace detail

Likelihood log_marginal_likelihood(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                   const Eigen::Ref<const Eigen::VectorXd>& y,
                                   const Eigen::Ref<const Eigen::VectorXd>& noise_variance,
                                   const Hyperparameters& hyperparameters, const GpOptions& options,
                                   bool with_gradient) {
  detail::Evidence found =
      detail::evidence(x, y, noise_variance, {}, hyperparameters, options, {with_gradient});
  return {found.value, std::move(found.gradient), found.jitter};
}

Likelihood log_marginal_likelihood(const Observations& data, const Hyperparameters& hyperparameters,
                                   const GpOptions& options, bool with_gradient) {
  check_observations("log_marginal_likelihood", data);
  validate(options);
  detail::ValuesForBounds values;
  detail::Evidence found =
      detail::evidence(data, hyperparameters, options, {with_gradient}, values);
  return {found.value, std::move(found.gradient), found.jitter};
}

}  // namespace foray::surrogate
