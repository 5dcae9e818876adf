#include "foray/surrogate/extended_model.h"

#include <cmath>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/surrogate/mixture_model.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

class ExtendedPath final : public SamplePath {
 public:
  ExtendedPath(std::unique_ptr<SamplePath> inner, std::shared_ptr<const Features> features)
      : inner_(std::move(inner)), features_(std::move(features)) {}

  [[nodiscard]] VectorXd evaluate(const Ref<const MatrixXd>& x) const override {
    return inner_->evaluate(features_->extend(x));
  }

  [[nodiscard]] double evaluate_with_gradient(const Ref<const VectorXd>& x,
                                              VectorXd& gradient) const override {
    const Features::Point point = features_->extend_with_gradient(x);
    VectorXd inner;
    const double value = inner_->evaluate_with_gradient(point.x, inner);
    gradient = point.jacobian.transpose() * inner;
    return value;
  }

 private:
  std::unique_ptr<SamplePath> inner_;
  std::shared_ptr<const Features> features_;
};

class ExtendedCovariance final : public CovarianceTo {
 public:
  ExtendedCovariance(std::unique_ptr<CovarianceTo> inner, std::shared_ptr<const Features> features)
      : inner_(std::move(inner)), features_(std::move(features)) {}

  [[nodiscard]] MatrixXd values(const Ref<const MatrixXd>& x) const override {
    return inner_->values(features_->extend(x));
  }

  [[nodiscard]] MatrixXd with_gradient(const Ref<const VectorXd>& x) const override {
    const Features::Point point = features_->extend_with_gradient(x);
    const MatrixXd both = inner_->with_gradient(point.x);
    MatrixXd result(1 + x.size(), both.cols());
    result.row(0) = both.row(0);
    result.bottomRows(x.size()) = point.jacobian.transpose() * both.bottomRows(point.x.size());
    return result;
  }

 private:
  std::unique_ptr<CovarianceTo> inner_;
  std::shared_ptr<const Features> features_;
};

class ExtendedModel final : public Model {
 public:
  ExtendedModel(std::shared_ptr<const Model> inner, std::shared_ptr<const Features> features)
      : inner_(std::move(inner)), features_(std::move(features)) {}

  [[nodiscard]] Index dimension() const override { return features_->dimension(); }

  [[nodiscard]] Posterior predict(const Ref<const MatrixXd>& x) const override {
    return inner_->predict(features_->extend(x));
  }

  [[nodiscard]] VectorXd predict_mean(const Ref<const MatrixXd>& x) const override {
    return inner_->predict_mean(features_->extend(x));
  }

  [[nodiscard]] Posterior prior(const Ref<const MatrixXd>& x) const override {
    return inner_->prior(features_->extend(x));
  }

  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Ref<const VectorXd>& x) const override {
    const Features::Point point = features_->extend_with_gradient(x);
    PosteriorGradient result = inner_->predict_with_gradient(point.x);
    result.mean_gradient = VectorXd(point.jacobian.transpose() * result.mean_gradient);
    result.variance_gradient = VectorXd(point.jacobian.transpose() * result.variance_gradient);
    return result;
  }

  [[nodiscard]] JointPosterior joint(const Ref<const MatrixXd>& x) const override {
    return inner_->joint(features_->extend(x));
  }

  [[nodiscard]] MatrixXd cross_covariance(const Ref<const MatrixXd>& a,
                                          const Ref<const MatrixXd>& b) const override {
    return inner_->cross_covariance(features_->extend(a), features_->extend(b));
  }

  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Ref<const MatrixXd>& references) const override {
    return std::make_unique<ExtendedCovariance>(
        inner_->covariance_to(features_->extend(references)), features_);
  }

  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Ref<const MatrixXd>& x, const Ref<const VectorXd>& noise) const override {
    return std::make_unique<ExtendedModel>(
        inner_->condition_on_pending(features_->extend(x), noise), features_);
  }

  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override {
    return std::make_unique<ExtendedPath>(inner_->draw_path(rng), features_);
  }

  [[nodiscard]] std::optional<LeaveOneOut> left_out() const override { return inner_->left_out(); }

 private:
  std::shared_ptr<const Model> inner_;
  std::shared_ptr<const Features> features_;
};

}  // namespace

Features::Features(std::vector<std::shared_ptr<const Model>> models) : models_(std::move(models)) {
  require(!models_.empty(), "Features: expected one model or more, got none");
  for (const auto& model : models_) {
    require(model != nullptr, "Features: expected models, got a null one");
    require(model->dimension() == dimension(),
            "Features: expected models of " + std::to_string(dimension()) +
                " coordinates, got one of " + std::to_string(model->dimension()));
  }
}

Index Features::dimension() const { return models_.front()->dimension(); }

MatrixXd Features::extend(const Ref<const MatrixXd>& x) const {
  MatrixXd extended(dimension() + count(), x.cols());
  require(x.rows() == dimension(), "Features::extend: expected " + std::to_string(dimension()) +
                                       " coordinates, got " + std::to_string(x.rows()));
  extended.topRows(x.rows()) = x;
  for (Index k = 0; k < count(); ++k) {
    extended.row(x.rows() + k) =
        models_[static_cast<std::size_t>(k)]->predict_mean(x).unaryExpr(&logistic).transpose();
  }
  return extended;
}

Features::Point Features::extend_with_gradient(const Ref<const VectorXd>& x) const {
  const Index d = x.size();
  Point point{VectorXd(d + count()), MatrixXd::Zero(d + count(), d)};
  point.x.head(d) = x;
  point.jacobian.topRows(d).setIdentity();
  for (Index k = 0; k < count(); ++k) {
    const PosteriorGradient at = models_[static_cast<std::size_t>(k)]->predict_with_gradient(x);
    const double p = logistic(at.mean);
    point.x(d + k) = p;
    point.jacobian.row(d + k) = p * (1 - p) * at.mean_gradient.transpose();
  }
  return point;
}

std::unique_ptr<Model> extend_model(std::unique_ptr<const Model> inner,
                                    std::shared_ptr<const Features> features) {
  require(inner != nullptr && features != nullptr, "extend_model: expected a model and features");
  const Index expected = features->dimension() + features->count();
  require(inner->dimension() == expected, "extend_model: expected a model of " +
                                              std::to_string(expected) + " coordinates, got " +
                                              std::to_string(inner->dimension()));
  return wrap(std::move(inner), [&features](std::shared_ptr<const Model> one) {
    return std::make_unique<ExtendedModel>(std::move(one), features);
  });
}

}  // namespace foray::surrogate
