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
#include "propose_state.h"
#include "transition.h"

namespace foray::campaign {
namespace {

// Read-backs may pass a limit by so much of its range without being refused: rounding of scales.
constexpr double kPlanRounding = 1e-9;

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
                                 kPlanRounding * (parameter.upper - parameter.lower)) {
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
  optimizer::AcquisitionSpec acquisition = view.acquisition();
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
    const double slack = kPlanRounding * (width > 0 ? width : std::abs(limit.upper));
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
                       const optimizer::ProposeOptions& limits) {
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
    proposed = automatic(view, models, asked, limits);
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
    if (const auto way = optimizer::find_fidelity(spec.parameters)) {
      proposed.position(static_cast<Eigen::Index>(*way)) =
          position(static_cast<Eigen::Index>(*way));
    }
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
                            const optimizer::ProposeOptions& limits) {
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
  if (const auto place = denser_place(view, *here)) {
    const Eigen::VectorXd unit =
        optimizer::within_reach(*here, last_place(view), here->to_unit(*place), rng);
    proposed.position = here->from_unit(unit, spec.exposure_s);
    proposed.acquisition = kDensified;
    return proposed;
  }
  optimizer::ProposeOptions options = limits;
  options.exposure_s = spec.exposure_s;
  options.avoid_distance = spec.patience.avoid_distance;
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
