#include "foray/surrogate/output_model.h"

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

// Which output, and how its values are made of the joint model's.
struct Output {
  double level = 0;
  double mean = 0;
  double scale = 1;

  [[nodiscard]] MatrixXd lifted(const Ref<const MatrixXd>& x) const {
    MatrixXd points(x.rows() + 1, x.cols());
    points.topRows(x.rows()) = x;
    points.row(x.rows()).setConstant(level);
    return points;
  }
  [[nodiscard]] double variance() const { return scale * scale; }
};

class OutputPath final : public SamplePath {
 public:
  OutputPath(std::unique_ptr<SamplePath> inner, Output output)
      : inner_(std::move(inner)), output_(output) {}

  [[nodiscard]] VectorXd evaluate(const Ref<const MatrixXd>& x) const override {
    return (output_.scale * inner_->evaluate(output_.lifted(x)).array() + output_.mean).matrix();
  }

  [[nodiscard]] double evaluate_with_gradient(const Ref<const VectorXd>& x,
                                              VectorXd& gradient) const override {
    VectorXd inner;
    const double value = inner_->evaluate_with_gradient(output_.lifted(x), inner);
    gradient = output_.scale * inner.head(x.size());
    return output_.scale * value + output_.mean;
  }

 private:
  std::unique_ptr<SamplePath> inner_;
  Output output_;
};

class OutputCovariance final : public CovarianceTo {
 public:
  OutputCovariance(std::unique_ptr<CovarianceTo> inner, Output output)
      : inner_(std::move(inner)), output_(output) {}

  [[nodiscard]] MatrixXd values(const Ref<const MatrixXd>& x) const override {
    return output_.variance() * inner_->values(output_.lifted(x));
  }

  [[nodiscard]] MatrixXd with_gradient(const Ref<const VectorXd>& x) const override {
    return output_.variance() * inner_->with_gradient(output_.lifted(x)).topRows(1 + x.size());
  }

 private:
  std::unique_ptr<CovarianceTo> inner_;
  Output output_;
};

class OutputModel final : public Model {
 public:
  OutputModel(std::shared_ptr<const Model> joint, Output output)
      : joint_(std::move(joint)), output_(output) {}

  [[nodiscard]] Index dimension() const override { return joint_->dimension() - 1; }

  [[nodiscard]] Posterior predict(const Ref<const MatrixXd>& x) const override {
    return in_units(joint_->predict(output_.lifted(x)));
  }

  [[nodiscard]] VectorXd predict_mean(const Ref<const MatrixXd>& x) const override {
    return (output_.scale * joint_->predict_mean(output_.lifted(x)).array() + output_.mean)
        .matrix();
  }

  [[nodiscard]] Posterior prior(const Ref<const MatrixXd>& x) const override {
    return in_units(joint_->prior(output_.lifted(x)));
  }

  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Ref<const VectorXd>& x) const override {
    const PosteriorGradient at = joint_->predict_with_gradient(output_.lifted(x));
    PosteriorGradient result;
    result.mean = output_.scale * at.mean + output_.mean;
    result.variance = output_.variance() * at.variance;
    result.mean_gradient = output_.scale * at.mean_gradient.head(x.size());
    result.variance_gradient = output_.variance() * at.variance_gradient.head(x.size());
    return result;
  }

  [[nodiscard]] JointPosterior joint(const Ref<const MatrixXd>& x) const override {
    JointPosterior posterior = joint_->joint(output_.lifted(x));
    posterior.mean = (output_.scale * posterior.mean.array() + output_.mean).matrix();
    posterior.covariance *= output_.variance();
    return posterior;
  }

  [[nodiscard]] MatrixXd cross_covariance(const Ref<const MatrixXd>& a,
                                          const Ref<const MatrixXd>& b) const override {
    return output_.variance() * joint_->cross_covariance(output_.lifted(a), output_.lifted(b));
  }

  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Ref<const MatrixXd>& references) const override {
    return std::make_unique<OutputCovariance>(joint_->covariance_to(output_.lifted(references)),
                                              output_);
  }

  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Ref<const MatrixXd>& x, const Ref<const VectorXd>& noise) const override {
    return std::make_unique<OutputModel>(
        joint_->condition_on_pending(output_.lifted(x), noise / output_.variance()), output_);
  }

  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override {
    return std::make_unique<OutputPath>(joint_->draw_path(rng), output_);
  }

 private:
  [[nodiscard]] Posterior in_units(Posterior posterior) const {
    posterior.mean = (output_.scale * posterior.mean.array() + output_.mean).matrix();
    posterior.variance *= output_.variance();
    return posterior;
  }

  std::shared_ptr<const Model> joint_;
  Output output_;
};

