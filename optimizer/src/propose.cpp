#include "foray/optimizer/propose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>

#include "composite.h"
#include "foray/common/check.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "levels.h"
#include "local_step.h"
#include "refine.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

void check_constraints(const std::string& place, const std::vector<OutcomeConstraint>& all) {
  for (const OutcomeConstraint& c : all) {
    require(!c.observable.empty(), place + ": a constraint names no observable");
    require(c.at_least || c.at_most, place + ": the constraint on \"" + c.observable +
                                         "\" has neither at_least nor at_most");
    for (const auto& limit : {c.at_least, c.at_most})
      require(!limit || std::isfinite(*limit),
              place + ": the limits on \"" + c.observable + "\" must be finite");
    require(!c.at_least || !c.at_most || *c.at_least < *c.at_most,
            place + ": the constraint on \"" + c.observable + "\" has at_least >= at_most");
  }
}

void check_trade_off(const ObjectiveTerm& term) {
  require(term.observables.size() == 2 && term.observables[0] != term.observables[1],
          "propose: a trade-off needs two different observables");
  require(term.directions.size() == 2,
          "propose: a trade-off needs a direction for each observable");
  require(term.reference.empty() || term.reference.size() == 2,
          "propose: the reference of a trade-off needs a value for each observable");
  for (const double value : term.reference)
    require(std::isfinite(value), "propose: the reference of a trade-off must be finite");
}

void check_objective(const Objective& objective, const AcquisitionSpec& acquisition) {
  require(!objective.terms.empty(), "propose: the objective has no terms");
  for (const ObjectiveTerm& term : objective.terms) {
    const std::size_t count = term.observables.size();
    std::ostringstream got;
    got << ", got " << count;
    if (term.kind == ObjectiveKind::kTradeOff)
      check_trade_off(term);
    else if (term.kind == ObjectiveKind::kBoundary)
      require(count >= 2, "propose: a boundary term needs two or more observables" + got.str());
    else
      require(count == 1, "propose: expected one observable in a term" + got.str());
    require(std::isfinite(term.weight) && term.weight > 0,
            "propose: the weight of a term must be finite and > 0");
    require(std::isfinite(term.level), "propose: the level of a term must be finite");
    check_constraints("propose: where", term.where);
  }
  check_constraints("propose: subject_to", objective.subject_to);
  require(suits(acquisition.kind, objective),
          "propose: the acquisition function suits no term of the objective");
  require(
      !acquisition.per_second || is_gain(acquisition.kind, objective),
      "propose: per_second needs an acquisition function that is a gain (" + gain_names() + ")");
}

void check_points(const char* name, const MatrixXd& points, Index d) {
  if (points.cols() == 0) return;
  require(points.rows() == d,
          std::string("propose: ") + name + " points have another dimension than the search space");
  require_finite(std::string("propose: ") + name, points);
}

void check_state(const SearchSpace& space, const ModelMap& models, const ProposeState& state) {
  const Index d = space.dimension();
  check_points("measured", state.measured, d);
  check_points("pending", state.pending, d);
  check_points("failed", state.failed, d);
  require(
      state.from.size() == 0 || state.from.size() == static_cast<Index>(space.parameters().size()),
      "propose: from: expected one value per parameter");
  require_finite("propose: from", state.from);
  for (const auto& [name, model] : models)
    require(model == nullptr || model->dimension() == d,
            "propose: the model of \"" + name + "\" has another dimension than the search space");
  for (const auto& [name, noise] : state.pending_noise)
    require(noise.size() == state.pending.cols() && noise.allFinite() &&
                (noise.size() == 0 || noise.minCoeff() >= 0),
            "propose: pending_noise of \"" + name +
                "\": expected one finite value >= 0 per pending point");
  for (const auto& [name, values] : state.values)
    require(values.size() == state.measured.cols(),
            "propose: values of \"" + name + "\": expected one per measured point");
  for (const auto& [name, noise] : state.next_noise)
    require_in_range("propose: next_noise of \"" + name + "\"", noise, 0, 1e300);
}

// What may be proposed.
class Allowed {
 public:
  Allowed(const SearchSpace& space, const ProposeState& state, const ProposeOptions& options)
      : space_(space), state_(state), options_(options), reach_(space, state.from) {}

