#include "model_fit_problem.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/nearest_word.h"

namespace foray::scattering {
namespace {

constexpr char kWidthEnding[] = "_pd";
// Relative step of central differences: the third root of the models' accuracy of 1e-10 or so.
constexpr double kParameterStep = 3e-4;

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  std::ostringstream text;
  text << "fit_model: ";
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

const ModelParameter* find(const Model& model, const std::string& name) {
  const auto& parameters = model.parameters();
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ModelParameter& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

[[noreturn]] void refuse_name(const Model& model, const std::string& name) {
  std::vector<std::string> known;
  for (const ModelParameter& parameter : model.parameters()) {
    known.push_back(parameter.name);
    known.push_back(parameter.name + kWidthEnding);
  }
  const auto near = nearest_word(name, known);
  refuse(model.name(), " has no parameter \"", name, "\"",
         near ? "; did you mean \"" + *near + "\"?" : "");
}

std::string without_ending(const std::string& name) {
  const std::size_t length = sizeof kWidthEnding - 1;
  if (name.size() <= length || name.compare(name.size() - length, length, kWidthEnding) != 0) {
    return "";
  }
  return name.substr(0, name.size() - length);
}

void check_limits(const FitAxis& axis, const ModelParameter& parameter) {
  const std::string name = axis.full_name();
  if (std::isnan(axis.lower) || std::isnan(axis.upper) || !(axis.lower < axis.upper)) {
    refuse(name, ": expected a lower limit below the upper one, got ", axis.lower, " and ",
           axis.upper);
  }
  const double least = axis.width ? 0.0 : parameter.lower;
  const double most = axis.width ? std::numeric_limits<double>::infinity() : parameter.upper;
  if (axis.lower < least || axis.upper > most) {
    refuse(name, ": expected limits within ", least, " .. ", most, ", got ", axis.lower, " .. ",
           axis.upper);
  }
  if (!axis.start) return;
  if (std::isfinite(*axis.start) && *axis.start >= axis.lower && *axis.start <= axis.upper) return;
  refuse(name, ": expected a start within its limits ", axis.lower, " .. ", axis.upper, ", got ",
         *axis.start);
}

}  // namespace

bool FitAxis::searched() const {
  return !linear() && !start && std::isfinite(lower) && std::isfinite(upper);
}

FitProblem::FitProblem(const Curve& curve, const Model& model, const ModelFitOptions& options)
    : model_(model), fixed_(options.fixed), distributions_(options.distributions) {
  validate(curve);
  if (options.starts < 1) refuse("starts: expected at least 1, got ", options.starts);
  if (options.max_iterations < 1) {
    refuse("max_iterations: expected at least 1, got ", options.max_iterations);
  }
  if (options.q && !(std::isfinite(options.q->lower) && std::isfinite(options.q->upper) &&
                     options.q->lower < options.q->upper)) {
    refuse("q: expected finite lower < upper, got ", options.q->lower, " .. ", options.q->upper);
  }
  if (options.free.empty()) refuse("free: expected at least one parameter, got none");
  for (const auto& [name, value] : options.fixed) {
    if (find(model, name) == nullptr) refuse_name(model, name);
  }
  for (const auto& [name, distribution] : options.distributions) {
    if (find(model, name) == nullptr) refuse_name(model, name);
  }
  for (const FreeParameter& free : options.free) add_axis(free, options);
  take_points(curve, options);
}

void FitProblem::add_axis(const FreeParameter& free, const ModelFitOptions& options) {
  FitAxis axis;
  axis.name = free.name;
  const ModelParameter* parameter = find(model_, free.name);
  if (parameter == nullptr) {
    axis.name = without_ending(free.name);
    axis.width = true;
    parameter = find(model_, axis.name);
    if (parameter == nullptr) refuse_name(model_, free.name);
  }
  for (const FitAxis& other : axes_) {
    if (other.full_name() == free.name) refuse(free.name, ": expected once, got it twice");
  }
  if (!axis.width && options.fixed.count(free.name) > 0) {
    refuse(free.name, ": expected either a free or a fixed parameter, got both");
  }
  if (axis.width) {
    const Polydispersity& distribution = distributions_[axis.name];  // a Gaussian where it is new
    if (distribution.kind == Distribution::kArray) {
      refuse(free.name, ": expected a distribution with a width, got an array");
    }
    axis.fallback = distribution.width > 0 ? distribution.width : 0.1;
  } else {
    axis.unit = parameter->unit;
    axis.fallback = parameter->value;
  }
  // A limit that is not allowed itself is kept off by a part that no fit can see.
  const double natural = std::max(std::abs(axis.fallback), 1e-12);
  const double least = axis.width               ? 0.0
                       : parameter->above_lower ? parameter->lower + 1e-6 * natural
                                                : parameter->lower;
  axis.lower = std::max(free.lower.value_or(least), axis.width ? 0.0 : least);
  axis.upper = free.upper.value_or(axis.width ? 1.0 : parameter->upper);
  if (free.lower && *free.lower < (axis.width ? 0.0 : parameter->lower)) axis.lower = *free.lower;
  if (axis.linear() && axis.name == "scale" && !free.lower) axis.lower = 0.0;
  axis.start = free.start;
  check_limits(axis, *parameter);
  axis.fallback = std::clamp(axis.fallback, axis.lower, axis.upper);
  const bool bounded = std::isfinite(axis.lower) && std::isfinite(axis.upper);
  const double typical = std::abs(axis.start.value_or(axis.fallback));
  axis.scale = typical > 0 ? typical : bounded ? axis.upper - axis.lower : 1.0;
  axes_.push_back(axis);
}

void FitProblem::take_points(const Curve& curve, const ModelFitOptions& options) {
  errors_known_ = curve.sigma.size() != 0 && (curve.sigma.array() > 0).any();
  std::vector<Eigen::Index> points;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    if (!(curve.q[i] > 0)) continue;
    if (options.q && (curve.q[i] < options.q->lower || curve.q[i] > options.q->upper)) continue;
    if (errors_known_ ? !(curve.sigma[i] > 0) : curve.intensity[i] == 0) continue;
    points.push_back(i);
  }
  data_.q = curve.q(points);
  data_.intensity = curve.intensity(points);
  // Without errors every intensity counts by its ratio to the model, as on a logarithmic scale.
  data_.sigma = errors_known_ ? Eigen::VectorXd(curve.sigma(points))
                              : Eigen::VectorXd(data_.intensity.cwiseAbs());
  data_.intensity_unit = curve.intensity_unit;
  data_.counting = curve.counting && errors_known_;
  if (options.smear) take_resolution(curve, points);
  if (!data_.counting) return;
  // Counts n over a weight w have I = n / w and sigma^2 = n / w^2; where nothing was counted sigma
  // is that of one count, 1 / w.
  ratio_ = (data_.intensity.array() > 0)
               .select(data_.sigma.array().square() / data_.intensity.array(), data_.sigma.array());
}

void FitProblem::take_resolution(const Curve& curve, const std::vector<Eigen::Index>& points) {
  const auto spreads = [](const Eigen::VectorXd& by) { return (by.array() > 0).any(); };
  if (spreads(curve.slit_length) || spreads(curve.slit_width)) {
    data_.slit_length = curve.slit_length(points);
    data_.slit_width = curve.slit_width(points);
  } else if (spreads(curve.dq)) {
    data_.dq = curve.dq(points);
  }
}

ModelValues FitProblem::values(const Eigen::VectorXd& x) const {
  ModelValues values = fixed_;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].width) values[axes_[k].name] = x[static_cast<Eigen::Index>(k)];
  }
  return values;
}

