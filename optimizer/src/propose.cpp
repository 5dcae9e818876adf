#include "foray/optimizer/propose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "composite.h"
#include "foray/common/check.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "local_step.h"
#include "propose_check.h"
#include "search.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

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
Candidates with_local(const Candidates& choice, const Composite& composite,
                      const SearchSpace& space, const Allowed& allowed, Rng& rng) {
  const MatrixXd& points = choice.points;
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
      if (allowed.free(point) && (choice.near_failures || !allowed.near_failure(point)))
        extra.push_back(std::move(point));
    }
  MatrixXd all(points.rows(), points.cols() + static_cast<Index>(extra.size()));
  all.leftCols(points.cols()) = points;
  for (std::size_t i = 0; i < extra.size(); ++i)
    all.col(points.cols() + static_cast<Index>(i)) = extra[i];
  return {std::move(all), choice.near_failures};
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
  // A quadratic goes through no levels, its lowest point is no candidate, and of what is measured
  // it takes another value.
  if (!space.discrete_axes().empty() || space.candidates().cols() > 0 ||
      !space.context_axes().empty())
    return;
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

// All that is known, as if it had been measured, were in flight or had failed where what is not
// chosen is now: incumbents are what is best now, and two proposals that differ in what nobody
// chooses are one.
ProposeState in_context(const SearchSpace& space, ProposeState state) {
  if (space.context_axes().empty()) return state;
  const VectorXd now = space.snap(VectorXd::Constant(space.dimension(), 0.5));
  for (MatrixXd* points : {&state.measured, &state.pending, &state.failed})
    for (const Index axis : space.context_axes())
      if (points->cols() > 0) points->row(axis).setConstant(now(axis));
  return state;
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

Proposal propose(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                 const AcquisitionSpec& acquisition, const ProposeState& given,
                 const ProposeOptions& options, Rng& rng) {
  check_objective(objective, acquisition);
  validate(acquisition, space.parameters());
  check_state(space, models, given);
  validate(options);
  const ProposeState state = in_context(space, given);
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
    search(space, composite, allowed, with_local(choice, composite, space, allowed, rng), options,
           proposal);
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
  for (const Index axis : space.context_axes()) bordered(axis) = 0;
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
