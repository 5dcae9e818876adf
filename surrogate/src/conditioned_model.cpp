#include "foray/surrogate/conditioned_model.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "factor.h"
#include "foray/common/check.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

// The points in flight: c is a covariance with them, and lower^-1 c what they explain of it.
struct Pending {
  std::shared_ptr<const Model> model;
  MatrixXd x;      // d x m.
  VectorXd noise;  // m, without nugget.
  double nugget = 0;
  MatrixXd lower;  // Factor of their covariance with noise.
  std::unique_ptr<CovarianceTo> covariance;

  // m x n, of covariances n x m.
  [[nodiscard]] MatrixXd half(const MatrixXd& covariances) const {
    return lower.triangularView<Eigen::Lower>().solve(covariances.transpose());
  }
};

using Shared = std::shared_ptr<const Pending>;

class ConditionedPath final : public SamplePath {
 public:
  // The path less what it says of the points in flight, plus what the mean says of them: a
  // measurement there brings the mean, so that only the spread shrinks.
  ConditionedPath(Shared pending, std::unique_ptr<SamplePath> inner, Rng& rng)
      : pending_(std::move(pending)), inner_(std::move(inner)) {
    std::normal_distribution<double> normal;
    VectorXd residual = pending_->model->predict_mean(pending_->x) - inner_->evaluate(pending_->x);
    for (Index i = 0; i < residual.size(); ++i)
      residual(i) -= std::sqrt(pending_->noise(i) + pending_->nugget) * normal(rng);
    pending_->lower.triangularView<Eigen::Lower>().solveInPlace(residual);
    pending_->lower.triangularView<Eigen::Lower>().transpose().solveInPlace(residual);
    weights_ = residual;
  }

  [[nodiscard]] VectorXd evaluate(const Ref<const MatrixXd>& x) const override {
    return inner_->evaluate(x) + pending_->covariance->values(x) * weights_;
  }

  [[nodiscard]] double evaluate_with_gradient(const Ref<const VectorXd>& x,
                                              VectorXd& gradient) const override {
    const double value = inner_->evaluate_with_gradient(x, gradient);
    const VectorXd more = pending_->covariance->with_gradient(x) * weights_;
    gradient += more.tail(x.size());
    return value + more(0);
  }

 private:
  Shared pending_;
  std::unique_ptr<SamplePath> inner_;
  VectorXd weights_;
};

class ConditionedCovariance final : public CovarianceTo {
 public:
  ConditionedCovariance(Shared pending, const Ref<const MatrixXd>& references)
      : pending_(std::move(pending)),
        inner_(pending_->model->covariance_to(references)),
        half_(pending_->half(pending_->covariance->values(references))) {}

  [[nodiscard]] MatrixXd values(const Ref<const MatrixXd>& x) const override {
    return inner_->values(x) - pending_->half(pending_->covariance->values(x)).transpose() * half_;
  }

  [[nodiscard]] MatrixXd with_gradient(const Ref<const VectorXd>& x) const override {
    return inner_->with_gradient(x) -
           pending_->half(pending_->covariance->with_gradient(x)).transpose() * half_;
  }

 private:
  Shared pending_;
  std::unique_ptr<CovarianceTo> inner_;
  MatrixXd half_;  // m x references.
};

class ConditionedModel final : public Model {
 public:
  explicit ConditionedModel(Shared pending) : pending_(std::move(pending)) {}

  [[nodiscard]] Index dimension() const override { return pending_->model->dimension(); }

  [[nodiscard]] Posterior predict(const Ref<const MatrixXd>& x) const override {
    Posterior posterior = pending_->model->predict(x);
    const MatrixXd half = pending_->half(pending_->covariance->values(x));
    posterior.variance =
        (posterior.variance - half.colwise().squaredNorm().transpose()).cwiseMax(0.0);
    return posterior;
  }

  [[nodiscard]] VectorXd predict_mean(const Ref<const MatrixXd>& x) const override {
    return pending_->model->predict_mean(x);
  }

  [[nodiscard]] Posterior prior(const Ref<const MatrixXd>& x) const override {
    return pending_->model->prior(x);
  }

  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Ref<const VectorXd>& x) const override {
    PosteriorGradient result = pending_->model->predict_with_gradient(x);
    const MatrixXd half = pending_->half(pending_->covariance->with_gradient(x));
    result.variance = std::max(result.variance - half.col(0).squaredNorm(), 0.0);
    result.variance_gradient -= 2 * half.rightCols(x.size()).transpose() * half.col(0);
    return result;
  }

  [[nodiscard]] JointPosterior joint(const Ref<const MatrixXd>& x) const override {
    JointPosterior posterior = pending_->model->joint(x);
    const MatrixXd half = pending_->half(pending_->covariance->values(x));
    posterior.covariance -= half.transpose() * half;
    return posterior;
  }

  [[nodiscard]] MatrixXd cross_covariance(const Ref<const MatrixXd>& a,
                                          const Ref<const MatrixXd>& b) const override {
    return pending_->model->cross_covariance(a, b) -
           pending_->half(pending_->covariance->values(a)).transpose() *
               pending_->half(pending_->covariance->values(b));
  }

  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Ref<const MatrixXd>& references) const override {
    return std::make_unique<ConditionedCovariance>(pending_, references);
  }

  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Ref<const MatrixXd>& x, const Ref<const VectorXd>& noise) const override {
    MatrixXd all(dimension(), pending_->x.cols() + x.cols());
    all << pending_->x, x;
    VectorXd variances(all.cols());
    variances << pending_->noise, noise;
    return condition_model(pending_->model, all, variances, pending_->nugget);
  }

  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override {
    return std::make_unique<ConditionedPath>(pending_, pending_->model->draw_path(rng), rng);
  }

 private:
  Shared pending_;
};

}  // namespace

std::unique_ptr<Model> condition_model(std::shared_ptr<const Model> model,
                                       const Ref<const MatrixXd>& x,
                                       const Ref<const VectorXd>& noise, double nugget) {
  require(model != nullptr, "condition_model: expected a model");
  require(x.rows() == model->dimension() && noise.size() == x.cols(),
          "condition_model: expected points of the model's coordinates and a variance for each");
  require_finite("condition_model: x", x);
  require_finite("condition_model: noise", noise);
  require(noise.size() == 0 || noise.minCoeff() >= 0, "condition_model: expected variances >= 0");
  require(std::isfinite(nugget) && nugget >= 0, "condition_model: expected a nugget >= 0");
  auto pending = std::make_shared<Pending>();
  pending->x = x;
  pending->noise = noise;
  pending->nugget = nugget;
  pending->covariance = model->covariance_to(x);
  MatrixXd covariance = model->joint(x).covariance;
  covariance.diagonal().array() += noise.array() + nugget;
  const VectorXd before = model->prior(x).variance;
  const double scale = std::max(before.size() > 0 ? before.mean() : 1.0, 1e-300);
  pending->lower = detail::factorise(covariance, scale, "condition_model").lower;
  pending->model = std::move(model);
  return std::make_unique<ConditionedModel>(std::move(pending));
}

}  // namespace foray::surrogate
