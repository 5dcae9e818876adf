#include "foray/optimizer/search_space.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <random>
#include <set>
#include <sstream>

#include "foray/common/check.h"
#include "foray/optimizer/expressions.h"
#include "sequence.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

// Points tried before constraints count as impossible, and before `sample` gives up on new ones.
constexpr Index kTries = 100'000;

void refuse(const std::string& name, const std::string& reason) {
  require(false, "SearchSpace: parameter \"" + name + "\": " + reason);
}

bool is_identifier(const std::string& name) {
  if (name.empty() || (std::isalpha(static_cast<unsigned char>(name[0])) == 0 && name[0] != '_'))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

void check(const Parameter& p) {
  std::ostringstream got;
  got << "got [" << p.lower << ", " << p.upper << "]";
  if (!is_identifier(p.name)) refuse(p.name, "expected a name of letters, digits and _");
  if (!std::isfinite(p.lower) || !std::isfinite(p.upper))
    refuse(p.name, "expected a finite range, " + got.str());
  if (!(p.lower < p.upper)) refuse(p.name, "expected lower < upper, " + got.str());
  if (p.scale == ParameterScale::kLog && !(p.lower > 0))
    refuse(p.name, "expected a positive range for a logarithmic scale, " + got.str());
  if (!std::isfinite(p.step) || p.step < 0 || p.step > p.upper - p.lower)
    refuse(p.name, "expected a step from 0 to the width of the range");
  if (!std::isfinite(p.speed) || p.speed < 0) refuse(p.name, "expected a speed >= 0");
  if (!std::isfinite(p.settle_s) || p.settle_s < 0) refuse(p.name, "expected settle_s >= 0");
  if (p.role == ParameterRole::kExposure && p.lower < 0)
    refuse(p.name, "expected an exposure >= 0 seconds, " + got.str());
}

std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& p : parameters) names.push_back(p.name);
  return names;
}

double unit_of(const Parameter& p, double value) {
  if (p.scale == ParameterScale::kLog)
    return std::log(value / p.lower) / std::log(p.upper / p.lower);
  return (value - p.lower) / (p.upper - p.lower);
}

double value_of(const Parameter& p, double unit) {
  if (unit <= 0) return p.lower;
  if (unit >= 1) return p.upper;
  if (p.scale == ParameterScale::kLog) return p.lower * std::pow(p.upper / p.lower, unit);
  return p.lower + unit * (p.upper - p.lower);
}

double snapped(const Parameter& p, double value) {
  if (p.step == 0) return value;
  // The tolerance keeps a range of a whole number of steps from losing its last one to rounding.
  const double last = std::floor((p.upper - p.lower) / p.step * (1 + 1e-12) + 1e-9);
  const double count = std::clamp(std::round((value - p.lower) / p.step), 0.0, last);
  return std::min(p.lower + count * p.step, p.upper);
}

}  // namespace

struct SearchSpace::Impl {
  std::vector<Parameter> parameters;
  std::vector<std::size_t> axes;  // Positions of the axes among the parameters.
  std::unique_ptr<Inequalities> inequalities;
  VectorXd anchor;  // One feasible point, known since construction.

  [[nodiscard]] VectorXd physical(const Ref<const VectorXd>& unit) const {
    VectorXd values(static_cast<Index>(parameters.size()));
    // An exposure in a constraint stands at its lower limit: constraints are about axes.
    for (std::size_t i = 0; i < parameters.size(); ++i)
      values(static_cast<Index>(i)) = parameters[i].lower;
    for (std::size_t a = 0; a < axes.size(); ++a)
      values(static_cast<Index>(axes[a])) =
          value_of(parameters[axes[a]], unit(static_cast<Index>(a)));
    return values;
  }

  [[nodiscard]] bool feasible(const Ref<const VectorXd>& unit) const {
    if (!((unit.array() >= 0).all() && (unit.array() <= 1).all())) return false;
    return inequalities->hold(physical(unit));
  }
};

SearchSpace::SearchSpace(std::vector<Parameter> parameters, std::vector<std::string> constraints)
    : impl_(std::make_unique<Impl>()) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    check(parameters[i]);
    if (!seen.insert(parameters[i].name).second)
      refuse(parameters[i].name, "the name is used twice");
    if (parameters[i].role == ParameterRole::kAxis) impl_->axes.push_back(i);
  }
  require(!impl_->axes.empty(), "SearchSpace: expected at least one parameter with the role axis");
  impl_->inequalities =
      std::make_unique<Inequalities>(names_of(parameters), std::move(constraints));
  impl_->parameters = std::move(parameters);
  Rng rng(0);
  ShiftedSobol sequence(dimension(), rng);
  std::uniform_real_distribution<double> uniform;
  for (Index i = 0; i < kTries; ++i) {
    // The second half uniform: a thin feasible part may lie between the layers of the sequence.
    VectorXd point = sequence.next();
    if (i >= kTries / 2)
      for (double& coordinate : point) coordinate = uniform(rng);
    if (!impl_->feasible(point)) continue;
    impl_->anchor = std::move(point);
    return;
  }
  std::string all;
  for (const std::string& expression : impl_->inequalities->expressions())
    all += (all.empty() ? "\"" : ", \"") + expression + "\"";
  require(false,
          "SearchSpace: none of 100000 points in the ranges satisfies the constraints " + all);
}

