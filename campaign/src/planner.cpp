#include "planner.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "faults.h"
#include "foray/campaign/progress.h"
#include "foray/common/random.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "foray/optimizer/propose.h"
#include "learned_cost.h"

namespace foray::campaign {
namespace {

// Read-backs may pass a limit by so much of its range without being refused: rounding of scales.
constexpr double kRounding = 1e-9;

Eigen::MatrixXd columns(const std::vector<Eigen::VectorXd>& points, Eigen::Index rows) {
  Eigen::MatrixXd matrix(rows, static_cast<Eigen::Index>(points.size()));
  for (std::size_t i = 0; i < points.size(); ++i) {
    matrix.col(static_cast<Eigen::Index>(i)) = points[i];
  }
  return matrix;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Where a failure is to be avoided: where it was refused, and where it failed more than once.
Eigen::MatrixXd places_to_avoid(const CampaignView& view, const optimizer::SearchSpace& space) {
  std::vector<Eigen::VectorXd> blamed;
  std::vector<FaultKind> faults;
  for (const MeasurementView& measurement : view.measurements()) {
    if (measurement.state == MeasurementState::kFailed && blames_place(measurement.fault)) {
      blamed.push_back(space.to_unit(measurement.position));
      faults.push_back(measurement.fault);
    }
  }
  const double distance = view.spec().patience.avoid_distance;
  std::vector<Eigen::VectorXd> avoided;
  for (std::size_t i = 0; i < blamed.size(); ++i) {
    const auto near = std::count_if(blamed.begin(), blamed.end(), [&](const auto& other) {
      return (other - blamed[i]).norm() <= distance;
    });
    if (near >= 2 || faults[i] == FaultKind::kRefused) {
      avoided.push_back(blamed[i]);
    }
  }
  return columns(avoided, space.dimension());
}

bool is_pending(const MeasurementView& measurement) {
  return measurement.state == MeasurementState::kProposed ||
         measurement.state == MeasurementState::kRequested ||
         measurement.state == MeasurementState::kDone;
}

// What each scored measurement brought, on the scale of the observable's transform; NaN where it
// brought nothing or a bound.
Eigen::VectorXd values_of(const CampaignView& view, std::size_t k) {
  const Transform transform = view.spec().observables[k].transform;
  Eigen::VectorXd values =
      Eigen::VectorXd::Constant(static_cast<Eigen::Index>(view.scored().size()), std::nan(""));
  for (std::size_t i = 0; i < view.scored().size(); ++i) {
    const scattering::Observable& result = view.measurement(view.scored()[i]).observables.at(k);
    if (result.status != scattering::ObservableStatus::kPresent) continue;
    const auto value = to_model(transform, result.value, result.variance);
    if (value && value->bound == surrogate::Bound::kNone)
      values(static_cast<Eigen::Index>(i)) = value->value;
  }
  return values;
}

// Where the instrument is, or will be after the measurements in flight; empty before the first.
Eigen::VectorXd last_place(const CampaignView& view) {
  const auto& all = view.measurements();
  const auto found = std::find_if(all.rbegin(), all.rend(), [](const MeasurementView& one) {
    return one.state != MeasurementState::kFailed || one.fault != FaultKind::kRefused;
  });
  return found == all.rend() ? Eigen::VectorXd() : found->position;
}

// The same for each way of measuring: as its own measurements did, or all where it has none yet.
void expect_noise_of_ways(const CampaignView& view, const std::string& name,
                          const ObservableData& data, optimizer::ProposeState& state) {
  const std::size_t fidelity = *optimizer::find_fidelity(view.parameters());
  const optimizer::Parameter& ways = view.parameters()[fidelity];
  const auto way_of = [&](const MeasurementView& measurement) {
    const double value = measurement.position(static_cast<Eigen::Index>(fidelity));
    return optimizer::level_index(ways, optimizer::nearest_level(ways, value));
  };
  const Eigen::VectorXd& known = data.points.noise;
  std::vector<std::vector<double>> of_way(static_cast<std::size_t>(optimizer::level_count(ways)));
  for (std::size_t i = 0; i < data.ids.size(); ++i) {
    of_way[static_cast<std::size_t>(way_of(view.measurement(data.ids[i])))].push_back(
        known(static_cast<Eigen::Index>(i)));
  }
  Eigen::VectorXd& noise = state.fidelity_noise[name];
  noise.resize(static_cast<Eigen::Index>(of_way.size()));
  for (std::size_t l = 0; l < of_way.size(); ++l) {
    noise(static_cast<Eigen::Index>(l)) =
        median(of_way[l].empty() ? std::vector<double>(known.begin(), known.end()) : of_way[l]);
  }
  state.next_noise[name] = noise(noise.size() - 1);
  Eigen::VectorXd& pending = state.pending_noise[name];
  pending.resize(state.pending.cols());
  Eigen::Index j = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending(j++) = noise(way_of(measurement));
    }
  }
}

// What the next measurements of an observable will leave unknown, from what those before did: the
// same, or, where how long to count is decided, as counting statistics have it.
void expect_noise(const CampaignView& view, std::size_t k, const optimizer::SearchSpace& space,
                  optimizer::ProposeState& state) {
  const std::string& name = view.spec().observables[k].spec.name;
  const ObservableData data = view.data(k, space);
  const Eigen::VectorXd& known = data.points.noise;
  if (known.size() == 0) {
    return;
  }
  if (optimizer::find_fidelity(view.parameters())) {
    expect_noise_of_ways(view, name, data, state);
    return;
  }
  if (!view.spec().acquisition.decide_exposure) {
    const double noise = median(std::vector<double>(known.begin(), known.end()));
    state.next_noise[name] = noise;
    state.pending_noise[name] = Eigen::VectorXd::Constant(state.pending.cols(), noise);
    return;
  }
  std::vector<double> of_a_second;
  for (std::size_t i = 0; i < data.ids.size(); ++i) {
    of_a_second.push_back(known(static_cast<Eigen::Index>(i)) *
                          exposure_of(view.spec(), view.measurement(data.ids[i]).position));
  }
  state.counting_noise[name] = median(std::move(of_a_second));
  Eigen::VectorXd& pending = state.pending_noise[name];
  pending.resize(state.pending.cols());
  Eigen::Index j = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending(j++) = state.counting_noise[name] / exposure_of(view.spec(), measurement.position);
    }
  }
}

