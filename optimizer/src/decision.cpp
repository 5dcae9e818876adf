#include "decision.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "foray/common/check.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "local_step.h"
#include "propose_check.h"
#include "refine.h"

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

// Whether the acquisition is automatic, one value is sought and measurements are next to free of
// noise, so that what lies in a valley can be told.
bool is_precise(const SearchSpace& space, const Objective& objective,
                const AcquisitionSpec& acquisition, const ProposeState& state) {
  constexpr double kPrecise = 1e-4;         // Noise over the spread of the values.
  if (find_fidelity(space.parameters()) ||  // Not all that is known is of what is sought.
      acquisition.kind != AcquisitionKind::kAutomatic || !suits_trust_region(objective) ||
      !objective.terms.front().where.empty() || !objective.subject_to.empty())
    return false;
  const std::string& name = objective.terms.front().observables.front();
  const auto values = state.values.find(name);
  const auto noise = state.next_noise.find(name);
  if (values == state.values.end() || values->second.size() == 0 || !values->second.allFinite())
    return false;
  const double spread = values->second.maxCoeff() - values->second.minCoeff();
  const double deviation = noise == state.next_noise.end() ? 0 : std::sqrt(noise->second);
  return deviation < kPrecise * spread;
}

// The step of a quadratic around the best measurement.
std::optional<LocalStep> precise_step(const Objective& objective, const ProposeState& state) {
  if (state.pending.cols() > 0) return std::nullopt;
  const ObjectiveTerm& term = objective.terms.front();
  const VectorXd& values = state.values.at(term.observables.front());
  const auto noise = state.next_noise.find(term.observables.front());
  const double deviation = noise == state.next_noise.end() ? 0 : std::sqrt(noise->second);
  return local_step(state.measured,
                    term.kind == ObjectiveKind::kMaximise ? VectorXd(-values) : values, deviation);
}