// The standard deviation of values, or where they are alike what else tells their size.
double size_of(const Observations& data) {
  const VectorXd& y = data.y;
  if (y.size() == 0) return 1;
  const double mean = y.mean();
  double scale = std::sqrt((y.array() - mean).square().mean());
  // Rounding of equal values leaves deviations of about eps times the mean.
  if (!(scale > 1e-13 * std::abs(mean)) || scale < 1e-150) scale = std::sqrt(data.noise.mean());
  if (!(scale > 1e-150)) scale = mean == 0 ? 1 : std::abs(mean);
  return std::max(scale, data.least_scale);
}

}  // namespace

Stacked stack_outputs(const std::vector<Observations>& outputs, const Ref<const VectorXd>& levels) {
  const auto count = static_cast<Index>(outputs.size());
  require(count >= 1 && levels.size() == count,
          "stack_outputs: expected one output or more and a level for each");
  Index total = 0;
  Index errors = 0;
  const Index d = outputs.front().x.rows();
  for (const Observations& one : outputs) {
    require(one.x.rows() == d && one.x.cols() == one.y.size() && one.noise.size() == one.y.size(),
            "stack_outputs: expected points of " + std::to_string(d) +
                " coordinates with a value and a variance each");
    total += one.y.size();
    errors += one.shared.cols();
  }
  Stacked stacked{{}, VectorXd::Zero(count), VectorXd::Ones(count)};
  Observations& points = stacked.points;
  points.x.resize(d + 1, total);
  points.y.resize(total);
  points.noise.resize(total);
  if (errors > 0) points.shared = MatrixXd::Zero(total, errors);
  Index begin = 0;
  Index column = 0;
  for (Index t = 0; t < count; ++t) {
    const Observations& one = outputs[static_cast<std::size_t>(t)];
    const Index n = one.y.size();
    if (n > 0) stacked.mean(t) = one.y.mean();
    stacked.scale(t) = size_of(one);
    points.x.block(0, begin, d, n) = one.x;
    points.x.row(d).segment(begin, n).setConstant(levels(t));
    points.y.segment(begin, n) = (one.y.array() - stacked.mean(t)) / stacked.scale(t);
    points.noise.segment(begin, n) = one.noise / (stacked.scale(t) * stacked.scale(t));
    for (Index i = 0; i < n; ++i)
      points.bounds.push_back(one.bounds.empty() ? Bound::kNone
                                                 : one.bounds[static_cast<std::size_t>(i)]);
    if (one.shared.cols() > 0)
      points.shared.block(begin, column, n, one.shared.cols()) = one.shared / stacked.scale(t);
    begin += n;
    column += one.shared.cols();
  }
  return stacked;
}

std::unique_ptr<Model> output_of(std::shared_ptr<const Model> joint, double level, double mean,
                                 double scale) {
  require(joint != nullptr && joint->dimension() >= 2,
          "output_of: expected a model of two coordinates or more");
  require(std::isfinite(level) && std::isfinite(mean) && std::isfinite(scale) && scale > 0,
          "output_of: expected a finite level and mean and a scale > 0");
  return wrap(std::move(joint), [output = Output{level, mean, scale}](auto one) {
    return std::make_unique<OutputModel>(std::move(one), output);
  });
}

}  // namespace foray::surrogate