Polydispersities FitProblem::distributions(const Eigen::VectorXd& x) const {
  Polydispersities distributions = distributions_;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].width) distributions[axes_[k].name].width = x[static_cast<Eigen::Index>(k)];
  }
  return distributions;
}

double FitProblem::value_of(const char* name, const Eigen::VectorXd& x) const {
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].width && axes_[k].name == name) return x[static_cast<Eigen::Index>(k)];
  }
  const auto fixed = fixed_.find(name);
  return fixed != fixed_.end() ? fixed->second : find(model_, name)->value;
}

Eigen::VectorXd FitProblem::base_at(const Eigen::VectorXd& q, const Eigen::VectorXd& x) const {
  ModelValues values = this->values(x);
  values["scale"] = 1.0;
  values["background"] = 0.0;
  return model_.intensity(q, values, distributions(x));
}

Eigen::VectorXd FitProblem::base(const Eigen::VectorXd& x) const {
  if (!resolution_) return base_at(data_.q, x);
  return resolution_->smear(base_at(resolution_->nodes(), x));
}

Eigen::VectorXd FitProblem::intensity(const Eigen::VectorXd& x) const {
  return (value_of("scale", x) * base(x).array() + value_of("background", x)).matrix();
}

Eigen::VectorXd FitProblem::residuals(const Eigen::VectorXd& x) const {
  return (intensity(x) - data_.intensity).cwiseQuotient(data_.sigma);
}

