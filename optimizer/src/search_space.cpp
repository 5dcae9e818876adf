#include "foray/optimizer/search_space.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "foray/common/check.h"
#include "foray/optimizer/expressions.h"
#include "parameter_check.h"
#include "sequence.h"
#include "simplex.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

// Points tried before constraints count as impossible, and before `sample` gives up on new ones.
constexpr Index kSampleTries = 100'000;

// What constraints may be about: what is set, whichever way is measured.
std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& p : parameters)
    if (p.role != ParameterRole::kContext && p.role != ParameterRole::kFidelity)
      names.push_back(p.name);
  return names;
}

double unit_of(const Parameter& p, double value) {
  if (p.scale == ParameterScale::kLog)
    return std::log(value / p.lower) / std::log(p.upper / p.lower);
  return (value - p.lower) / (p.upper - p.lower);
}

double value_of(const Parameter& p, double unit) {
  if (p.role == ParameterRole::kContext) return p.lower + unit * (p.upper - p.lower);
  if (unit <= 0) return p.lower;
  if (unit >= 1) return p.upper;
  if (p.scale == ParameterScale::kLog) return p.lower * std::pow(p.upper / p.lower, unit);
  return p.lower + unit * (p.upper - p.lower);
}

double snapped(const Parameter& p, double value) {
  if (is_discrete(p)) return nearest_level(p, value);
  if (p.step == 0) return value;
  // The tolerance keeps a range of a whole number of steps from losing its last one to rounding.
  const double last = std::floor((p.upper - p.lower) / p.step * (1 + 1e-12) + 1e-9);
  const double count = std::clamp(std::round((value - p.lower) / p.step), 0.0, last);
  return std::min(p.lower + count * p.step, p.upper);
}

}  // namespace

struct SearchSpace::Impl {
  std::vector<Parameter> parameters;
  struct Group {
    Simplex simplex;
    Index parameter;  // Position of its first among the parameters,
    Index axis;       // and among the axes.
  };

  std::vector<std::size_t> axes;  // Positions of the axes among the parameters.
  // Shared with the spaces of other contexts; immutable.
  std::shared_ptr<const Inequalities> inequalities;
  std::vector<Group> groups;
  std::vector<Index> context;   // The axes that are measured, not chosen.
  std::vector<Index> standing;  // Those and the fidelity,
  VectorXd now;                 // and where they are: d unit coordinates, of which those count.
  VectorXd anchor;              // One feasible point, known since construction.
  MatrixXd candidates;          // Unit points, none: all of the space.
  MatrixXd as_given;            // The same as they were given, for they are to be met exactly.
  bool has_levels = false;