optimizer::ProposeState propose_state(const CampaignView& view,
                                      const optimizer::SearchSpace& space) {
  optimizer::ProposeState state;
  std::vector<Eigen::VectorXd> pending;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending.push_back(space.to_unit(measurement.position));
    }
  }
  std::vector<Eigen::VectorXd> measured;
  for (const MeasurementId id : view.scored()) {
    measured.push_back(space.to_unit(view.measurement(id).position));
  }
  state.measured = columns(measured, space.dimension());
  state.pending = columns(pending, space.dimension());
  state.failed = places_to_avoid(view, space);
  state.from = last_place(view);
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    state.values[view.spec().observables[k].spec.name] = values_of(view, k);
    expect_noise(view, k, space, state);
  }
  return state;
}

Transform transform_of(const CampaignSpec& spec, const std::string& observable) {
  for (const ObservableChoice& choice : spec.observables) {
    if (choice.spec.name == observable) {
      return choice.transform;
    }
  }
  return Transform::kNone;
}

void to_model(const CampaignSpec& spec, std::vector<optimizer::OutcomeConstraint>& constraints) {
  for (optimizer::OutcomeConstraint& constraint : constraints) {
    const Transform transform = transform_of(spec, constraint.observable);
    if (constraint.at_least) {
      constraint.at_least =
          level_to_model(transform, *constraint.at_least, constraint.observable + ".at_least");
    }
    if (constraint.at_most) {
      constraint.at_most =
          level_to_model(transform, *constraint.at_most, constraint.observable + ".at_most");
    }
  }
}

// Why a discrete parameter cannot be set to a value within its limits.
std::optional<std::string> refusal_of_level(optimizer::Parameter parameter,
                                            const SafetyLimit& limit, double value) {
  if (!optimizer::is_discrete(parameter)) {
    return std::nullopt;
  }
  if (parameter.categories.empty()) {
    parameter.lower = limit.lower;
    parameter.upper = limit.upper;
  }
  return optimizer::refusal(parameter, value);
}

