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
};

/// A learned constraint: an inequality of an observable.
struct OutcomeConstraint {
  std::string observable;
  std::optional<double> at_least;
  std::optional<double> at_most;
};

/// One term of an objective; its observables are named as in the campaign.
struct ObjectiveTerm {
  ObjectiveKind kind = ObjectiveKind::kExplore;
  std::vector<std::string> observables;  ///< one; for kBoundary two or more.
  double level = 0;                      ///< for kTarget and kLevelSet, in the observable's unit.
  double weight = 1;                     ///< > 0, relative to the other terms.
  /// Counts only where these hold (probability of feasibility multiplies the term): grain size
  /// matters only where the film is ordered.
  std::vector<OutcomeConstraint> where;
};

/// The question: one term, or several weighted against each other ("map the phases and, where it is
/// ordered, the grain size").
struct Objective {
  std::vector<ObjectiveTerm> terms;
  std::vector<OutcomeConstraint> subject_to;
};

/// The acquisition function, by the field's name, with explicit coefficients.
enum class AcquisitionKind {
  kAutomatic,  ///< the one that suits the objective's kind; what was chosen is reported.
  kVariance,
  kUpperConfidenceBound,
  kLogExpectedImprovement,
  kLogNoisyExpectedImprovement,
  kStraddle,
};

struct AcquisitionSpec {
  AcquisitionKind kind = AcquisitionKind::kAutomatic;
  double beta = 2.0;  ///< mu + beta sigma of UCB, and of straddle; >= 0.
};

}  // namespace foray::optimizer