  [[nodiscard]] const Reach& reach() const { return reach_; }
  [[nodiscard]] bool reachable(const VectorXd& point) const {
    return space_.feasible(point) && reach_.holds(point);
  }

  // Reachable, and no pending point.
  [[nodiscard]] bool free(const VectorXd& point) const {
    // Two coordinates closer than rounding are one setting, whatever the distance asked for.
    const double reach = std::max(options_.exclusion_distance, 1e-12);
    for (Index j = 0; j < state_.pending.cols(); ++j)
      if ((state_.pending.col(j) - point).cwiseAbs().maxCoeff() <= reach) return false;
    return reachable(point);
  }

  [[nodiscard]] bool near_failure(const VectorXd& point) const {
    for (Index j = 0; j < state_.failed.cols(); ++j)
      if ((state_.failed.col(j) - point).norm() <= options_.avoid_distance) return true;
    return false;
  }

 private:
  const SearchSpace& space_;
  const ProposeState& state_;
  const ProposeOptions& options_;
  Reach reach_;
};

struct Candidates {
  MatrixXd points;
  bool near_failures = false;  // Nothing else was left.
};

// Where nothing can be refined, all points there are have to be tried; as many as cost little.
bool is_list(const SearchSpace& space) {
  return space.candidates().cols() > 0 ||
         static_cast<Index>(space.discrete_axes().size()) == space.dimension();
}

// Points that a search evaluates at once where it need not.
constexpr double kMany = 5'000;

// Snapped raw points that may be proposed; from all points there are where the raw ones do not do.
Candidates candidates(const SearchSpace& space, const Allowed& allowed, MatrixXd raw) {
  constexpr double kAtLast = 20'000;
  if (space.candidates().cols() == 0) raw = allowed.reach().shrink(raw);
  if (is_list(space)) {
    MatrixXd few = enumerate(space, kMany);
    if (few.cols() > 0) raw = std::move(few);
  }
  const auto pick = [&](const MatrixXd& from, bool near_failures) {
    MatrixXd points(from.rows(), from.cols());
    Index count = 0;
    for (Index j = 0; j < from.cols(); ++j) {
      // Those of a list are what they are, and looking them up in it takes long.
      const bool listed = space.candidates().cols() > 0;
      const VectorXd point = listed ? VectorXd(from.col(j)) : space.snap(from.col(j));
      if (allowed.free(point) && (near_failures || !allowed.near_failure(point)))
        points.col(count++) = point;
    }
    return MatrixXd(points.leftCols(count));
  };
  MatrixXd all;
  for (const bool near_failures : {false, true}) {
    Candidates result{pick(raw, near_failures), near_failures};
    if (result.points.cols() > 0) return result;
    if (all.size() == 0)
      all = space.candidates().cols() > 0 ? space.candidates() : enumerate(space, kAtLast);
    result.points = pick(all, near_failures);
    if (result.points.cols() > 0) return result;
  }
  throw std::runtime_error(
      std::string("propose: no point is left that satisfies the constraints and is not in flight "
                  "already") +
      (allowed.reach().limited() ? ", within the largest moves of the parameters" : ""));
}

// Distance to the nearest of `others`.
double nearest(const VectorXd& point, const MatrixXd& others) {
  return others.cols() == 0 ? 0 : (others.colwise() - point).colwise().norm().minCoeff();
}

void fill_space(const MatrixXd& points, const ProposeState& state, Proposal& proposal) {
  MatrixXd known(points.rows(), state.measured.cols() + state.pending.cols());
  if (state.measured.cols() > 0) known.leftCols(state.measured.cols()) = state.measured;
  if (state.pending.cols() > 0) known.rightCols(state.pending.cols()) = state.pending;
  proposal.acquisition = "space_filling";
  proposal.value = -1;
  for (Index j = 0; j < points.cols(); ++j) {
    const double distance = nearest(points.col(j), known);
    if (distance <= proposal.value) continue;
    proposal.value = distance;
    proposal.unit = points.col(j);
  }
  proposal.evaluations = static_cast<int>(points.cols());
}

