#include "foray/campaign/learning.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/optimizer/expressions.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/local_plane.h"
#include "foray/surrogate/shifted_model.h"
#include "unit_axis.h"

namespace foray::campaign {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using optimizer::Parameter;

std::vector<Parameter> axes_of(const std::vector<Parameter>& parameters) {
  std::vector<Parameter> axes;
  for (const Parameter& parameter : parameters)
    if (optimizer::is_coordinate(parameter)) axes.push_back(parameter);
  return axes;
}

double to_physical(const Parameter& axis, double unit) {
  return axis.scale == optimizer::ParameterScale::kLog
             ? axis.lower * std::pow(axis.upper / axis.lower, unit)
             : axis.lower + unit * (axis.upper - axis.lower);
}

// On the scale of the observable's transform; `what` begins the message.
double known_value(Transform transform, double value, const std::string& what) {
  const auto known = to_model(transform, value, 0);
  if (!known)
    throw std::runtime_error(what + " is " + std::to_string(value) +
                             " somewhere in the space, which its transform does not know");
  return known->value;
}

// The formula of a mean as a function of unit points, on the scale of the observable's transform.
class FormulaMean {
 public:
  FormulaMean(const ObservableChoice& observable, const std::vector<Parameter>& parameters)
      : transform_(observable.transform),
        expression_(observable.mean.expression),
        axes_(axes_of(parameters)) {
    std::vector<std::string> names;
    for (const Parameter& axis : axes_) names.push_back(axis.name);
    formula_ = std::make_shared<const optimizer::Formula>(names, expression_);
  }

  VectorXd operator()(const Eigen::Ref<const MatrixXd>& x) const {
    VectorXd values(x.cols());
    VectorXd physical(x.rows());
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      for (Eigen::Index i = 0; i < x.rows(); ++i)
        physical(i) = to_physical(axes_[static_cast<std::size_t>(i)], x(i, j));
      values(j) =
          known_value(transform_, formula_->evaluate(physical), "the mean \"" + expression_ + "\"");
    }
    return values;
  }

 private:
  Transform transform_;
  std::string expression_;
  std::vector<Parameter> axes_;
  std::shared_ptr<const optimizer::Formula> formula_;
};

// The same of a table.
class TableMean {
 public:
  TableMean(const ObservableChoice& observable, const std::vector<Parameter>& parameters) {
    const MatrixXd& table = observable.mean.table;
    const std::vector<Parameter> axes = axes_of(parameters);
    const auto d = static_cast<Eigen::Index>(axes.size());
    require(table.rows() == d + 1 && table.cols() >= 1,
            "table: expected points of " + std::to_string(d) + " coordinates and a value each");
    auto points = std::make_shared<Points>();
    points->x.resize(d, table.cols());
    points->y.resize(table.cols());
    for (Eigen::Index j = 0; j < table.cols(); ++j) {
      for (Eigen::Index i = 0; i < d; ++i)
        points->x(i, j) = to_unit(axes[static_cast<std::size_t>(i)], table(i, j));
      require(points->x.col(j).allFinite(),
              "table: point " + std::to_string(j) + " is not within a logarithmic range");
      points->y(j) = known_value(observable.transform, table(d, j), "the table");
    }
    points_ = std::move(points);
  }

  VectorXd operator()(const Eigen::Ref<const MatrixXd>& x) const {
    // Enough for a plane with some to spare: the corners of a grid's cell and their neighbours.
    const Eigen::Index neighbours = 2 * (x.rows() + 2);
    VectorXd values(x.cols());
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const VectorXd distances = (points_->x.colwise() - VectorXd(x.col(j))).colwise().norm();
      const auto rows = surrogate::nearest(distances, neighbours);
      const MatrixXd offsets = points_->x(Eigen::all, rows).colwise() - VectorXd(x.col(j));
      values(j) = surrogate::local_plane_weights(offsets).dot(VectorXd(points_->y(rows)));
    }
    return values;
  }

 private:
  struct Points {
    MatrixXd x;  // Unit, d x n.
    VectorXd y;
  };
  std::shared_ptr<const Points> points_;
};

// Null where the mean is learned or a constant.
std::shared_ptr<const surrogate::KnownMean> known_mean(const ObservableChoice& observable,
                                                       const std::vector<Parameter>& parameters) {
  if (observable.mean.kind == MeanChoice::Kind::kTable)
    return std::make_shared<const surrogate::KnownMean>(TableMean(observable, parameters));
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
    case MeanChoice::Kind::kTable:
      return;
  }
}

// Which of the errors that results share each point has, by its result: one a column.
MatrixXd shared_errors(const SharedNoise& noise, const std::vector<Parameter>& parameters,
                       const std::vector<Result>& results, const std::vector<std::size_t>& from) {
  std::map<double, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t block =
        static_cast<std::int64_t>(from[i]) / std::max<std::int64_t>(noise.every, 1);
    auto group = static_cast<double>(block);
    for (std::size_t p = 0; p < parameters.size(); ++p)
      if (parameters[p].name == noise.by)
        group = optimizer::nearest_level(parameters[p],
                                         results[from[i]].position(static_cast<Eigen::Index>(p)));
    groups[group].push_back(i);
  }
  MatrixXd shared = MatrixXd::Zero(static_cast<Eigen::Index>(from.size()),
                                   static_cast<Eigen::Index>(groups.size()));
  Eigen::Index column = 0;
  for (const auto& [group, points] : groups) {
    for (const std::size_t i : points) shared(static_cast<Eigen::Index>(i), column) = noise.sd;
    ++column;
  }
  return shared;
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
  if (choice.shared_noise)
    points.shared = shared_errors(*choice.shared_noise, space.parameters(), results, lesson.from);
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

void validate_shared_noise(const CampaignSpec& spec, const ObservableChoice& observable) {
  if (!observable.shared_noise) return;
  const SharedNoise& noise = *observable.shared_noise;
  require(std::isfinite(noise.sd) && noise.sd > 0,
          "shared_noise.sd: expected a number above 0, got " + std::to_string(noise.sd));
  require(noise.by.empty() != (noise.every == 0),
          "shared_noise: expected \"every\" or \"by\", and not both");
  require(noise.every >= 0,
          "shared_noise.every: expected an integer >= 1, got " + std::to_string(noise.every));
  if (noise.by.empty()) return;
  const auto found = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                                  [&](const Parameter& p) { return p.name == noise.by; });
  require(found != spec.parameters.end() && optimizer::is_discrete(*found),
          "shared_noise.by: expected the name of a parameter that takes separate values, got \"" +
              noise.by + "\"");
}

void validate_mean(const CampaignSpec& spec, const ObservableChoice& observable) {
  const std::string where = "mean";
  if (observable.mean.kind == MeanChoice::Kind::kFixed)
    level_to_model(observable.transform, observable.mean.value, where);
  if (observable.mean.kind == MeanChoice::Kind::kTable) {
    try {
      const TableMean table(observable, spec.parameters);
    } catch (const std::runtime_error& error) {
      throw std::invalid_argument(where + ": " + error.what());
    }
  }
  if (observable.mean.kind != MeanChoice::Kind::kExpression) return;
  // Corners, the middle and points between: a formula without a value is found before beam time.
  const FormulaMean mean(observable, spec.parameters);
  const auto axes =
      std::count_if(spec.parameters.begin(), spec.parameters.end(), optimizer::is_coordinate);
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