// Proposes the step instead where it promises more than the acquisition is expected to bring.
void prefer_step(const std::optional<LocalStep>& step, const SearchSpace& space,
                 const Composite& composite, const Allowed& allowed, bool near_failures,
                 Proposal& proposal) {
  if (!step || composite.parts.size() != 1) return;
  // A quadratic goes through no levels, its lowest point is no candidate, and of what is measured
  // it takes another value.
  if (!space.discrete_axes().empty() || space.candidates().cols() > 0 ||
      !space.standing_axes().empty())
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
// searched stands: incumbents are what is best now, and two proposals that differ in what nobody
// chooses are one. What is in flight at a lower fidelity does not keep from the full one.
ProposeState in_context(const SearchSpace& space, ProposeState state) {
  if (space.standing_axes().empty()) return state;
  const VectorXd now = space.snap(VectorXd::Constant(space.dimension(), 0.5));
  const auto stand = [&](MatrixXd& points, const std::vector<Index>& axes) {
    for (const Index axis : axes)
      if (points.cols() > 0) points.row(axis).setConstant(now(axis));
  };
  stand(state.measured, space.standing_axes());
  stand(state.failed, space.standing_axes());
  stand(state.pending, space.context_axes());
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

// Places near those that are known to be safe, where only such may be measured: samples of the
// whole space may miss the safe part of it.
MatrixXd near_safe(const SearchSpace& space, const Safety& safety, Rng& rng) {
  constexpr Index kNear = 512;
  constexpr Index kLengths = 32;
  if (!safety.asked()) return {};
  const MatrixXd safe = safety.safe_measured();
  std::normal_distribution<double> normal;
  MatrixXd near(space.dimension(), kNear);
  for (Index j = 0; j < kNear; ++j) {
    const double reach = std::pow(10.0, -0.5 - 2.5 * static_cast<double>(j % kLengths) / kLengths);
    VectorXd point = safe.col(j % safe.cols());
    for (double& coordinate : point) coordinate += reach * normal(rng);
    near.col(j) = space.snap(point);
  }
  return near;
}

// What may be proposed: within the trust region, or anywhere where that leaves nothing; and whether
// it is within.
std::pair<Candidates, bool> choose_among(const SearchSpace& space,
                                         const std::optional<TrustBox>& box, const MatrixXd& raw,
                                         const MatrixXd& near, Allowed& allowed) {
  if (box) {
    const Reach anywhere = allowed.reach();
    allowed.reach().narrow(box->lower, box->upper, box->centre);
    try {
      return {candidates(space, allowed, raw, near), true};
    } catch (const NothingLeft&) {
      allowed.reach() = anywhere;
    }
  }
  return {candidates(space, allowed, raw, near), false};
}

// The noise of an exposure of so many seconds, where that is decided.
void expect_noise(double exposure_s, ProposeState& state) {
  for (const auto& [name, noise] : state.counting_noise)
    state.next_noise[name] = noise / exposure_s;
}

// Samples of the space; of what is computed elsewhere such as are on the steps and satisfy the
// constraints there, if any do, so that each is asked about once.
MatrixXd sampled(const SearchSpace& space, const AcquisitionSpec& acquisition, Index count,
                 Rng& rng) {
  MatrixXd points = space.sample(count, rng);
  if (acquisition.kind != AcquisitionKind::kRemote) return points;
  Index kept = 0;
  MatrixXd feasible(points.rows(), points.cols());
  for (Index j = 0; j < points.cols(); ++j) {
    points.col(j) = space.snap(points.col(j));
    if (space.feasible(points.col(j))) feasible.col(kept++) = points.col(j);
  }
  return kept > 0 ? MatrixXd(feasible.leftCols(kept)) : points;
}

// The arguments, if they make sense.
const SearchSpace& checked(const SearchSpace& space, const Objective& objective,
                           const ModelMap& models, const AcquisitionSpec& acquisition,
                           const ProposeState& state, const ProposeOptions& options) {
  check_objective(objective, acquisition);
  validate(acquisition, space.parameters());
  check_state(space, models, state);
  validate(options);
  require(acquisition.kind != AcquisitionKind::kRemote || options.evaluate != nullptr,
          "propose: the acquisition function \"remote\" needs somebody who evaluates it");
  return space;
}

}  // namespace

Decision::Decision(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                   const AcquisitionSpec& acquisition, const ProposeState& given,
                   const ProposeOptions& options, Rng& rng)
    : space_(checked(space, objective, models, acquisition, given, options)),
      objective_(objective),
      options_(options),
      rng_(rng),
      state_(in_context(space, given)),
      raw_(sampled(space, acquisition, options.raw_samples, rng)),
      references_(space.sample(options.references, rng)),
      counting_(space, objective, models, state_, options.overhead_s),
      decides_exposure_(acquisition.decide_exposure && counting_.possible()),
      exposure_s_(decides_exposure_ ? counting_.at(raw_) : options.exposure_s),
      safety_(space, objective, models, state_.measured),
      allowed_(space, state_, options_, safety_.asked() ? &safety_ : nullptr),
      anywhere_(allowed_),
      cost_(space, state_.from, exposure_s_, options.overhead_s),
      fidelity_(space, objective, models, state_) {
  if (decides_exposure_) expect_noise(exposure_s_, state_);
  precise_ = is_precise(space, objective, acquisition, state_);  // By the noise that is expected.
  const auto region =
      precise_ ? acquisition.trust_region.value_or(TrustRegion{}) : acquisition.trust_region;
  const auto box = region ? trust_box(space, objective, models, *region, state_) : std::nullopt;
  const bool long_list = static_cast<double>(space.candidates().cols()) > kMany;
  const MatrixXd tried = long_list ? space.sample(static_cast<Index>(kMany), rng) : raw_;
  const MatrixXd near = near_safe(space, safety_, rng);
  std::tie(candidates_, in_box_) = choose_among(space, box, tried, near, allowed_);
  composite_ = build_composite({space, objective, models, acquisition, state_, exposure_s_, raw_,
                                references_, options.batch, options.evaluate},
                               rng);
  if (!acquisition.per_second || composite_.empty()) return;
  composite_.cost = cost_;
  // What is at hand is cheap, and sparse samples would miss it.
  if (state_.from.size() > 0)
    composite_.attractors.emplace_back(space.to_unit(state_.from).cwiseMax(0.0).cwiseMin(1.0));
}

Proposal Decision::choose() {
  Proposal proposal;
  const bool near_failures = candidates_.near_failures;
  proposal.avoided_failed_exhausted = near_failures && state_.failed.cols() > 0;
  proposal.missing = composite_.missing;
  if (composite_.empty()) {
    fill_space(candidates_.points, state_, proposal);
  } else {
    proposal.acquisition = names_of(composite_);
    proposal.seeks_feasibility = composite_.seeks_feasibility();
    search(space_, composite_, allowed_,
           with_local(candidates_, composite_, space_, allowed_, rng_), options_, rng_, proposal);
    proposal.gain = gain_of(composite_, cost_, proposal.unit);
    if (in_box_) proposal.acquisition += " in a trust region";
    if (precise_)
      prefer_step(precise_step(objective_, state_), space_, composite_, anywhere_, near_failures,
                  proposal);
  }
  place(proposal);
  return proposal;
}

void Decision::place(Proposal& proposal) const {
  proposal.physical = space_.from_unit(proposal.unit, exposure_s_);
  if (decides_exposure_) proposal.physical(counting_.parameter()) = counting_.at(proposal.unit);
  if (fidelity_.possible()) fidelity_.choose(cost_, proposal);
  proposal.seconds = cost_.seconds(proposal.physical);
}

bool Decision::apart(const MatrixXd& points) const {
  const double reach = std::max(options_.exclusion_distance, 1e-12);
  for (Index i = 0; i < points.cols(); ++i) {
    if (!allowed_.free(points.col(i))) return false;
    if (!candidates_.near_failures && allowed_.near_failure(points.col(i))) return false;
    for (Index j = 0; j < i; ++j)
      if ((points.col(i) - points.col(j)).cwiseAbs().maxCoeff() <= reach) return false;
  }
  return true;
}

bool Decision::can_climb_together() const {
  const auto& parameters = space_.parameters();
  const bool limited = std::any_of(parameters.begin(), parameters.end(),
                                   [](const Parameter& p) { return p.max_move > 0; });
  return composite_.has_joint() && !composite_.cost && !limited && space_.parts().empty() &&
         space_.candidates().cols() == 0 && !fidelity_.possible();
}

void Decision::climb_together(std::vector<Proposal>& batch) {
  const Index d = space_.dimension();
  const auto q = static_cast<Index>(batch.size());
  MatrixXd start(d, q);
  for (Index i = 0; i < q; ++i) start.col(i) = batch[static_cast<std::size_t>(i)].unit;
  MatrixXd slope;
  VectorXd log_gains;
  const double before = composite_.joint_value(start, slope, log_gains);
  const auto free = [&](const VectorXd& flat) { return apart(flat.reshaped(d, q)); };
  const Refined refined = refine(
      [&](const VectorXd& flat, VectorXd& gradient) {
        const double value = composite_.joint_value(flat.reshaped(d, q), slope, log_gains);
        for (const Index axis : space_.discrete_axes()) slope.row(axis).setZero();
        for (const Index axis : space_.standing_axes()) slope.row(axis).setZero();
        gradient = slope.reshaped();
        return value;
      },
      free, start.reshaped(), static_cast<int>(q) * options_.refine_evaluations, options_.expired);
  MatrixXd points = refined.x.reshaped(d, q);
  for (Index i = 0; i < q; ++i) points.col(i) = space_.snap(points.col(i));
  if (!apart(points) || !(composite_.joint_value(points, slope, log_gains) > before)) {
    points = start;
    (void)composite_.joint_value(points, slope, log_gains);
  }
  for (Index i = 0; i < q; ++i) {
    Proposal& proposal = batch[static_cast<std::size_t>(i)];
    proposal.unit = points.col(i);
    proposal.value = log_gains(i) + composite_.parts.front().log_weight;
    if (proposal.gain) proposal.gain = std::exp(log_gains(i));
    place(proposal);
  }
  batch.front().evaluations += refined.evaluations;
  batch.front().cut = batch.front().cut || refined.cut;
}

}  // namespace foray::optimizer