// Raw samples, and steps of decreasing length around the points worth a closer look.
MatrixXd with_local(const MatrixXd& points, const Composite& composite, const SearchSpace& space,
                    const Allowed& allowed, bool near_failures, Rng& rng) {
  constexpr int kAround = 32;
  std::vector<VectorXd> extra;
  std::normal_distribution<double> normal;
  for (const VectorXd& centre : composite.attractors)
    for (int i = 0; i < kAround; ++i) {
      VectorXd point = centre;
      const double reach = std::pow(10.0, -1.0 - 2.0 * i / kAround);
      for (double& coordinate : point)
        coordinate = std::clamp(coordinate + reach * normal(rng), 0.0, 1.0);
      point = space.snap(point);
      if (allowed.free(point) && (near_failures || !allowed.near_failure(point)))
        extra.push_back(std::move(point));
    }
  MatrixXd all(points.rows(), points.cols() + static_cast<Index>(extra.size()));
  all.leftCols(points.cols()) = points;
  for (std::size_t i = 0; i < extra.size(); ++i)
    all.col(points.cols() + static_cast<Index>(i)) = extra[i];
  return all;
}

// The best points, none within `apart` of a better one.
std::vector<Index> best_apart(const MatrixXd& points, const VectorXd& values, int count) {
  constexpr double kApart = 0.05;
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values(a) > values(b); });
  std::vector<Index> chosen;
  for (const Index j : order) {
    if (static_cast<int>(chosen.size()) >= count) break;
    const bool apart = std::all_of(chosen.begin(), chosen.end(), [&](Index i) {
      return (points.col(i) - points.col(j)).norm() > kApart;
    });
    if (apart) chosen.push_back(j);
  }
  return chosen;
}

// The search from the points that came before: along the gradient in what is continuous, and from
// level to level in what is not.
class Ascent {
 public:
  Ascent(const SearchSpace& space, const Composite& composite, const Allowed& allowed,
         bool near_failures, const ProposeOptions& options, Proposal& proposal)
      : space_(space),
        composite_(composite),
        allowed_(allowed),
        near_failures_(near_failures),
        options_(options),
        proposal_(proposal),
        discrete_(space.discrete_axes()) {}

  void from(VectorXd start) {
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) {
      const Refined refined = along_the_gradient(std::move(start));
      if (proposal_.cut || discrete_.empty()) return;
      const MatrixXd others =
          flips(space_, refined.x, [&](const VectorXd& point) { return allowed_.free(point); });
      if (others.cols() == 0) return;
      const VectorXd values = composite_.values(others);
      proposal_.evaluations += static_cast<int>(others.cols());
      Index best = 0;
      if (!(values.maxCoeff(&best) > refined.value)) return;
      start = others.col(best);
      consider(start, values(best));
    }
  }

 private:
  Refined along_the_gradient(VectorXd start) {
    Refined refined = refine(
        [&](const VectorXd& x, VectorXd& gradient) {
          const double value = composite_.value(x, gradient);
          for (const Index axis : discrete_) gradient(axis) = 0;
          return value;
        },
        [&](const VectorXd& x) { return allowed_.reachable(x); }, std::move(start),
        options_.refine_evaluations, options_.expired);
    proposal_.evaluations += refined.evaluations;
    proposal_.cut = refined.cut;
    consider(refined.x, refined.value);
    return refined;
  }

  void consider(const VectorXd& x, double known) {
    const VectorXd snapped = space_.snap(x);
    if (!allowed_.free(snapped) || (!near_failures_ && allowed_.near_failure(snapped))) return;
    const double value = snapped == x ? known : composite_.values(snapped)(0);
    if (value <= proposal_.value) return;
    proposal_.value = value;
    proposal_.unit = snapped;
  }

  const SearchSpace& space_;
  const Composite& composite_;
  const Allowed& allowed_;
  const bool near_failures_;
  const ProposeOptions& options_;
  Proposal& proposal_;
  const std::vector<Index> discrete_;
};

