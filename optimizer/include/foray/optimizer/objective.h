#pragma once

#include <optional>
#include <string>
#include <vector>

namespace foray::optimizer {

/// What the scientist wants to know or find, for one term of an objective.
enum class ObjectiveKind {
  kExplore,   ///< know the observable everywhere.
  kMaximise,  ///< find its largest value.
  kMinimise,  ///< find its smallest value.
  kTarget,    ///< find where it equals `level`.
  kLevelSet,  ///< know where it crosses `level`.
  kBoundary,  ///< know which of several class probabilities is largest where.
  kTradeOff,  ///< find the front on which one of several values gets better only as another gets
              ///< worse.
};

/// What is better of an observable that is traded off.
enum class Direction { kMaximise, kMinimise };

/// A learned constraint: an inequality of an observable.
struct OutcomeConstraint {
  std::string observable;
  std::optional<double> at_least;
  std::optional<double> at_most;
  /// Of subject_to: above 0, nothing is proposed where it is less probable than this that it holds,
  /// as far as the surrogate knows; in [0, 1).
  double probability = 0;
};

/// One term of an objective; its observables are named as in the campaign.
struct ObjectiveTerm {
  ObjectiveKind kind = ObjectiveKind::kExplore;
  std::vector<std::string> observables;  ///< one; kBoundary two or more, kTradeOff two to four.
  double level = 0;                      ///< for kTarget and kLevelSet, in the observable's unit.
  double weight = 1;                     ///< > 0, relative to the other terms.
  /// Counts only where these hold (probability of feasibility multiplies the term): grain size
  /// matters only where the film is ordered.
  std::vector<OutcomeConstraint> where;
  std::vector<Direction> directions = {};  ///< of kTradeOff, one an observable.
  /// Of kTradeOff, one value an observable, in its unit: what is worse counts nothing. Empty: a
  /// tenth of the measured range beyond the worst measured.
  std::vector<double> reference = {};
};

/// The question: one term, or several weighted against each other ("map the phases and, where it is
/// ordered, the grain size").
struct Objective {
  std::vector<ObjectiveTerm> terms;
  std::vector<OutcomeConstraint> subject_to;
};

/// The acquisition function, by the field's name, with explicit coefficients; what each is suited
/// to and called is in acquisition_kinds.h. What is positive is searched by its logarithm, which
/// has the same maximiser and does not underflow, what may have either sign after a monotone map;
/// for a minimum each is that of the negative observable.
enum class AcquisitionKind {
  kAutomatic,             ///< the one that suits the objective's kind; what was chosen is reported.
  kVariance,              ///< sigma^2, summed over the observables of a boundary.
  kUpperConfidenceBound,  ///< mu + beta sigma; for a minimum the lower one.
  kProbabilityOfImprovement,        ///< that f passes the best mean by `xi`.
  kExpectedImprovement,             ///< over the best mean and `xi`.
  kLogExpectedImprovement,          ///< the same.
  kNoisyExpectedImprovement,        ///< over draws of what the best one is.
  kLogNoisyExpectedImprovement,     ///< the same.
  kKnowledgeGradient,               ///< expected rise of the best mean.
  kThompson,                        ///< one function drawn from the posterior.
  kLogTargetImprovement,            ///< expected decrease of the distance to the level.
  kTargetProbability,               ///< that f is within `tolerance` of the level.
  kStraddle,                        ///< beta sigma - |mu - level|.
  kLevelSetEntropy,                 ///< of whether f lies above the level.
  kBoundary,                        ///< area whose class measuring here is expected to put right.
  kClassEntropy,                    ///< of which of the two likeliest classes it is.
  kExpectedHypervolumeImprovement,  ///< of the two that are traded off.
  kNoisyExpectedHypervolumeImprovement,  ///< over draws of what the front is; of two to four.
  kGradientWeighted,                     ///< |gradient of mu| sigma.
  kIntegratedVariance,          ///< variance that measuring here removes from the whole space.
  kCrossValidatedVariance,      ///< the same, more of it where measurements surprise.
  kMutualInformation,           ///< of a measurement here with measurements of the whole space.
  kTotalCorrelation,            ///< the least with the data.
  kRelativeInformationEntropy,  ///< the least divergence of the posterior from the prior.
  kExpression,                  ///< a formula of mu, sigma and the parameters.
  kRemote,                      ///< a function that is computed elsewhere (remote.h).
};

/// A box around the best measurement, which alone is searched in: it grows while measurements get
/// better and shrinks while they do not; when it has become too small another is begun elsewhere.
/// Eriksson et al. (2019), arXiv:1910.01739, with their defaults.
struct TrustRegion {
  double length = 0.8;       ///< of its sides at first, of the unit cube's; in (0, 2].
  double least = 1.0 / 128;  ///< a box smaller than this is left, > 0, < length.
  int successes = 3;         ///< so many better ones in a row double it, >= 1.
  int failures = 0;          ///< so many others halve it; 0: one an axis, 4 at least.
};

struct AcquisitionSpec {
  AcquisitionKind kind = AcquisitionKind::kAutomatic;
  double beta = 2.0;  ///< mu + beta sigma of UCB, and of straddle; >= 0.
  /// Improvement counts only beyond so much, >= 0; for the two expected improvements and the
  /// probability of improvement. On the scale that the surrogate learns.
  double xi = 0;
  double tolerance = 0;         ///< half the width of target_probability, > 0 there; same scale.
  std::string expression = {};  ///< of kExpression; larger is better, mu and sigma of that scale.
  std::string function = {};    ///< of kRemote: the name of who computes it.
  double timeout_s = 60;        ///< of kRemote: longest wait for an answer [s], > 0.
  /// Divided by the seconds that measuring there takes; of what is a gain (acquisition_kinds.h).
  bool per_second = false;
  /// Of an objective of one term that is made largest or smallest.
  std::optional<TrustRegion> trust_region = {};
  /// How long to count is chosen with the place, by what is learned a second; of a space with a
  /// parameter with the role exposure.
  bool decide_exposure = false;
};

}  // namespace foray::optimizer
