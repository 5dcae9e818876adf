// Wilson, Borovitskiy, Terenin, Mostowsky, Deisenroth (2020), "Efficiently sampling functions from
// Gaussian process posteriors", arXiv:2002.09309.
#include <cmath>
#include <random>

#include "foray/common/check.h"
#include "foray/surrogate/gp.h"
#include "gp_state.h"
#include "kernel_node.h"

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

class GpPath final : public SamplePath {
 public:
  GpPath(Gp model, detail::Placed data, std::unique_ptr<detail::PriorFeatures> features,
         VectorXd weights, VectorXd update)
      : model_(std::move(model)),
        data_(std::move(data)),
        features_(std::move(features)),
        weights_(std::move(weights)),
        update_(std::move(update)) {}

  [[nodiscard]] VectorXd evaluate(const Eigen::Ref<const MatrixXd>& x) const override {
    require(x.rows() == model_.dimension(),
            "SamplePath::evaluate: the points have another dimension than the model");
    require_finite("SamplePath::evaluate: x", x);
    const VectorXd& theta = model_.hyperparameters().kernel;
    const detail::Placed at = detail::place(model_.kernel(), theta, x);
    VectorXd values = features_->evaluate(at) * weights_;
    values.noalias() +=
        detail::covariance(model_.kernel(), theta, data_, data_.count, at).transpose() * update_;
    return values + model_.prior_mean(x);
  }

 private:
  Gp model_;
  detail::Placed data_;
  std::unique_ptr<detail::PriorFeatures> features_;
  VectorXd weights_;
  VectorXd update_;
};

}  // namespace

std::unique_ptr<SamplePath> Gp::draw_path(Rng& rng) const {
  const State& s = *state_;
  // A function of the prior, the mean taken off, is a weighted sum of random features.
  auto features = s.kernel.root().draw(s.theta(), s.options.path_features, rng);
  VectorXd weights = normals(features->count(), rng);
  // f + k (K + V)^-1 (y - f(X) - e), eq. 12 there; the part of y is alpha. A pending point has no
  // y: its fantasy is the mean, so that only the variance shrinks there.
  VectorXd residual = features->evaluate(s.placed) * weights;
  const VectorXd white = detail::white_variances(s.kernel, s.theta(), s.placed);
  residual.array() +=
      normals(residual.size(), rng).array() *
      (s.noise.array() + s.hyperparameters.nugget + white.array() + s.jitter).sqrt();
  if (s.shared.cols() > 0)
    residual.head(s.shared.rows()) += s.shared * normals(s.shared.cols(), rng);
  s.lower.triangularView<Eigen::Lower>().solveInPlace(residual);
  s.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(residual);
  VectorXd update = -residual;
  update.head(s.count()) += s.alpha;
  return std::make_unique<GpPath>(*this, s.placed, std::move(features), std::move(weights),
                                  std::move(update));
}

MatrixXd Gp::sample(const Eigen::Ref<const MatrixXd>& x, Index count, Rng& rng) const {
  require(count >= 0, "Gp::sample: count must be >= 0");
  const JointPosterior posterior = joint(x);
  const State& s = *state_;
  const double scale =
      detail::variances(s.kernel, s.theta(), detail::place(s.kernel, s.theta(), x)).mean();
  const detail::Factor factor = detail::factorise(posterior.covariance, scale, "Gp::sample");
  MatrixXd draws(x.cols(), count);
  for (Index i = 0; i < count; ++i) draws.col(i) = normals(x.cols(), rng);
  draws = factor.lower.triangularView<Eigen::Lower>() * draws;
  draws.colwise() += posterior.mean;
  return draws;
}

}  // namespace foray::surrogate