void search(const SearchSpace& space, const Composite& composite, const Allowed& allowed,
            const MatrixXd& points, bool near_failures, const ProposeOptions& options,
            Proposal& proposal) {
  const VectorXd values = composite.values(points);
  proposal.evaluations = static_cast<int>(points.cols());
  Index best = 0;
  proposal.value = values.maxCoeff(&best);
  proposal.unit = points.col(best);
  if (space.candidates().cols() > 0) return;  // Between them is nothing.
  Ascent ascent(space, composite, allowed, near_failures, options, proposal);
  for (const Index start : best_apart(points, values, options.starts)) {
    if (options.expired && options.expired()) proposal.cut = true;
    if (proposal.cut) return;
    ascent.from(points.col(start));
  }
}

// The step of a quadratic around the best measurement, where that is what may be done.
std::optional<LocalStep> precise_step(const Objective& objective,
                                      const AcquisitionSpec& acquisition,
                                      const ProposeState& state) {
  constexpr double kPrecise = 1e-4;  // Noise over the spread of the values.
  const ObjectiveTerm& term = objective.terms.front();
  const bool maximise = term.kind == ObjectiveKind::kMaximise;
  if (acquisition.kind != AcquisitionKind::kAutomatic || objective.terms.size() != 1 ||
      !(maximise || term.kind == ObjectiveKind::kMinimise) || !term.where.empty() ||
      !objective.subject_to.empty() || state.pending.cols() > 0)
    return std::nullopt;
  const auto values = state.values.find(term.observables.front());
  const auto noise = state.next_noise.find(term.observables.front());
  if (values == state.values.end() || !values->second.allFinite()) return std::nullopt;
  const VectorXd y = maximise ? VectorXd(-values->second) : values->second;
  const double deviation =
      noise == state.next_noise.end() ? 0 : std::sqrt(std::max(0.0, noise->second));
  if (y.size() == 0 || !(deviation < kPrecise * (y.maxCoeff() - y.minCoeff()))) return std::nullopt;
  return local_step(state.measured, y, deviation);
}

// Proposes the step instead where it promises more than the acquisition is expected to bring.
void prefer_step(const std::optional<LocalStep>& step, const SearchSpace& space,
                 const Composite& composite, const Allowed& allowed, bool near_failures,
                 Proposal& proposal) {
  if (!step || composite.parts.size() != 1) return;
  // A quadratic goes through no levels, and its lowest point is no candidate.
  if (!space.discrete_axes().empty() || space.candidates().cols() > 0) return;
  const double expected = proposal.value - composite.parts.front().log_weight;
  const VectorXd unit = space.snap(step->unit);
  const double promised =
      std::log(step->gain) - (composite.cost ? composite.cost->log_seconds(MatrixXd(unit))(0) : 0);
  if (!(promised > expected) || !allowed.free(unit) ||
      (!near_failures && allowed.near_failure(unit)) || unit != step->unit)
    return;
  proposal.unit = unit;
  proposal.value = promised;
  proposal.gain = step->gain;
  proposal.acquisition = composite.cost ? "local_quadratic per second" : "local_quadratic";
}

std::string names_of(const Composite& composite) {
  std::string names;
  for (const Composite::Part& part : composite.parts)
    names += (names.empty() ? "" : " + ") + part.name;
  if (composite.cost) names += composite.parts.size() > 1 ? ", per second" : " per second";
  return names;
}

// What the one part promises there, without its scale and not by the second.
std::optional<double> gain_of(const Composite& composite, const Cost& cost, const VectorXd& unit) {
  if (composite.parts.size() != 1) return std::nullopt;
  const std::string& name = composite.parts[0].name;
  const auto& all = acquisition_names();
  const auto row =
      std::find_if(all.begin(), all.end(), [&](const auto& r) { return name == r.second; });
  if (row == all.end() || !is_gain(row->first)) return std::nullopt;
  double log_gain = composite.values(unit)(0) - composite.parts[0].log_weight;
  if (composite.cost) log_gain += cost.log_seconds(MatrixXd(unit))(0);
  return std::exp(log_gain);
}

}  // namespace