// The ways of measuring take turns in the initial design: how they agree is to be learned.
void take_turns(const std::vector<optimizer::Parameter>& parameters, std::int64_t made,
                Eigen::VectorXd& position) {
  if (const auto fidelity = optimizer::find_fidelity(parameters)) {
    const optimizer::Parameter& parameter = parameters[*fidelity];
    position(static_cast<Eigen::Index>(*fidelity)) =
        optimizer::level(parameter, made % optimizer::level_count(parameter));
  }
}

bool is_candidate(const CampaignSpec& spec, const Eigen::VectorXd& position) {
  return std::any_of(spec.candidates.begin(), spec.candidates.end(),
                     [&](const Candidate& candidate) {
                       for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
                         const optimizer::Parameter& parameter = spec.parameters[i];
                         const auto k = static_cast<Eigen::Index>(i);
                         if (parameter.role == optimizer::ParameterRole::kAxis &&
                             std::abs(position(k) - candidate.position(k)) >
                                 kRounding * (parameter.upper - parameter.lower)) {
                           return false;
                         }
                       }
                       return true;
                     });
}

std::string text_of(const std::vector<optimizer::Parameter>& parameters,
                    const Eigen::VectorXd& position) {
  std::string text;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    text += " " + parameters[i].name + " = " +
            optimizer::value_text(parameters[i], position(static_cast<Eigen::Index>(i)));
  }
  return text;
}

// The next of those that were chosen together.
Proposed accompanying(const CampaignView& view) {
  const Companion& chosen = view.companions().front();
  Proposed proposed;
  proposed.source = ProposalSource::kOptimizer;
  proposed.index = view.optimizer_proposed();
  proposed.position = chosen.position;
  proposed.acquisition = chosen.acquisition;
  proposed.value = chosen.value;
  proposed.gain = chosen.gain;
  proposed.seconds = chosen.seconds;
  return proposed;
}

// What is recorded of a proposal.
Companion to_record(const optimizer::Proposal& proposal) {
  Companion record;
  record.position = proposal.physical;
  record.acquisition = proposal.acquisition;
  record.value = std::isfinite(proposal.value) ? proposal.value : 0;
  if (proposal.gain && std::isfinite(*proposal.gain)) {
    record.gain = proposal.gain;
  }
  record.seconds = proposal.seconds;
  return record;
}

// The acquisition function as far as it suits the objective: one that is set later may be none that
// it suits; the proposal says what was used.
optimizer::AcquisitionSpec acquisition_for(const CampaignView& view) {
  optimizer::AcquisitionSpec acquisition = view.spec().acquisition;
  if (!optimizer::suits(acquisition.kind, view.objective())) {
    acquisition.kind = optimizer::AcquisitionKind::kAutomatic;
  }
  acquisition.per_second =
      acquisition.per_second && optimizer::is_gain(acquisition.kind, view.objective());
  if (!optimizer::suits_trust_region(view.objective())) {
    acquisition.trust_region.reset();
  }
  return acquisition;
}

// The objective in the surrogates' variables.
optimizer::Objective to_model(const CampaignSpec& spec, optimizer::Objective objective) {
  for (optimizer::ObjectiveTerm& term : objective.terms) {
    const std::string& first = term.observables.front();
    if (term.kind == optimizer::ObjectiveKind::kTarget ||
        term.kind == optimizer::ObjectiveKind::kLevelSet) {
      term.level = level_to_model(transform_of(spec, first), term.level, first + ".level");
    }
    for (std::size_t k = 0; k < term.reference.size(); ++k) {
      const std::string& name = term.observables[k];
      term.reference[k] =
          level_to_model(transform_of(spec, name), term.reference[k], name + ".reference");
    }
    to_model(spec, term.where);
  }
  to_model(spec, objective.subject_to);
  return objective;
}

}  // namespace

double exposure_of(const CampaignSpec& spec, const Eigen::VectorXd& position) {
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    if (spec.parameters[i].role == optimizer::ParameterRole::kExposure) {
      return position(static_cast<Eigen::Index>(i));
    }
  }
  return spec.exposure_s;
}

