#include "foray/campaign/learning.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/optimizer/expressions.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/shifted_model.h"

namespace foray::campaign {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using optimizer::Parameter;

// The formula of a mean as a function of unit points, on the scale of the observable's transform.
class FormulaMean {
 public:
  FormulaMean(const ObservableChoice& observable, const std::vector<Parameter>& parameters)
      : transform_(observable.transform), expression_(observable.mean.expression) {
    std::vector<std::string> names;
    for (const Parameter& parameter : parameters) {
      if (parameter.role != optimizer::ParameterRole::kAxis) continue;
      axes_.push_back(parameter);
      names.push_back(parameter.name);
    }
    formula_ = std::make_shared<const optimizer::Formula>(names, expression_);
  }

  VectorXd operator()(const Eigen::Ref<const MatrixXd>& x) const {
    VectorXd values(x.cols());
    VectorXd physical(x.rows());
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      for (Eigen::Index i = 0; i < x.rows(); ++i) physical(i) = at(i, x(i, j));
      const double value = formula_->evaluate(physical);
      const auto known = to_model(transform_, value, 0);
      if (!known)
        throw std::runtime_error("the mean \"" + expression_ + "\" is " + std::to_string(value) +
                                 " somewhere in the space, which its transform does not know");
      values(j) = known->value;
    }
    return values;
  }

 private:
  [[nodiscard]] double at(Eigen::Index i, double unit) const {
    const Parameter& axis = axes_[static_cast<std::size_t>(i)];
    return axis.scale == optimizer::ParameterScale::kLog
               ? axis.lower * std::pow(axis.upper / axis.lower, unit)
               : axis.lower + unit * (axis.upper - axis.lower);
  }

  Transform transform_;
  std::string expression_;
  std::vector<Parameter> axes_;
  std::shared_ptr<const optimizer::Formula> formula_;
};

// Null where the mean is learned or a constant.
std::shared_ptr<const surrogate::KnownMean> known_mean(const ObservableChoice& observable,
                                                       const std::vector<Parameter>& parameters) {
  if (observable.mean.kind != MeanChoice::Kind::kExpression) return nullptr;
  return std::make_shared<const surrogate::KnownMean>(FormulaMean(observable, parameters));
}

void choose_mean(const ObservableChoice& observable, surrogate::Observations& points) {
  switch (observable.mean.kind) {
    case MeanChoice::Kind::kFixed:
      points.mean = surrogate::MeanKind::kFixed;
      points.fixed_mean = to_model(observable.transform, observable.mean.value, 0).value().value;
      return;
    case MeanChoice::Kind::kLinear:
      points.mean = surrogate::MeanKind::kLinear;
      return;
    case MeanChoice::Kind::kConstant:
    case MeanChoice::Kind::kExpression:
      return;
  }
}

}  // namespace

Lesson lesson(const CampaignSpec& spec, std::size_t observable, const optimizer::SearchSpace& space,
              const std::vector<Result>& results) {
  const ObservableChoice& choice = spec.observables.at(observable);
  const auto most = static_cast<Eigen::Index>(results.size());
  Lesson lesson;
  surrogate::Observations& points = lesson.points;
  points.least_scale = least_scale(choice.transform);
  points.kernel = unit_kernel(spec, choice, space.parameters());
  choose_mean(choice, points);
  points.x.resize(space.dimension(), most);
  points.y.resize(most);
  points.noise.resize(most);
  Eigen::Index n = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const scattering::Observable& result = *results[i].observable;
    if (result.status != scattering::ObservableStatus::kPresent) continue;
    const auto estimate = to_model(choice.transform, result.value, result.variance);
    if (!estimate) continue;
    points.x.col(n) = space.to_unit(results[i].position);
    points.y(n) = estimate->value;
    points.noise(n) = estimate->variance;
    points.bounds.push_back(estimate->bound);
    lesson.from.push_back(i);
    ++n;
  }
  points.x.conservativeResize(Eigen::NoChange, n);
  points.y.conservativeResize(n);
  points.noise.conservativeResize(n);
  if (const auto mean = known_mean(choice, space.parameters())) points.y -= (*mean)(points.x);
  return lesson;
}

std::unique_ptr<surrogate::Model> complete(
    std::unique_ptr<surrogate::Model> model, const CampaignSpec& spec, std::size_t observable,
    const optimizer::SearchSpace& space,
    const std::shared_ptr<const surrogate::Features>& features) {
  if (features) model = surrogate::extend_model(std::move(model), features);
  if (auto mean = known_mean(spec.observables.at(observable), space.parameters()))
    model = surrogate::shift_model(std::move(model), std::move(mean));
  return model;
}

void validate_mean(const CampaignSpec& spec, const ObservableChoice& observable) {
  const std::string where = "mean";
  if (observable.mean.kind == MeanChoice::Kind::kFixed)
    level_to_model(observable.transform, observable.mean.value, where);
  if (observable.mean.kind != MeanChoice::Kind::kExpression) return;
  // Corners, the middle and points between: a formula without a value is found before beam time.
  const FormulaMean mean(observable, spec.parameters);
  const auto axes =
      std::count_if(spec.parameters.begin(), spec.parameters.end(),
                    [](const Parameter& p) { return p.role == optimizer::ParameterRole::kAxis; });
  Rng rng(1);
  std::uniform_real_distribution<double> uniform;
  MatrixXd points(axes, 1000);
  for (double& value : points.reshaped()) value = uniform(rng);
  for (Eigen::Index i = 0; i < axes; ++i) {
    for (Eigen::Index j = 0; j < 500; ++j)
      points(i, j) = ((j >> std::min<Eigen::Index>(i, 30)) & 1) != 0 ? 1.0 : 0.0;
  }
  try {
    (void)mean(points);
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(where + ": " + error.what());
  }
}

}  // namespace foray::campaign