void validate(const ProposeOptions& options) {
  require(std::isfinite(options.exclusion_distance) && options.exclusion_distance >= 0,
          "ProposeOptions: exclusion_distance must be finite and >= 0");
  require(std::isfinite(options.avoid_distance) && options.avoid_distance >= 0,
          "ProposeOptions: avoid_distance must be finite and >= 0");
  require(std::isfinite(options.exposure_s), "ProposeOptions: exposure_s must be finite");
  require(options.raw_samples >= 1, "ProposeOptions: raw_samples must be >= 1");
  require(options.references >= 1, "ProposeOptions: references must be >= 1");
  require(options.starts >= 0, "ProposeOptions: starts must be >= 0");
  require(options.refine_evaluations >= 1, "ProposeOptions: refine_evaluations must be >= 1");
}

Proposal propose(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                 const AcquisitionSpec& acquisition, const ProposeState& state,
                 const ProposeOptions& options, Rng& rng) {
  check_objective(objective, acquisition);
  validate(acquisition, space.parameters());
  check_state(space, models, state);
  validate(options);
  const MatrixXd raw = space.sample(options.raw_samples, rng);
  const MatrixXd references = space.sample(options.references, rng);
  const Allowed allowed(space, state, options);
  const bool long_list = static_cast<double>(space.candidates().cols()) > kMany;
  const Candidates choice =
      candidates(space, allowed, long_list ? space.sample(static_cast<Index>(kMany), rng) : raw);
  Composite composite = build_composite(
      {space, objective, models, acquisition, state, options.exposure_s, raw, references}, rng);
  const Cost cost(space, state.from, options.exposure_s);
  if (acquisition.per_second && !composite.empty()) {
    composite.cost = cost;
    // What is at hand is cheap, and sparse samples would miss it.
    if (state.from.size() > 0)
      composite.attractors.emplace_back(space.to_unit(state.from).cwiseMax(0.0).cwiseMin(1.0));
  }
  Proposal proposal;
  proposal.avoided_failed_exhausted = choice.near_failures && state.failed.cols() > 0;
  proposal.missing = composite.missing;
  if (composite.empty()) {
    fill_space(choice.points, state, proposal);
  } else {
    proposal.acquisition = names_of(composite);
    proposal.seeks_feasibility = composite.seeks_feasibility();
    const MatrixXd points =
        with_local(choice.points, composite, space, allowed, choice.near_failures, rng);
    search(space, composite, allowed, points, choice.near_failures, options, proposal);
    proposal.gain = gain_of(composite, cost, proposal.unit);
    prefer_step(precise_step(objective, acquisition, state), space, composite, allowed,
                choice.near_failures, proposal);
  }
  proposal.physical = space.from_unit(proposal.unit, options.exposure_s);
  proposal.seconds = cost.seconds(proposal.physical);
  return proposal;
}

MatrixXd initial_design(const SearchSpace& space, Index count, Rng& rng) {
  require(count >= 0, "initial_design: count must be >= 0");
  // Greedy maximin over a low-discrepancy pool: spread whatever the constraints. A border counts
  // like a point at the same distance outside, or the design would line the borders; a point on it
  // comes before a repeated one.
  const MatrixXd pool = space.sample(std::max<Index>(32 * count, 64), rng);
  const ProposeState nothing;
  const ProposeOptions options;
  const MatrixXd points = candidates(space, Allowed(space, nothing, options), pool).points;
  VectorXd distance(points.cols());
  // Levels and candidates have no border: the outermost are as good as any.
  VectorXd bordered = VectorXd::Constant(space.dimension(), space.candidates().cols() > 0 ? 0 : 1);
  for (const Index axis : space.discrete_axes()) bordered(axis) = 0;
  for (Index j = 0; j < points.cols(); ++j) {
    double border = 0.5;
    for (Index i = 0; i < space.dimension(); ++i)
      if (bordered(i) > 0) border = std::min({border, points(i, j), 1 - points(i, j)});
    distance(j) = std::max(1e-6, 2 * border);
  }
  MatrixXd design(space.dimension(), count);
  for (Index i = 0; i < count; ++i) {
    Index best = 0;
    distance.maxCoeff(&best);
    design.col(i) = points.col(best);
    for (Index j = 0; j < points.cols(); ++j)
      distance(j) = std::min(distance(j), (points.col(j) - design.col(i)).norm());
  }
  return design;
}

}  // namespace foray::optimizer
