// Wilson, Borovitskiy, Terenin, Mostowsky, Deisenroth (2020), "Efficiently sampling functions from
// Gaussian process posteriors", arXiv:2002.09309.
// Rahimi, Recht (2007), "Random features for large-scale kernel machines".
#include <cmath>
#include <numbers>
#include <random>

#include "foray/common/check.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_detail.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd normals(Index count, Rng& rng) {
  std::normal_distribution<double> normal;
  VectorXd values(count);
  for (double& value : values) value = normal(rng);
  return values;
}

// A function of the prior with the mean taken off: sum_j weight_j cos(frequency_j . x + phase_j),
// on coordinates over lengthscales.
struct PriorPath {
  MatrixXd frequencies;  // features x d
  VectorXd phases;
  VectorXd weights;

  [[nodiscard]] VectorXd evaluate(const MatrixXd& rows) const {
    MatrixXd angles = frequencies * rows.transpose();
    angles.colwise() += phases;
    return angles.array().cos().matrix().transpose() * weights;
  }
};

// Degrees of freedom of the spectral density, a multivariate t of 2 nu for Matern; 0: normal.
// Rasmussen & Williams (2006) eq. 4.15.
double spectral_freedom(KernelKind kind) {
  switch (kind) {
    case KernelKind::kMatern12:
      return 1;
    case KernelKind::kMatern32:
      return 3;
    case KernelKind::kMatern52:
      return 5;
    case KernelKind::kSquaredExponential:
      break;
  }
  return 0;
}

PriorPath draw_prior(const GpOptions& options, const Hyperparameters& h, Rng& rng) {
  const Index features = options.path_features;
  PriorPath path;
  path.frequencies.resize(features, h.lengthscales.size());
  const double freedom = spectral_freedom(options.kernel);
  for (Index j = 0; j < features; ++j) {
    path.frequencies.row(j) = normals(h.lengthscales.size(), rng).transpose();
    if (freedom == 0) continue;
    std::chi_squared_distribution<double> chi_squared(freedom);
    path.frequencies.row(j) *= std::sqrt(freedom / chi_squared(rng));
  }
  std::uniform_real_distribution<double> phase(0, 2 * std::numbers::pi);
  path.phases.resize(features);
  for (double& value : path.phases) value = phase(rng);
  path.weights =
      std::sqrt(2 * h.signal_variance / static_cast<double>(features)) * normals(features, rng);
  return path;
}

class GpPath final : public SamplePath {
 public:
  GpPath(Gp model, KernelKind kernel, Hyperparameters h, MatrixXd rows, PriorPath prior,
         VectorXd update)
      : model_(std::move(model)),
        kernel_(kernel),
        hyperparameters_(std::move(h)),
        rows_(std::move(rows)),
        prior_(std::move(prior)),
        update_(std::move(update)) {}

  [[nodiscard]] VectorXd evaluate(const Eigen::Ref<const MatrixXd>& x) const override {
    require(x.rows() == hyperparameters_.lengthscales.size(),
            "SamplePath::evaluate: the points have another dimension than the model");
    require_finite("SamplePath::evaluate: x", x);
    const MatrixXd rows = detail::scaled_rows(hyperparameters_, x);
    VectorXd values = prior_.evaluate(rows);
    values.noalias() +=
        detail::covariance_of_rows(kernel_, hyperparameters_.signal_variance, rows, rows_) *
        update_;
    return values.array() + model_.prior_mean();
  }

 private:
  Gp model_;
  KernelKind kernel_;
  Hyperparameters hyperparameters_;
  MatrixXd rows_;
  PriorPath prior_;
  VectorXd update_;
};

}  // namespace

std::unique_ptr<SamplePath> Gp::draw_path(Rng& rng) const {
  const State& s = *state_;
  PriorPath prior = draw_prior(s.options, s.hyperparameters, rng);
  // f + k (K + V)^-1 (y - f(X) - e), eq. 12 there; the part of y is alpha. A pending point has no
  // y: its fantasy is the mean, so that only the variance shrinks there.
  VectorXd residual = prior.evaluate(s.rows);
  residual.array() += normals(residual.size(), rng).array() *
                      (s.noise.array() + s.hyperparameters.nugget + s.jitter).sqrt();
  s.lower.triangularView<Eigen::Lower>().solveInPlace(residual);
  s.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(residual);
  VectorXd update = -residual;
  update.head(s.count()) += s.alpha;
  return std::make_unique<GpPath>(*this, s.options.kernel, s.hyperparameters, s.rows,
                                  std::move(prior), std::move(update));
}

MatrixXd Gp::sample(const Eigen::Ref<const MatrixXd>& x, Index count, Rng& rng) const {
  require(count >= 0, "Gp::sample: count must be >= 0");
  const JointPosterior posterior = joint(x);
  const detail::Factor factor = detail::factorise(
      posterior.covariance, state_->hyperparameters.signal_variance, "Gp::sample");
  MatrixXd draws(x.cols(), count);
  for (Index i = 0; i < count; ++i) draws.col(i) = normals(x.cols(), rng);
  draws = factor.lower.triangularView<Eigen::Lower>() * draws;
  draws.colwise() += posterior.mean;
  return draws;
}

}  // namespace foray::surrogate