  [[nodiscard]] VectorXd physical(const Ref<const VectorXd>& unit) const {
    VectorXd values(static_cast<Index>(parameters.size()));
    // An exposure in a constraint stands at its lower limit: constraints are about axes.
    for (std::size_t i = 0; i < parameters.size(); ++i)
      values(static_cast<Index>(i)) = parameters[i].lower;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      // Levels exactly: a constraint that one of them just meets is not to fail by rounding.
      const Parameter& p = parameters[axes[a]];
      const double value = value_of(p, unit(static_cast<Index>(a)));
      values(static_cast<Index>(axes[a])) = is_discrete(p) ? nearest_level(p, value) : value;
    }
    return values;
  }

  [[nodiscard]] VectorXd in_context(VectorXd point) const {
    for (const Index axis : standing) point(axis) = now(axis);
    return point;
  }

  // Changes the coordinates of the parts of each simplex, by a function of their excesses.
  template <class F>
  void for_parts(VectorXd& point, const F& change) const {
    for (const Group& group : groups) {
      auto parts = point.segment(group.axis, group.simplex.count());
      const VectorXd& width = group.simplex.width();
      const VectorXd before = parts.cwiseProduct(width);
      const VectorXd after = change(group.simplex, before);
      if (after != before) parts = after.cwiseQuotient(width);
    }
  }

  // A point of the unit cube made one of the space: discrete coordinates on a level, all equally
  // likely, parts that add up, what is measured as it is now.
  [[nodiscard]] VectorXd placed(VectorXd point) const {
    for (const Group& group : groups) {
      auto parts = point.segment(group.axis, group.simplex.count());
      parts = group.simplex.spread(parts).cwiseQuotient(group.simplex.width()).eval();
    }
    point = in_context(std::move(point));
    if (!has_levels) return point;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const Parameter& p = parameters[axes[a]];
      if (!is_discrete(p) || p.role == ParameterRole::kFidelity) continue;
      double& coordinate = point(static_cast<Index>(a));
      const Index count = level_count(p);
      const auto index = static_cast<Index>(coordinate * static_cast<double>(count));
      coordinate = unit_of(p, level(p, std::clamp<Index>(index, 0, count - 1)));
    }
    return point;
  }

  // Column of the candidate nearest to a unit point.
  [[nodiscard]] Index nearest_candidate(const Ref<const VectorXd>& unit) const {
    Index best = 0;
    (candidates.colwise() - VectorXd(unit)).colwise().squaredNorm().minCoeff(&best);
    return best;
  }

  void keep_candidates(const MatrixXd& given);

  // Each once before any comes twice.
  [[nodiscard]] MatrixXd drawn_candidates(Index count, Rng& rng) const {
    std::vector<Index> order(static_cast<std::size_t>(candidates.cols()));
    std::iota(order.begin(), order.end(), Index{0});
    std::shuffle(order.begin(), order.end(), rng);
    MatrixXd points(candidates.rows(), count);
    for (Index j = 0; j < count; ++j)
      points.col(j) = candidates.col(order[static_cast<std::size_t>(j) % order.size()]);
    return points;
  }

  // What is measured may pass its range.
  [[nodiscard]] VectorXd within_ranges(VectorXd unit) const {
    for (const Index axis : context)
      if (std::isfinite(unit(axis))) unit(axis) = 0.5;
    return unit;
  }

  // The values that constraints are about.
  [[nodiscard]] VectorXd settings(const VectorXd& values) const {
    if (standing.empty()) return values;
    VectorXd kept(values.size());
    Index count = 0;
    for (Index i = 0; i < values.size(); ++i) {
      const ParameterRole role = parameters[static_cast<std::size_t>(i)].role;
      if (role != ParameterRole::kContext && role != ParameterRole::kFidelity)
        kept(count++) = values(i);
    }
    return kept.head(count);
  }

  void find_axes();
  void find_anchor();

  [[nodiscard]] bool feasible(const Ref<const VectorXd>& unit) const {
    const VectorXd known = context.empty() ? VectorXd(unit) : within_ranges(unit);
    if (!((known.array() >= 0).all() && (known.array() <= 1).all())) return false;
    for (const Group& group : groups) {
      const auto parts = known.segment(group.axis, group.simplex.count());
      if (!group.simplex.holds(parts.cwiseProduct(group.simplex.width()))) return false;
    }
    return inequalities->hold(settings(physical(unit)));
  }
};

void SearchSpace::Impl::keep_candidates(const MatrixXd& given) {
  require(given.rows() == static_cast<Index>(parameters.size()),
          "SearchSpace: expected one value per parameter in each candidate");
  require_finite("SearchSpace: candidates", given.reshaped());
  candidates.resize(static_cast<Index>(axes.size()), given.cols());
  as_given.resize(given.rows(), given.cols());
  Index kept = 0;
  for (Index j = 0; j < given.cols(); ++j) {
    VectorXd unit(candidates.rows());
    bool possible = true;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const Parameter& p = parameters[axes[a]];
      const double value = given(static_cast<Index>(axes[a]), j);
      if (p.role == ParameterRole::kContext || p.role == ParameterRole::kFidelity) {
        unit(static_cast<Index>(a)) = now(static_cast<Index>(a));
        continue;
      }
      possible = possible && !refusal(p, value);
      if (possible) unit(static_cast<Index>(a)) = unit_of(p, value);
    }
    if (!possible || !feasible(unit)) continue;
    candidates.col(kept) = unit;
    as_given.col(kept) = given.col(j);
    if (const auto fidelity = find_fidelity(parameters))
      as_given(static_cast<Index>(*fidelity), kept) = full_fidelity(parameters[*fidelity]);
    ++kept;
  }
  require(kept > 0,
          "SearchSpace: expected a candidate that lies in the ranges and meets the constraints");
  candidates.conservativeResize(Eigen::NoChange, kept);
  as_given.conservativeResize(Eigen::NoChange, kept);
  anchor = candidates.col(0);
}