Planner::Planner(const CampaignView& view) {
  std::vector<optimizer::Parameter> parameters = view.spec().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const SafetyLimit limit = limit_of(view, i);
    if (parameters[i].role == optimizer::ParameterRole::kFixed ||
        parameters[i].role == optimizer::ParameterRole::kContext) {
      continue;  // Constraints are judged at the one value, and not about the other.
    }
    parameters[i].lower = limit.lower;
    parameters[i].upper = limit.upper;
    parameters[i].step = 0;
    // What it can be is asked before constraints are.
    parameters[i].integer = false;
    parameters[i].values.clear();
    parameters[i].categories.clear();
    parameters[i].seconds.clear();
    if (parameters[i].role == optimizer::ParameterRole::kFidelity) {
      parameters[i].role = optimizer::ParameterRole::kAxis;
    }
  }
  widest_ = std::make_shared<optimizer::SearchSpace>(parameters, view.spec().constraints);
}

std::shared_ptr<const optimizer::SearchSpace> Planner::space(const CampaignView& view) {
  const std::size_t results = view.scored().size();
  if (version_ != view.ranges_version() ||
      (results_ != results && (view.spec().learn_cost || !space_->context_axes().empty()))) {
    space_ = std::make_shared<optimizer::SearchSpace>(search_space(view));
    version_ = view.ranges_version();
    results_ = results;
  }
  return space_;
}

SafetyLimit Planner::limit_of(const CampaignView& view, std::size_t parameter) const {
  const optimizer::Parameter& known = view.spec().parameters.at(parameter);
  for (const SafetyLimit& limit : view.spec().limits) {
    if (limit.parameter == known.name) {
      return limit;
    }
  }
  return {known.name, known.lower, known.upper};
}

std::optional<std::string> Planner::refusal(const CampaignView& view,
                                            const Eigen::VectorXd& position) const {
  const auto& parameters = view.spec().parameters;
  std::ostringstream text;
  if (position.size() != static_cast<Eigen::Index>(parameters.size())) {
    text << "position: expected " << parameters.size() << " values, got " << position.size();
    return text.str();
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].role == optimizer::ParameterRole::kContext) {
      continue;  // It is not set.
    }
    const SafetyLimit limit = limit_of(view, i);
    const double value = position(static_cast<Eigen::Index>(i));
    const double width = limit.upper - limit.lower;
    const double slack = kRounding * (width > 0 ? width : std::abs(limit.upper));
    if (!(value >= limit.lower - slack && value <= limit.upper + slack)) {
      text << "position." << parameters[i].name << ": expected a value in [" << limit.lower << ", "
           << limit.upper << "] " << parameters[i].unit << ", got " << value;
      return text.str();
    }
    if (const auto refused = refusal_of_level(parameters[i], limit, value)) {
      return "position." + parameters[i].name + ": " + *refused;
    }
  }
  if (const auto refused = optimizer::refusal_of_sums(parameters, position)) {
    return "position: " + *refused;
  }
  if (!view.spec().candidates.empty() && !is_candidate(view.spec(), position)) {
    text << "position: expected one of the " << view.spec().candidates.size() << " candidates, got"
         << text_of(parameters, position);
    return text.str();
  }
  const Eigen::VectorXd unit = widest_->to_unit(position).cwiseMax(0.0).cwiseMin(1.0);
  if (!widest_->feasible(unit)) {
    text << "position: expected one that satisfies the constraints, got"
         << text_of(parameters, position);
    return text.str();
  }
  return std::nullopt;
}

bool Planner::begins_batch(const CampaignView& view) {
  return view.spec().joint_batch && view.queue().empty() && view.retries().empty() &&
         view.companions().empty() && !designed(view, false);
}

Proposed Planner::next(const CampaignView& view, const Models& models, bool asked,
                       const std::function<bool()>& expired) {
  Proposed proposed;
  if (!asked && !view.queue().empty()) {
    proposed.source = ProposalSource::kOperator;
    proposed.index = view.queue().front().queue_id;
    proposed.position = view.queue().front().position;
  } else if (!asked && !view.retries().empty()) {
    proposed.source = ProposalSource::kRetry;
    proposed.index = view.retries().front();
    proposed.position = view.measurement(view.retries().front()).requested;
  } else if (!asked && !view.companions().empty()) {
    proposed = accompanying(view);
  } else {
    proposed = automatic(view, models, asked, expired);
  }
  proposed.id = view.next_id();
  return proposed;
}