SearchSpace::~SearchSpace() = default;
SearchSpace::SearchSpace(SearchSpace&&) noexcept = default;
SearchSpace& SearchSpace::operator=(SearchSpace&&) noexcept = default;

const std::vector<Parameter>& SearchSpace::parameters() const { return impl_->parameters; }

const std::vector<std::string>& SearchSpace::constraints() const {
  return impl_->inequalities->expressions();
}

Index SearchSpace::dimension() const { return static_cast<Index>(impl_->axes.size()); }

VectorXd SearchSpace::to_unit(const Ref<const VectorXd>& physical) const {
  require(physical.size() == static_cast<Index>(impl_->parameters.size()),
          "SearchSpace::to_unit: expected one value per parameter");
  require_finite("SearchSpace::to_unit: physical", physical);
  VectorXd unit(dimension());
  for (std::size_t a = 0; a < impl_->axes.size(); ++a) {
    const Parameter& p = impl_->parameters[impl_->axes[a]];
    const double value = physical(static_cast<Index>(impl_->axes[a]));
    require(p.scale == ParameterScale::kLinear || value > 0,
            "SearchSpace::to_unit: parameter \"" + p.name +
                "\": expected a positive value on its logarithmic scale");
    unit(static_cast<Index>(a)) = unit_of(p, value);
  }
  return unit;
}

VectorXd SearchSpace::from_unit(const Ref<const VectorXd>& unit, double exposure_s) const {
  VectorXd values = unsnapped(unit, exposure_s);
  for (Index i = 0; i < values.size(); ++i)
    values(i) = snapped(impl_->parameters[static_cast<std::size_t>(i)], values(i));
  return values;
}

VectorXd SearchSpace::unsnapped(const Ref<const VectorXd>& unit, double exposure_s) const {
  require(unit.size() == dimension(), "SearchSpace::from_unit: expected one coordinate per axis");
  require_finite("SearchSpace::from_unit: unit", unit);
  require(std::isfinite(exposure_s), "SearchSpace::from_unit: exposure_s must be finite");
  VectorXd values = impl_->physical(unit);
  for (Index i = 0; i < values.size(); ++i) {
    const Parameter& p = impl_->parameters[static_cast<std::size_t>(i)];
    if (p.role == ParameterRole::kExposure) values(i) = std::clamp(exposure_s, p.lower, p.upper);
  }
  return values;
}

VectorXd SearchSpace::snap(const Ref<const VectorXd>& unit) const {
  require(unit.size() == dimension(), "SearchSpace::snap: expected one coordinate per axis");
  require_finite("SearchSpace::snap: unit", unit);
  VectorXd result = unit.cwiseMax(0.0).cwiseMin(1.0);
  for (std::size_t a = 0; a < impl_->axes.size(); ++a) {
    const Parameter& p = impl_->parameters[impl_->axes[a]];
    if (p.step == 0) continue;
    double& coordinate = result(static_cast<Index>(a));
    coordinate = std::clamp(unit_of(p, snapped(p, value_of(p, coordinate))), 0.0, 1.0);
  }
  return result;
}

bool SearchSpace::feasible(const Ref<const VectorXd>& unit) const {
  require(unit.size() == dimension(), "SearchSpace::feasible: expected one coordinate per axis");
  return impl_->feasible(unit);
}

MatrixXd SearchSpace::sample(Index count, Rng& rng) const {
  require(count >= 0, "SearchSpace::sample: count must be >= 0");
  MatrixXd points(dimension(), count);
  ShiftedSobol sequence(dimension(), rng);
  Index found = 0;
  for (Index tries = 0; found < count && tries < kTries + 20 * count; ++tries) {
    const VectorXd point = sequence.next();
    if (impl_->feasible(point)) points.col(found++) = point;
  }
  // A feasible part too small for that: steps from the points found, shorter and shorter.
  if (found == 0 && count > 0) points.col(found++) = impl_->anchor;
  const Index seeds = found;
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (; found < count; ++found) {
    const VectorXd from = points.col(found % seeds);
    points.col(found) = from;
    for (double reach = 0.1; reach > 1e-9; reach /= 2) {
      VectorXd point = from;
      for (double& coordinate : point) coordinate += reach * uniform(rng);
      if (!impl_->feasible(point)) continue;
      points.col(found) = point;
      break;
    }
  }
  return points;
}

double SearchSpace::move_seconds(const Ref<const VectorXd>& from,
                                 const Ref<const VectorXd>& to) const {
  const auto count = static_cast<Index>(impl_->parameters.size());
  require(from.size() == count && to.size() == count,
          "SearchSpace::move_seconds: expected one value per parameter");
  require_finite("SearchSpace::move_seconds: from", from);
  require_finite("SearchSpace::move_seconds: to", to);
  double moving = 0;
  double settling = 0;
  for (Index i = 0; i < count; ++i) {
    const Parameter& p = impl_->parameters[static_cast<std::size_t>(i)];
    if (p.role == ParameterRole::kExposure || from(i) == to(i)) continue;
    if (p.speed > 0) moving = std::max(moving, std::abs(to(i) - from(i)) / p.speed);
    settling = std::max(settling, p.settle_s);
  }
  return moving + settling;
}

}  // namespace foray::optimizer
