// Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, MIT Press, chapters 2, 5.
#include "foray/surrogate/gp.h"

#include <cmath>
#include <numbers>
#include <optional>
#include <sstream>

#include "bounds.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "gp_state.h"
#include "kernel_node.h"
#include "packed_lower.h"

namespace foray::surrogate {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

// From so many on the factor is worth packing, which takes as long as to solve for about forty.
constexpr Index kManyPoints = 128;

void check_points(const char* where, Index dimension, const Ref<const MatrixXd>& x) {
  if (x.rows() != dimension) {
    std::ostringstream message;
    message << where << ": expected points of " << dimension << " coordinates, got " << x.rows();
    require(false, message.str());
  }
  require_finite(where, x);
}

// The factor of [K, k; k', s] from that of K: `cross` is k (N x m), `corner` is s (m x m).
MatrixXd extend_factor(const MatrixXd& lower, MatrixXd cross, MatrixXd corner, double scale,
                       double& jitter, const char* where) {
  const Index n = lower.rows();
  const Index m = corner.rows();
  lower.triangularView<Eigen::Lower>().solveInPlace(cross);
  corner.noalias() -= cross.transpose() * cross;
  detail::Factor tail = detail::factorise(corner, scale, where);
  jitter = std::max(jitter, tail.jitter);
  MatrixXd extended(n + m, n + m);
  extended.topLeftCorner(n, n) = lower;  // Zero above the diagonal too.
  extended.topRightCorner(n, m).setZero();
  extended.bottomLeftCorner(m, n) = cross.transpose();
  extended.bottomRightCorner(m, m) = tail.lower;
  return extended;
}

}  // namespace

void Gp::State::solve() {
  const Index n = count();
  shift = y.mean();
  half = detail::half_solved(options, x.leftCols(n), (y.array() - shift).matrix(),
                             lower.topLeftCorner(n, n));
  finish();
}

void Gp::State::solve_appended(const Ref<const VectorXd>& more) {
  const Index n = count();
  const Index m = more.size();
  MatrixXd rows(m, half.cols());
  rows << (more.array() - shift).matrix(), detail::mean_basis(options.mean, x.rightCols(m));
  // Forward substitution goes on where it ended.
  rows.noalias() -= lower.bottomLeftCorner(m, n) * half;
  lower.bottomRightCorner(m, m).triangularView<Eigen::Lower>().solveInPlace(rows);
  half.conservativeResize(n + m, Eigen::NoChange);
  half.bottomRows(m) = rows;
  y.conservativeResize(n + m);
  y.tail(m) = more;
  finish();
}

void Gp::State::finish() {
  const Index n = count();
  beta = detail::mean_coefficients(options, shift, y.mean(), half);
  alpha = half.col(0) - half.rightCols(beta.size()) * beta;
  lml = -0.5 * alpha.squaredNorm() - lower.diagonal().head(n).array().log().sum() -
        0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi);
  lower.topLeftCorner(n, n).triangularView<Eigen::Lower>().transpose().solveInPlace(alpha);
}

std::shared_ptr<Gp::State> Gp::State::extended(const Ref<const MatrixXd>& more,
                                               const Ref<const VectorXd>& more_noise,
                                               const char* where) const {
  // All but the factor is copied: that is as large as everything else squared.
  auto state = std::make_shared<State>(kernel, options, hyperparameters);
  const detail::Placed at = detail::place(kernel, theta(), more);
  MatrixXd cross = detail::covariance(kernel, theta(), placed, placed.count, at);
  MatrixXd corner = detail::noisy_covariance(kernel, hyperparameters, at, more_noise);
  const double scale = corner.diagonal().mean();
  state->jitter = jitter;
  state->lower =
      extend_factor(lower, std::move(cross), std::move(corner), scale, state->jitter, where);
  state->x.resize(x.rows(), x.cols() + more.cols());
  state->x << x, more;
  state->placed = placed;
  detail::append(state->placed, at);
  state->noise.resize(state->x.cols());
  state->noise << noise, more_noise;
  state->shared = shared;
  state->y = y;
  state->half = half;
  state->alpha = alpha;
  state->shift = shift;
  state->beta = beta;
  state->lml = lml;
  state->settled = settled;
  return state;
}

void Gp::State::for_blocks(const Ref<const MatrixXd>& points,
                           const std::function<void(Index, const detail::Placed&)>& predict) const {
  const Index blocks = (points.cols() + options.block - 1) / options.block;
  parallel_for(blocks, options.threads, [&](std::int64_t i) {
    const Index begin = static_cast<Index>(i) * options.block;
    const Index count = std::min(options.block, points.cols() - begin);
    predict(begin, detail::place(kernel, theta(), points.middleCols(begin, count)));
  });
}