void SearchSpace::Impl::find_axes() {
  std::set<std::string> seen;
  std::set<std::string> simplices;
  bool chosen = false;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    check(p);
    if (!seen.insert(p.name).second)
      require(false, "SearchSpace: parameter \"" + p.name + "\": the name is used twice");
    if (!p.simplex.empty() && (i == 0 || parameters[i - 1].simplex != p.simplex)) {
      require(simplices.insert(p.simplex).second,
              "SearchSpace: simplex \"" + p.simplex + "\": expected parts that follow one another");
      groups.push_back(
          {Simplex(parameters, i), static_cast<Index>(i), static_cast<Index>(axes.size())});
    }
    if (p.role == ParameterRole::kContext) context.push_back(static_cast<Index>(axes.size()));
    if (p.role == ParameterRole::kContext || p.role == ParameterRole::kFidelity)
      standing.push_back(static_cast<Index>(axes.size()));
    if (is_coordinate(p)) axes.push_back(i);
    chosen = chosen || p.role == ParameterRole::kAxis;
    has_levels = has_levels || is_discrete(p);
  }
  require(chosen, "SearchSpace: expected at least one parameter with the role axis");
  now = VectorXd::Constant(static_cast<Index>(axes.size()), 0.5);
  Index fidelities = 0;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const Parameter& p = parameters[axes[a]];
    if (p.role != ParameterRole::kFidelity) continue;
    now(static_cast<Index>(a)) = unit_of(p, full_fidelity(p));
    ++fidelities;
  }
  require(fidelities <= 1, "SearchSpace: expected one parameter with the role fidelity at most");
}

void SearchSpace::Impl::find_anchor() {
  const auto d = static_cast<Index>(axes.size());
  Rng rng(0);
  ShiftedSobol sequence(d, rng);
  std::uniform_real_distribution<double> uniform;
  for (Index i = 0; i < kSampleTries; ++i) {
    // The second half uniform: a thin feasible part may lie between the layers of the sequence.
    VectorXd point = sequence.next();
    if (i >= kSampleTries / 2)
      for (double& coordinate : point) coordinate = uniform(rng);
    point = placed(std::move(point));
    // Narrow ranges of parts: those that add up are found from there.
    if (i % 2 == 1)
      for_parts(point, [](const Simplex& s, const VectorXd& e) { return s.nearest(e); });
    if (!feasible(point)) continue;
    anchor = std::move(point);
    return;
  }
  std::string all;
  for (const std::string& expression : inequalities->expressions())
    all += (all.empty() ? "\"" : ", \"") + expression + "\"";
  require(false,
          "SearchSpace: none of 100000 points in the ranges satisfies the constraints " + all);
}

SearchSpace::SearchSpace(std::vector<Parameter> parameters, std::vector<std::string> constraints,
                         const Eigen::Ref<const MatrixXd>& candidates)
    : impl_(std::make_unique<Impl>()) {
  impl_->parameters = std::move(parameters);
  impl_->find_axes();
  impl_->inequalities =
      std::make_shared<const Inequalities>(names_of(impl_->parameters), std::move(constraints));
  if (candidates.cols() > 0)
    impl_->keep_candidates(candidates);
  else
    impl_->find_anchor();
}

SearchSpace SearchSpace::in_context(const Ref<const VectorXd>& physical) const {
  const VectorXd unit = to_unit(physical);
  SearchSpace other(*this);
  for (const Index axis : impl_->context) {
    other.impl_->now(axis) = unit(axis);
    other.impl_->anchor(axis) = unit(axis);
    if (impl_->candidates.cols() > 0) other.impl_->candidates.row(axis).setConstant(unit(axis));
  }
  return other;
}

SearchSpace::SearchSpace(const SearchSpace& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}

