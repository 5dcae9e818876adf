#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foray/campaign/transform.h"
#include "foray/optimizer/objective.h"
#include "foray/optimizer/parameter.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/kernel.h"

namespace foray::campaign {

/// What an observable is thought to be before anything is measured.
struct MeanChoice {
  enum class Kind {
    kConstant,    ///< a constant that is learned.
    kFixed,       ///< `value`.
    kLinear,      ///< a constant and a slope along each parameter, learned.
    kExpression,  ///< `expression` plus a constant that is learned.
    kTable,       ///< `table` between its points, plus a constant that is learned.
  };
  Kind kind = Kind::kConstant;
  double value = 0;             ///< in the observable's unit.
  std::string expression = {};  ///< of the parameters, in the observable's unit: "2 * x + sin(y)".
  /// What a simulation foretells: a point a column, the values of the parameters with the role axis
  /// in order and below them that of the observable, each in its unit. Planes are fitted to the
  /// points nearest to each place.
  Eigen::MatrixXd table = {};
};

/// An error that several results of an observable have in common: that of a normalisation, a
/// calibration, a mount.
struct SharedNoise {
  double sd = 0;  ///< > 0, on the scale that the surrogate learns.
  /// So many results share it, in the order in which they became known, >= 1; 0: see `by`.
  std::int64_t every = 0;
  std::string by = {};  ///< those with the same value of this parameter do, which is discrete.
};

/// An observable that the campaign learns.
struct ObservableChoice {
  scattering::ObservableSpec spec;
  Transform transform = Transform::kNone;
  /// Class probabilities on whose sides it may take other values (a grain size that jumps at phase
  /// boundaries): its surrogate sees them as further coordinates. Observables with the transform
  /// kLogit that are not themselves given anything.
  std::vector<std::string> given = {};
  /// How smooth it is known to be; empty: as SurrogateChoice says.
  std::optional<surrogate::KernelSpec> kernel = {};
  MeanChoice mean = {};
  std::optional<SharedNoise> shared_noise = {};  ///< empty: errors are each result's own.
};

/// A position that can be measured, where these are a list.
struct Candidate {
  Eigen::VectorXd position;  ///< one value a parameter; exposures and fixed ones: their `lower`.
  /// What is known of it, for people: the name of a sample, the hole of a plate.
  std::map<std::string, std::variant<double, std::string>> about = {};
};

/// Observables that one surrogate learns as mixtures of a few functions: what is measured of one
/// says something about the others, also where they are missing.
struct OutputGroup {
  std::vector<std::string> observables;  ///< two or more, none in another group.
  /// Functions that each is a mixture of, beside one of its own: 1 to their number.
  int rank = 1;
  /// Where each lies along an axis that they change smoothly with, a spectrum say, in any unit;
  /// empty: they have no order, and how they go together is learned.
  Eigen::VectorXd at = {};
};

/// The surrogate of every observable and how often it is trained.
struct SurrogateChoice {
  /// Its limits and centres are in the units of the parameters (of a logarithmic one: in natural
  /// logarithms) and of the observable on its transform's scale; axes are those parameters, counted
  /// in order, that have the role axis.
  surrogate::KernelSpec kernel = surrogate::KernelKind::kMatern52;
  /// Hyperparameters are trained anew when the data have grown by this fraction since the last
  /// training; in between the model is rebuilt with the old ones. 0: after every measurement.
  double retrain_growth = 0.05;
  std::vector<OutputGroup> together = {};  ///< the others are learned each by itself.
  /// So many sets of hyperparameters are drawn from their posterior at each training, 0 or 2 to 64,
  /// and the surrogates average over them; 0: the best set alone.
  int hyperparameter_draws = 0;
};

/// What may be spent; whichever ends first. Zero: no limit.
struct Budget {
  std::int64_t measurements = 0;  ///< measurements that brought a result, operators' included.
  double hours = 0;               ///< beam time: motion, settling and exposure [h].
};

/// When a campaign has answered its question.
enum class StopKind {
  /// The best value of the first optimising term (or, for mapping, the mean standard deviation of
  /// the posterior) improved by less than `improvement`, as a fraction of the spread of the
  /// observed values (of the standard deviation), over the last `patience` measurements.
  kConverged,
  kTargetReached,     ///< `observable` reached `value` (at least, at most, or within `tolerance`,
                      ///< as the objective asks).
  kUncertaintyBelow,  ///< the mean posterior standard deviation of `observable` over the space is
                      ///< below `value`.
  kStagnated,  ///< the best value of the first optimising term improved by no more than `value`, in
               ///< the observable's unit, over the last `patience` measurements.
  /// The expected gain of each of the last `patience` proposals, divided by the seconds that they
  /// cost, was below `value`, on the scale that the surrogate learns.
  kGainRateBelow,
  kSpent,             ///< `budget` is used up, either part of it: for kAll and kAny.
  kAll,               ///< all of `rules` hold at the same time.
  kAny,               ///< one of `rules` holds.
  kTransitionWithin,  ///< the transition's place is known to within `value` [the axis' unit].
};

/// One rule; a campaign ends when any of its rules holds.
struct StopRule {
  StopKind kind = StopKind::kConverged;
  double improvement = 0.01;         ///< kConverged: >= 0.
  int patience = 15;                 ///< kConverged, kStagnated: measurements, >= 1.
  std::string observable;            ///< kTargetReached, kUncertaintyBelow.
  double value = 0;                  ///< likewise and kStagnated (>= 0), in the observable's unit.
  double tolerance = 0;              ///< kTargetReached of a target objective: >= 0.
  Budget budget = {};                ///< kSpent: a part above 0.
  std::vector<StopRule> rules = {};  ///< kAll, kAny: one or more.
};

/// A part of a parameter's range, in its unit.
struct Interval {
  double lower = 0;
  double upper = 0;
};

/// Measuring more where a transition is.
struct Densify {
  double to = 0;          ///< until its place is known to within this, > 0 [the axis' unit];
  int measurements = 16;  ///< with so many measurements at most, >= 1.
};

/// What a measurement, or a transition, may trigger by itself.
struct ReactRule {
  std::string observable;          ///< "": it waits for a transition.
  std::optional<double> at_least;  ///< holds when the value is at least this;
  std::optional<double> at_most;   ///< and at most this.
  /// Holds when the transition's place is known to within this [the axis' unit]; infinity: once it
  /// is found.
  std::optional<double> transition_within = {};
  // What is done, once, when it first holds:
  bool pause = false;
  std::optional<optimizer::Objective> objective;  ///< set this objective.
  std::string range_of;  ///< narrow the range of this parameter to [lower, upper]; "": none.
  double lower = 0, upper = 0;
  /// Narrow the range of the axis that is watched to this width about the transition; 0: no.
  double around = 0;
  std::optional<Densify> densify = {};
};

/// A transition is looked for: a place on one axis where what is measured begins to be something
/// else.
struct TransitionWatch {
  /// The parameter that measurements are sorted by, set or measured, no category.
  std::string along;
  /// Observables that it may show in; empty: what the frames show (Score::features).
  std::vector<std::string> of = {};
  /// The chance that one look finds a transition where there is none, in (0, 0.1].
  double chance = 1e-4;
  /// Beside what changes at a transition, everything follows a parabola over so much of the axis
  /// [its unit]; 0: half of its range.
  double stretch = 0;
};

/// Hard limits of one parameter; nothing beyond them is ever sent to an instrument.
struct SafetyLimit {
  std::string parameter;
  double lower = 0;
  double upper = 0;
};

/// How patient the campaign is with its instrument.
struct Patience {
  double measurement_timeout_s = 600;  ///< from request to result, > 0.
  int retries = 1;              ///< of a request that failed for no fault of its place, >= 0.
  int consecutive_faults = 10;  ///< so many in a row pause the campaign, >= 1.
  /// A point nearer than this (Euclidean, unit cube) to two or more failures is avoided.
  double avoid_distance = 0.03;
  /// Pause when the controlling client has not been heard of for so long [s]; 0: not used.
  double dead_man_s = 0;
};

/// Everything that defines a campaign, but not the adapters that carry it out.
struct CampaignSpec {
  std::string name = "campaign";
  std::uint64_t seed = 0;
  std::vector<optimizer::Parameter> parameters;
  std::vector<std::string> constraints;  ///< in the parameters' names.
  std::vector<Candidate> candidates;     ///< nothing else is measured; empty: all of the space.
  /// Measured before anything else, in their order; what is not safe elsewhere is begun from them.
  std::vector<Candidate> start;
  std::vector<ObservableChoice> observables;
  optimizer::Objective objective;
  optimizer::AcquisitionSpec acquisition;
  SurrogateChoice surrogate;
  Budget budget;
  std::vector<StopRule> stop;
  std::vector<ReactRule> react;
  std::optional<TransitionWatch> transitions = {};
  std::vector<SafetyLimit> limits;  ///< of parameters without one: their range.
  Patience patience;
  std::int64_t initial_design = 0;  ///< points before the first model; 0: 2 d + 2, at least 5.
  /// Proposals outstanding at a time. 0: the campaign proposes only when asked, for people who
  /// run their own loop (`Campaign::ask`, `Campaign::tell`).
  int in_flight = 1;
  /// As many as may be outstanding are chosen together, once all those before are measured, and
  /// measured along the shortest route; else one whenever there is room.
  bool joint_batch = false;
  /// What moving, settling and exposing cost is learned from what they took; else, and until enough
  /// is known, it is what the parameters say.
  bool learn_cost = false;
  double exposure_s = 1;         ///< for parameters with the role exposure [s], > 0.
  double decision_budget_s = 1;  ///< longest training plus search for one proposal [s], > 0.
  int threads = 1;               ///< for training; proposals do not depend on it.
};

/// The kernel of an observable in unit coordinates, given the parameters' ranges as they are now.
/// Where there are categorical parameters and it names no axes, it is that kernel over the other
/// axes times a kernel of categories for each of these.
/// @throws std::invalid_argument naming the place: limits of axes of different units, centres of
///         another dimension.
[[nodiscard]] surrogate::KernelSpec unit_kernel(
    const CampaignSpec& spec, const ObservableChoice& observable,
    const std::vector<optimizer::Parameter>& parameters);

/// Refuses a kernel that cannot be that of an observable of the campaign.
/// @throws std::invalid_argument as unit_kernel and surrogate::Kernel.
void validate_kernel(const CampaignSpec& spec, const ObservableChoice& observable);

/// Refuses a shared noise that cannot be that of an observable of the campaign.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate_shared_noise(const CampaignSpec& spec, const ObservableChoice& observable);

/// The positions of the candidates, one a column; 0 columns where there are none.
[[nodiscard]] Eigen::MatrixXd candidate_positions(const CampaignSpec& spec);

/// What is wrong with a part of a specification.
struct SpecProblem {
  std::string field;    ///< of that part, as campaign files call it; "": the part itself.
  std::string problem;  ///< what was expected and what came.
};

/// Why a stopping rule, without the rules in it, cannot hold in a campaign: a number out of range,
/// or no objective of the campaign or of its react rules that the rule has a meaning for.
[[nodiscard]] std::optional<SpecProblem> problem_of(const CampaignSpec& spec, const StopRule& rule);

/// Why transitions cannot be looked for in a campaign as it says.
[[nodiscard]] std::optional<SpecProblem> problem_of(const CampaignSpec& spec,
                                                    const TransitionWatch& watch);

/// Why a rule cannot wait for a transition, or do what only such a rule can.
[[nodiscard]] std::optional<SpecProblem> problem_of_transition(const CampaignSpec& spec,
                                                               const ReactRule& rule);

/// Number of points of the initial design of a campaign, those that it starts with included. Where
/// the objective asks for safety they are all.
[[nodiscard]] std::int64_t initial_design_size(const CampaignSpec& spec);

/// Refuses a campaign that cannot be run.
///
/// @throws std::invalid_argument naming the field, what was expected and what came: no parameters,
///         names used twice, an objective that names an unknown observable, a range upside down,
///         limits that do not hold the range, a budget below zero.
void validate(const CampaignSpec& spec);

/// Refuses an objective whose terms or constraints name an observable that is not in `spec`.
/// @throws std::invalid_argument naming it and those that exist.
void validate_objective(const CampaignSpec& spec, const optimizer::Objective& objective);

/// Refuses an acquisition function that has no meaning for any of the objectives or for the
/// parameters of `spec`: of one objective it does not suit the automatic one serves.
/// @throws std::invalid_argument naming the field and what was expected.
void validate_acquisition(const CampaignSpec& spec, const optimizer::AcquisitionSpec& acquisition,
                          const std::vector<const optimizer::Objective*>& objectives);

}  // namespace foray::campaign
