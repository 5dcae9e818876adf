#include "foray/optimizer/propose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "decision.h"
#include "foray/common/check.h"
#include "route.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// What is known once a proposal is in flight.
void take_in_flight(const Proposal& proposal, const SearchSpace& space, ProposeState& state) {
  const Index count = state.pending.cols();
  state.pending.conservativeResize(space.dimension(), count + 1);
  state.pending.col(count) = proposal.unit;
  const auto append = [&](const std::string& name, double noise) {
    VectorXd& known = state.pending_noise[name];
    known.conservativeResize(count + 1);
    known(count) = noise;
  };
  double exposure_s = 1;
  for (std::size_t i = 0; i < space.parameters().size(); ++i)
    if (space.parameters()[i].role == ParameterRole::kExposure)
      exposure_s = proposal.physical(static_cast<Index>(i));
  std::map<std::string, double> noise = state.next_noise;
  for (const auto& [name, of_a_second] : state.counting_noise)
    noise[name] = of_a_second / exposure_s;
  if (const auto fidelity = find_fidelity(space.parameters())) {
    const double value = proposal.physical(static_cast<Index>(*fidelity));
    for (const auto& [name, of_level] : state.fidelity_noise)
      noise[name] = of_level(level_index(space.parameters()[*fidelity], value));
  }
  for (auto& [name, known] : state.pending_noise) noise.try_emplace(name, 0.0);
  for (const auto& [name, variance] : noise) {
    if (state.pending_noise.count(name) == 0) state.pending_noise[name] = VectorXd::Zero(count);
    append(name, variance);
  }
  state.from = proposal.physical;
}

// Seconds of a move; infinite where it is longer than the parameters allow.
double seconds_between(const SearchSpace& space, const VectorXd& from, const VectorXd& to) {
  constexpr double kRounding = 1e-9;
  for (std::size_t i = 0; i < space.parameters().size(); ++i) {
    const Parameter& p = space.parameters()[i];
    const auto k = static_cast<Index>(i);
    if (p.max_move > 0 && std::abs(to(k) - from(k)) > p.max_move + kRounding * (p.upper - p.lower))
      return std::numeric_limits<double>::infinity();
  }
  return space.move_seconds(from, to);
}

// In the order of the shortest way, each with the seconds that it takes then.
std::vector<Proposal> in_route(const SearchSpace& space, const VectorXd& from,
                               const ProposeOptions& options, const std::vector<Proposal>& batch) {
  const auto count = static_cast<Index>(batch.size());
  VectorXd first = VectorXd::Zero(count);
  MatrixXd between(count, count);
  const auto place = [&](Index i) -> const VectorXd& {
    return batch[static_cast<std::size_t>(i)].physical;
  };
  for (Index i = 0; i < count; ++i) {
    if (from.size() > 0) first(i) = seconds_between(space, from, place(i));
    for (Index j = 0; j < count; ++j) between(i, j) = seconds_between(space, place(i), place(j));
  }
  std::vector<Proposal> ordered;
  VectorXd here = from;
  for (const Index i : shortest_route(first, between)) {
    ordered.push_back(batch[static_cast<std::size_t>(i)]);
    Proposal& next = ordered.back();
    next.seconds = Cost(space, here, options.exposure_s, options.overhead_s).seconds(next.physical);
    here = next.physical;
  }
  return ordered;
}

}  // namespace

Proposal propose(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                 const AcquisitionSpec& acquisition, const ProposeState& given,
                 const ProposeOptions& options, Rng& rng) {
  ProposeOptions single = options;
  single.batch = 1;
  return Decision(space, objective, models, acquisition, given, single, rng).choose();
}

std::vector<Proposal> propose_batch(const SearchSpace& space, const Objective& objective,
                                    const ModelMap& models, const AcquisitionSpec& acquisition,
                                    const ProposeState& given, const ProposeOptions& options,
                                    Rng& rng) {
  Decision first(space, objective, models, acquisition, given, options, rng);
  std::vector<Proposal> batch = {first.choose()};
  ProposeState state = given;
  while (static_cast<Index>(batch.size()) < options.batch) {
    // Each further point would be asked about hundreds of others, whatever time is left.
    if (acquisition.kind == AcquisitionKind::kRemote && options.expired && options.expired()) {
      batch.back().cut = true;
      break;
    }
    take_in_flight(batch.back(), space, state);
    try {
      batch.push_back(propose(space, objective, models, acquisition, state, options, rng));
    } catch (const NothingLeft&) {
      break;  // Nothing is left to measure.
    }
  }
  const bool alike = std::all_of(batch.begin(), batch.end(), [&](const Proposal& proposal) {
    return proposal.acquisition == batch.front().acquisition;
  });
  if (batch.size() > 1 && alike && first.can_climb_together()) first.climb_together(batch);
  return in_route(space, given.from, options, batch);
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
  for (const Index axis : space.standing_axes()) bordered(axis) = 0;
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