VectorXd Gp::State::mean_at(const Ref<const MatrixXd>& points) const {
  return (detail::mean_basis(options.mean, points) * beta).array() + shift;
}

std::shared_ptr<Gp::State> Gp::make_state(const Ref<const MatrixXd>& x,
                                          const Ref<const VectorXd>& y,
                                          const Ref<const VectorXd>& noise,
                                          const Ref<const MatrixXd>& shared,
                                          const Hyperparameters& hyperparameters,
                                          const GpOptions& options) {
  constexpr const char* kWhere = "make_gp";
  detail::check_data(kWhere, x, y, noise);
  validate(options);
  Kernel kernel(options.kernel, x.rows());
  detail::check_hyperparameters(kWhere, hyperparameters, kernel);
  auto state = std::make_shared<Gp::State>(std::move(kernel), options, hyperparameters);
  state->x = x;
  state->y = y;
  state->noise = noise;
  state->shared = shared;
  state->placed = detail::place(state->kernel, state->theta(), x);
  detail::Factor factor = detail::factorise(
      [&] {
        MatrixXd k = detail::noisy_covariance(state->kernel, hyperparameters, state->placed, noise,
                                              options.threads);
        detail::add_shared(k, state->shared);
        return k;
      },
      std::nullopt, kWhere, options.threads);
  state->lower = std::move(factor.lower);
  state->jitter = factor.jitter;
  state->solve();
  return state;
}

Gp make_gp(const Ref<const MatrixXd>& x, const Ref<const VectorXd>& y,
           const Ref<const VectorXd>& noise_variance, const Hyperparameters& hyperparameters,
           const GpOptions& options) {
  return Gp(Gp::make_state(x, y, noise_variance, MatrixXd(), hyperparameters, options));
}

Gp make_gp(const Observations& data, const Hyperparameters& hyperparameters,
           const GpOptions& options) {
  check_observations("make_gp", data);
  const GpOptions own = detail::options_for(options, data);
  if (!has_bounds(data))
    return Gp(Gp::make_state(data.x, data.y, data.noise, data.shared, hyperparameters, own));
  validate(own);
  const detail::ValuesForBounds values = detail::values_for_bounds(data, hyperparameters, own);
  auto state = Gp::make_state(data.x, values.y, values.noise, data.shared, hyperparameters, own);
  state->settled = values.settled;
  return Gp(std::move(state));
}

Index Gp::dimension() const { return state_->x.rows(); }

Posterior Gp::predict(const Ref<const MatrixXd>& x) const {
  check_points("Gp::predict: x", dimension(), x);
  const State& s = *state_;
  Posterior posterior{s.mean_at(x), VectorXd(x.cols())};
  std::optional<detail::PackedLower> packed;
  if (x.cols() >= kManyPoints) packed.emplace(s.lower, s.options.threads);
  s.for_blocks(x, [&](Index begin, const detail::Placed& at) {
    MatrixXd k = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at);
    posterior.mean.segment(begin, at.count).noalias() += k.topRows(s.count()).transpose() * s.alpha;
    VectorXd known;
    if (packed) {
      known = packed->squared_lengths(k);
    } else {
      s.lower.triangularView<Eigen::Lower>().solveInPlace(k);
      known = k.colwise().squaredNorm().transpose();
    }
    posterior.variance.segment(begin, at.count) =
        (detail::variances(s.kernel, s.theta(), at) - known).cwiseMax(0.0);
  });
  return posterior;
}

VectorXd Gp::predict_mean(const Ref<const MatrixXd>& x) const {
  check_points("Gp::predict_mean: x", dimension(), x);
  const State& s = *state_;
  VectorXd mean = s.mean_at(x);
  s.for_blocks(x, [&](Index begin, const detail::Placed& at) {
    const MatrixXd k = detail::covariance(s.kernel, s.theta(), s.placed, s.count(), at);
    mean.segment(begin, at.count).noalias() += k.transpose() * s.alpha;
  });
  return mean;
}

PosteriorGradient Gp::predict_with_gradient(const Ref<const VectorXd>& x) const {
  check_points("Gp::predict_with_gradient: x", dimension(), x);
  const State& s = *state_;
  const detail::Placed at = detail::place(s.kernel, s.theta(), x);
  VectorXd v = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at);
  const MatrixXd slopes = detail::slopes(s.kernel, s.theta(), s.placed, at, 0);
  PosteriorGradient result;
  result.mean = s.mean_at(x)(0) + v.head(s.count()).dot(s.alpha);
  result.mean_gradient = slopes.topRows(s.count()).transpose() * s.alpha;
  if (s.options.mean == MeanKind::kLinear) result.mean_gradient += s.beta.tail(dimension());
  s.lower.triangularView<Eigen::Lower>().solveInPlace(v);
  const double prior = detail::variances(s.kernel, s.theta(), at)(0);
  result.variance = std::max(0.0, prior - v.squaredNorm());
  s.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(v);
  result.variance_gradient = -2 * slopes.transpose() * v;
  s.kernel.root().add_variance_slopes(s.theta(), at, 0, 1.0, result.variance_gradient);
  return result;
}