SearchSpace::~SearchSpace() = default;
SearchSpace::SearchSpace(SearchSpace&&) noexcept = default;
SearchSpace& SearchSpace::operator=(SearchSpace&&) noexcept = default;

const std::vector<Parameter>& SearchSpace::parameters() const { return impl_->parameters; }

const std::vector<std::string>& SearchSpace::constraints() const {
  return impl_->inequalities->expressions();
}

const MatrixXd& SearchSpace::candidates() const { return impl_->candidates; }

const std::vector<Index>& SearchSpace::context_axes() const { return impl_->context; }

const std::vector<Index>& SearchSpace::standing_axes() const { return impl_->standing; }

std::vector<Parts> SearchSpace::parts() const {
  std::vector<Parts> all;
  for (const Impl::Group& group : impl_->groups)
    all.push_back({group.axis, group.simplex.width(), group.simplex.sum()});
  return all;
}

std::vector<Index> SearchSpace::discrete_axes() const {
  std::vector<Index> found;
  for (std::size_t a = 0; a < impl_->axes.size(); ++a) {
    const Parameter& p = impl_->parameters[impl_->axes[a]];
    if (is_discrete(p) && p.role != ParameterRole::kFidelity)
      found.push_back(static_cast<Index>(a));
  }
  return found;
}

VectorXd SearchSpace::levels(Index axis) const {
  const Parameter& p = impl_->parameters[impl_->axes.at(static_cast<std::size_t>(axis))];
  VectorXd units(level_count(p));
  for (Index i = 0; i < units.size(); ++i) units(i) = unit_of(p, level(p, i));
  return units;
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
    // A category that was read back with rounding is no new category.
    unit(static_cast<Index>(a)) = unit_of(p, p.categories.empty() ? value : std::round(value));
  }
  return unit;
}

VectorXd SearchSpace::from_unit(const Ref<const VectorXd>& unit, double exposure_s) const {
  VectorXd values = unsnapped(unit, exposure_s);
  if (impl_->candidates.cols() > 0) {
    const Index nearest = impl_->nearest_candidate(unit);
    for (const std::size_t axis : impl_->axes)
      values(static_cast<Index>(axis)) = impl_->as_given(static_cast<Index>(axis), nearest);
    return values;
  }
  for (Index i = 0; i < values.size(); ++i) {
    const Parameter& p = impl_->parameters[static_cast<std::size_t>(i)];
    if (p.simplex.empty()) values(i) = snapped(p, values(i));
  }
  for (const Impl::Group& group : impl_->groups) {
    auto parts = values.segment(group.parameter, group.simplex.count());
    VectorXd lower(parts.size());
    for (Index i = 0; i < lower.size(); ++i)
      lower(i) = impl_->parameters[static_cast<std::size_t>(group.parameter + i)].lower;
    parts = (lower + group.simplex.on_steps(parts - lower)).eval();
  }
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
  if (impl_->candidates.cols() > 0) return impl_->candidates.col(impl_->nearest_candidate(unit));
  VectorXd result = impl_->in_context(unit.cwiseMax(0.0).cwiseMin(1.0));
  impl_->for_parts(result, [](const Simplex& s, const VectorXd& e) { return s.on_steps(e); });
  for (std::size_t a = 0; a < impl_->axes.size(); ++a) {
    const Parameter& p = impl_->parameters[impl_->axes[a]];
    if ((p.step == 0 && !is_discrete(p)) || !p.simplex.empty()) continue;
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
  if (impl_->candidates.cols() > 0) return impl_->drawn_candidates(count, rng);
  ShiftedSobol sequence(dimension(), rng);
  Index found = 0;
  for (Index tries = 0; found < count && tries < kSampleTries + 20 * count; ++tries) {
    const VectorXd point = impl_->placed(sequence.next());
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
      if (impl_->has_levels || !impl_->groups.empty() || !impl_->standing.empty())
        point = snap(point);
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
    if (p.role == ParameterRole::kExposure || p.role == ParameterRole::kContext || from(i) == to(i))
      continue;
    if (p.speed > 0) moving = std::max(moving, std::abs(to(i) - from(i)) / p.speed);
    settling = std::max(settling, p.settle_s);
  }
  return moving + settling;
}

}  // namespace foray::optimizer
