#include "foray/surrogate/shifted_model.h"

#include <utility>

#include "foray/common/check.h"
#include "foray/surrogate/mixture_model.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;
using Mean = std::shared_ptr<const KnownMean>;

// Central differences: the step balances rounding and third derivatives on the unit cube.
VectorXd gradient(const KnownMean& mean, const Ref<const VectorXd>& x) {
  constexpr double kNudge = 1e-5;
  const Index d = x.size();
  MatrixXd around = x.replicate(1, 2 * d);
  for (Index i = 0; i < d; ++i) {
    around(i, 2 * i) += kNudge;
    around(i, 2 * i + 1) -= kNudge;
  }
  const VectorXd values = mean(around);
  VectorXd slope(d);
  for (Index i = 0; i < d; ++i) slope(i) = (values(2 * i) - values(2 * i + 1)) / (2 * kNudge);
  return slope;
}

class ShiftedPath final : public SamplePath {
 public:
  ShiftedPath(std::unique_ptr<SamplePath> inner, Mean mean)
      : inner_(std::move(inner)), mean_(std::move(mean)) {}

  [[nodiscard]] VectorXd evaluate(const Ref<const MatrixXd>& x) const override {
    return inner_->evaluate(x) + (*mean_)(x);
  }

  [[nodiscard]] double evaluate_with_gradient(const Ref<const VectorXd>& x,
                                              VectorXd& slope) const override {
    const double value = inner_->evaluate_with_gradient(x, slope);
    slope += gradient(*mean_, x);
    return value + (*mean_)(x)(0);
  }

 private:
  std::unique_ptr<SamplePath> inner_;
  Mean mean_;
};

class ShiftedModel final : public Model {
 public:
  ShiftedModel(std::shared_ptr<const Model> inner, Mean mean)
      : inner_(std::move(inner)), mean_(std::move(mean)) {}

  [[nodiscard]] Index dimension() const override { return inner_->dimension(); }

  [[nodiscard]] Posterior predict(const Ref<const MatrixXd>& x) const override {
    Posterior posterior = inner_->predict(x);
    posterior.mean += (*mean_)(x);
    return posterior;
  }

  [[nodiscard]] VectorXd predict_mean(const Ref<const MatrixXd>& x) const override {
    return inner_->predict_mean(x) + (*mean_)(x);
  }

  [[nodiscard]] Posterior prior(const Ref<const MatrixXd>& x) const override {
    Posterior before = inner_->prior(x);
    before.mean += (*mean_)(x);
    return before;
  }

  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Ref<const VectorXd>& x) const override {
    PosteriorGradient result = inner_->predict_with_gradient(x);
    result.mean += (*mean_)(x)(0);
    result.mean_gradient += gradient(*mean_, x);
    return result;
  }

  [[nodiscard]] JointPosterior joint(const Ref<const MatrixXd>& x) const override {
    JointPosterior posterior = inner_->joint(x);
    posterior.mean += (*mean_)(x);
    return posterior;
  }

  [[nodiscard]] MatrixXd cross_covariance(const Ref<const MatrixXd>& a,
                                          const Ref<const MatrixXd>& b) const override {
    return inner_->cross_covariance(a, b);
  }

  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Ref<const MatrixXd>& references) const override {
    return inner_->covariance_to(references);
  }

  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Ref<const MatrixXd>& x, const Ref<const VectorXd>& noise) const override {
    return std::make_unique<ShiftedModel>(inner_->condition_on_pending(x, noise), mean_);
  }

  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override {
    return std::make_unique<ShiftedPath>(inner_->draw_path(rng), mean_);
  }

  // Of what was measured less the function, as the data of this model are.
  [[nodiscard]] std::optional<LeaveOneOut> left_out() const override { return inner_->left_out(); }

 private:
  std::shared_ptr<const Model> inner_;
  Mean mean_;
};

}  // namespace

std::unique_ptr<Model> shift_model(std::unique_ptr<const Model> inner, Mean mean) {
  require(inner != nullptr && mean != nullptr && *mean,
          "shift_model: expected a model and a function");
  return wrap(std::move(inner), [&mean](std::shared_ptr<const Model> one) {
    return std::make_unique<ShiftedModel>(std::move(one), mean);
  });
}

}  // namespace foray::surrogate