double FitProblem::step(std::size_t axis, double value) const {
  return kParameterStep * std::max(std::abs(value), 0.01 * axes_[axis].scale);
}

Eigen::VectorXd FitProblem::slope(const Eigen::VectorXd& x, Eigen::Index k) const {
  const FitAxis& axis = axes_[static_cast<std::size_t>(k)];
  const double h = step(static_cast<std::size_t>(k), x[k]);
  double before = std::max(x[k] - h, axis.lower), after = std::min(x[k] + h, axis.upper);
  // Where the model refuses a side, beyond spheres that touch, the difference is to x itself.
  const auto base_or_own = [&](double& value) {
    Eigen::VectorXd moved = x;
    moved[k] = value;
    try {
      return base(moved);
    } catch (const std::invalid_argument&) {
      value = x[k];
      return base(x);
    }
  };
  const Eigen::VectorXd low = base_or_own(before), high = base_or_own(after);
  if (before == after) return Eigen::VectorXd::Zero(low.size());
  return (high - low) / (after - before);
}

Eigen::MatrixXd FitProblem::jacobian(const Eigen::VectorXd& x) const {
  const auto free = static_cast<Eigen::Index>(axes_.size());
  Eigen::MatrixXd derivative(data_.q.size(), free);
  const double scale = value_of("scale", x);
  for (Eigen::Index k = 0; k < free; ++k) {
    const FitAxis& axis = axes_[static_cast<std::size_t>(k)];
    if (axis.linear()) {
      derivative.col(k) = axis.name == "scale" ? base(x) : Eigen::VectorXd::Ones(data_.q.size());
      continue;
    }
    derivative.col(k) = scale * slope(x, k);
  }
  return data_.sigma.cwiseInverse().asDiagonal() * derivative;
}

void FitProblem::make_resolution(const Eigen::VectorXd& x) {
  if (!smears()) return;
  const auto sharp = [&](const Eigen::VectorXd& q) { return base_at(q, x); };
  if (has_slit()) {
    resolution_ = SlitResolution(data_.q, data_.slit_length, data_.slit_width, sharp);
  } else {
    resolution_ = PinholeResolution(data_.q, data_.dq, sharp);
  }
}

void FitProblem::weigh_by(const Eigen::VectorXd& x) {
  if (ratio_.size() == 0) return;
  // At least the error of a tenth of a count.
  data_.sigma = (ratio_.array() * intensity(x).array().max(0.1 * ratio_.array())).sqrt().matrix();
}

void FitProblem::set_linear(Eigen::VectorXd& x) const {
  const Eigen::VectorXd weighted = base(x).cwiseQuotient(data_.sigma);
  const Eigen::VectorXd one = data_.sigma.cwiseInverse();
  const auto best_one = [&](const Eigen::VectorXd& slope, const Eigen::VectorXd& rest) {
    return slope.dot(rest) / slope.squaredNorm();
  };
  Eigen::Index scale = -1, background = -1;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].linear() || axes_[k].start) continue;
    (axes_[k].name == "scale" ? scale : background) = static_cast<Eigen::Index>(k);
  }
  const auto set = [&](Eigen::Index k, double value) {
    const FitAxis& axis = axes_[static_cast<std::size_t>(k)];
    x[k] = std::clamp(value, axis.lower, axis.upper);
  };
  const Eigen::VectorXd data = data_.intensity.cwiseQuotient(data_.sigma);
  if (scale >= 0 && background >= 0) {
    Eigen::MatrixXd slopes(data.size(), 2);
    slopes << weighted, one;
    const Eigen::Vector2d best = slopes.colPivHouseholderQr().solve(data);
    // A scale below zero is no start: nothing else would have a slope.
    if (best[0] > 0) {
      set(scale, best[0]);
      set(background, best[1]);
      return;
    }
    x[background] = std::clamp(0.0, axes_[static_cast<std::size_t>(background)].lower,
                               axes_[static_cast<std::size_t>(background)].upper);
  }
  if (scale >= 0) {
    const double best = best_one(weighted, data - value_of("background", x) * one);
    set(scale, best > 0 ? best : 1.0);
  } else if (background >= 0) {
    set(background, best_one(one, data - value_of("scale", x) * weighted));
  }
}

}  // namespace foray::scattering