JointPosterior Gp::joint(const Ref<const MatrixXd>& x) const {
  check_points("Gp::joint: x", dimension(), x);
  const State& s = *state_;
  const detail::Placed at = detail::place(s.kernel, s.theta(), x);
  MatrixXd k = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at);
  JointPosterior posterior;
  posterior.mean = k.topRows(s.count()).transpose() * s.alpha + s.mean_at(x);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(k);
  MatrixXd covariance = detail::lower_covariance(s.kernel, s.theta(), at, false);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(k.transpose(), -1.0);
  covariance.diagonal() = covariance.diagonal().cwiseMax(0.0);
  posterior.covariance = covariance.selfadjointView<Eigen::Lower>();
  return posterior;
}

MatrixXd Gp::cross_covariance(const Ref<const MatrixXd>& a, const Ref<const MatrixXd>& b) const {
  check_points("Gp::cross_covariance: a", dimension(), a);
  check_points("Gp::cross_covariance: b", dimension(), b);
  const State& s = *state_;
  const detail::Placed at_a = detail::place(s.kernel, s.theta(), a);
  const detail::Placed at_b = detail::place(s.kernel, s.theta(), b);
  MatrixXd ka = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at_a);
  MatrixXd kb = detail::covariance(s.kernel, s.theta(), s.placed, s.placed.count, at_b);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(ka);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(kb);
  MatrixXd covariance = detail::covariance(s.kernel, s.theta(), at_a, at_a.count, at_b);
  covariance.noalias() -= ka.transpose() * kb;
  return covariance;
}

std::unique_ptr<Model> Gp::condition_on_pending(const Ref<const MatrixXd>& x,
                                                const Ref<const VectorXd>& noise) const {
  constexpr const char* kWhere = "Gp::condition_on_pending";
  if (x.cols() == 0) return std::make_unique<Gp>(*this);
  check_points("Gp::condition_on_pending: x", dimension(), x);
  detail::check_data(kWhere, x, VectorXd::Zero(x.cols()), noise);
  return std::unique_ptr<Model>(new Gp(state_->extended(x, noise, kWhere)));
}

Gp Gp::append(const Ref<const MatrixXd>& x, const Ref<const VectorXd>& y,
              const Ref<const VectorXd>& noise_variance) const {
  constexpr const char* kWhere = "Gp::append";
  ensure(pending_count() == 0,
         "Gp::append: the model has pending points; append to the one before");
  check_points("Gp::append: x", dimension(), x);
  detail::check_data(kWhere, x, y, noise_variance);
  if (x.cols() == 0) return *this;
  auto state = state_->extended(x, noise_variance, kWhere);
  state->solve_appended(y);
  return Gp(std::move(state));
}

LeaveOneOut Gp::leave_one_out() const {
  const State& s = *state_;
  const Index n = s.count();
  MatrixXd inverse = s.lower.topLeftCorner(n, n);
  detail::invert_lower(inverse, s.options.threads);
  // Diagonal of K^-1 = L^-T L^-1.
  const VectorXd diagonal =
      MatrixXd(inverse.triangularView<Eigen::Lower>()).colwise().squaredNorm().transpose();
  const VectorXd error = s.alpha.cwiseQuotient(diagonal);
  return {s.y - error, diagonal.cwiseInverse(), error};
}

double Gp::log_marginal_likelihood() const { return state_->lml; }
const Hyperparameters& Gp::hyperparameters() const { return state_->hyperparameters; }
const Kernel& Gp::kernel() const { return state_->kernel; }
const GpOptions& Gp::options() const { return state_->options; }
VectorXd Gp::prior_mean(const Ref<const MatrixXd>& x) const {
  check_points("Gp::prior_mean: x", dimension(), x);
  return state_->mean_at(x);
}
double Gp::prior_mean() const { return state_->mean_at(VectorXd::Constant(dimension(), 0.5))(0); }
double Gp::jitter() const { return state_->jitter; }
bool Gp::settled() const { return state_->settled; }
Index Gp::data_count() const { return state_->count(); }
Index Gp::pending_count() const { return state_->x.cols() - state_->count(); }
const MatrixXd& Gp::data_x() const { return state_->x; }
const VectorXd& Gp::data_y() const { return state_->y; }
VectorXd Gp::cholesky_diagonal() const { return state_->lower.diagonal(); }

}  // namespace foray::surrogate