std::optional<Proposed> Planner::designed(const CampaignView& view, bool asked) {
  const CampaignSpec& spec = view.spec();
  const std::int64_t made = view.initial_proposed() + view.asked_proposed();
  const std::int64_t size = initial_design_size(spec);
  const auto start = static_cast<std::int64_t>(spec.start.size());
  if (made >= size || (made >= start && optimizer::asks_for_safety(view.objective()))) {
    return std::nullopt;
  }
  const auto here = space(view);
  Proposed proposed;
  proposed.source = asked ? ProposalSource::kAsked : ProposalSource::kInitial;
  proposed.index = asked ? view.asked_proposed() : view.initial_proposed();
  if (made < start) {
    const Eigen::VectorXd& position = spec.start[static_cast<std::size_t>(made)].position;
    proposed.position = here->from_unit(here->to_unit(position), spec.exposure_s);
    proposed.acquisition = "start";
    return proposed;
  }
  Rng rng(derive_seed(spec.seed, "initial design"));
  const Eigen::MatrixXd design = optimizer::initial_design(*here, size, rng);
  if (made >= design.cols()) {
    return std::nullopt;
  }
  const Eigen::VectorXd unit =
      optimizer::within_reach(*here, last_place(view), design.col(made), rng);
  proposed.position = here->from_unit(unit, spec.exposure_s);
  take_turns(view.parameters(), made, proposed.position);
  proposed.acquisition = "initial_design";
  return proposed;
}

Proposed Planner::automatic(const CampaignView& view, const Models& models, bool asked,
                            const std::function<bool()>& expired) {
  if (const auto initial = designed(view, asked)) {
    return *initial;
  }
  const CampaignSpec& spec = view.spec();
  const auto here = space(view);
  Proposed proposed;
  proposed.source = asked ? ProposalSource::kAsked : ProposalSource::kOptimizer;
  proposed.index = asked ? view.asked_proposed() : view.optimizer_proposed();
  Rng rng(derive_seed(derive_seed(spec.seed, asked ? "asked proposals" : "proposals"),
                      static_cast<std::uint64_t>(proposed.index)));
  optimizer::ProposeOptions options;
  options.exposure_s = spec.exposure_s;
  options.avoid_distance = spec.patience.avoid_distance;
  options.expired = expired;
  if (const auto cost = spec.learn_cost ? learned_cost(view) : std::nullopt) {
    options.overhead_s = cost->overhead_s;
  }
  optimizer::ModelMap map;
  for (const ObservableChoice& choice : spec.observables) {
    if (const surrogate::Model* model = models.find(choice.spec.name)) {
      map[choice.spec.name] = model;
    }
  }
  const optimizer::Objective objective = to_model(spec, view.objective());
  const optimizer::AcquisitionSpec acquisition = acquisition_for(view);
  const optimizer::ProposeState state = propose_state(view, *here);
  std::vector<optimizer::Proposal> batch;
  if (spec.joint_batch && !asked) {
    const std::int64_t count = std::min<std::int64_t>(spec.in_flight, proposals_left(view));
    options.batch = std::max<std::int64_t>(count, 1);
    batch = optimizer::propose_batch(*here, objective, map, acquisition, state, options, rng);
  } else {
    batch = {optimizer::propose(*here, objective, map, acquisition, state, options, rng)};
  }
  const Companion first = to_record(batch.front());
  proposed.position = first.position;
  proposed.acquisition = first.acquisition;
  proposed.value = first.value;
  proposed.gain = first.gain;
  proposed.seconds = first.seconds;
  for (const optimizer::Proposal& proposal : batch) {
    proposed.evaluations += proposal.evaluations;
    proposed.cut = proposed.cut || proposal.cut;
  }
  for (std::size_t i = 1; i < batch.size(); ++i) {
    proposed.companions.push_back(to_record(batch[i]));
  }
  return proposed;
}

}  // namespace foray::campaign
