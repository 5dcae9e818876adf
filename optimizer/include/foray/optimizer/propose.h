#pragma once

#include <Eigen/Core>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/common/random.h"
#include "foray/optimizer/objective.h"
#include "foray/optimizer/remote.h"
#include "foray/optimizer/search_space.h"
#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// The models by the name of their observable; not owned. An observable without an entry (or with
/// null) has no data yet.
using ModelMap = std::map<std::string, const surrogate::Model*>;

/// Thrown where no point is left that may be proposed.
class NothingLeft : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is known besides the models. All points are unit points, one a column; empty where none.
struct ProposeState {
  Eigen::MatrixXd measured;  ///< d x n: points with data; incumbents are sought among them.
  Eigen::MatrixXd pending;   ///< d x p: proposals in flight.
  /// Noise variance expected of each pending point, by observable (p values each, unit of the
  /// observable squared). An observable without an entry is taken to have none.
  std::map<std::string, Eigen::VectorXd> pending_noise;
  /// Noise variance expected of the next measurement, by observable; used by what weighs how much
  /// a measurement would teach. An observable without an entry is taken to have none.
  std::map<std::string, double> next_noise;
  /// Noise variance that counting for a second leaves, by observable, where how long to count is
  /// decided: that of e seconds is this divided by e. Replaces next_noise there.
  std::map<std::string, double> counting_noise;
  /// Noise variance expected of the next measurement at each level of the fidelity, increasing, by
  /// observable; one without an entry has next_noise at all of them.
  std::map<std::string, Eigen::VectorXd> fidelity_noise;
  /// What was measured at `measured`, by observable (n values each, in the order of measuring, on
  /// the scale of its model; NaN where absent); used by trust regions, and where values are so
  /// precise that the bottom of a valley can be fitted.
  std::map<std::string, Eigen::VectorXd> values;
  Eigen::MatrixXd failed;  ///< d x f: where measuring failed; avoided within `avoid_distance`.
  /// Physical, one value a parameter: where the instrument will be before the next measurement,
  /// which costs and travel limits count from. Empty: not known, moving is free.
  Eigen::VectorXd from;
};

/// How the search for a proposal goes.
struct ProposeOptions {
  // Behaviour.
  /// Smallest distance (largest difference of a unit coordinate) to a pending point, >= 0. A
  /// proposal that the steps put on a pending point is refused whatever this is.
  double exclusion_distance = 1e-4;
  /// Points nearer than this (Euclidean, unit cube) to a failed one are proposed only when nothing
  /// else is left, >= 0.
  double avoid_distance = 0.02;
  double exposure_s = 1;   ///< value for parameters with the role exposure, clamped to their range.
  double overhead_s = 0;   ///< that each measurement takes besides moving and exposing, >= 0.
  Eigen::Index batch = 1;  ///< points that `propose_batch` chooses together, >= 1.
  // Performance.
  Eigen::Index raw_samples = 512;  ///< feasible points tried first, >= 1.
  /// Points that stand for the space where one is integrated over, >= 1. A boundary passes through
  /// a tenth of them at most, and too few of those make a ragged sum.
  Eigen::Index references = 768;
  int starts = 3;               ///< of them refined by gradient, >= 0.
  int refine_evaluations = 20;  ///< limit a start, >= 1.
  /// Asked between steps of the search; true ends it with the best found so far. Empty: never.
  std::function<bool()> expired;
  // Who is asked.
  EvaluateFunction evaluate = {};  ///< computes kRemote; has to be there where that is used.
};

/// @throws std::invalid_argument naming the first field that is out of range.
void validate(const ProposeOptions& options);

/// A point to measure next, and how it was chosen.
struct Proposal {
  Eigen::VectorXd unit;      ///< d, on the steps.
  Eigen::VectorXd physical;  ///< one value a parameter, exposure included.
  /// What was used, term by term, by the field's names: "log_noisy_expected_improvement",
  /// "variance + boundary"; "space_filling" where no term has a model yet.
  std::string acquisition;
  double value = 0;  ///< of the acquisition there (a logarithm, see acquisition.h).
  /// Expected gain there, on the scale that the surrogate learns, where the objective has one term
  /// and that is searched by a gain (acquisition_kinds.h).
  std::optional<double> gain;
  double seconds = 0;   ///< that measuring there takes: motion, settling and exposure.
  int evaluations = 0;  ///< of the acquisition, a batch of points counted singly.
  bool cut = false;     ///< `expired` ended the search; `unit` is the best found so far.
  bool avoided_failed_exhausted = false;  ///< nothing was left but near a failed point.
  /// A learned constraint of some term is satisfied by no measurement: this term looks for where
  /// it holds, and `acquisition` calls it "probability_of_feasibility".
  bool seeks_feasibility = false;
  std::vector<std::string> missing;  ///< observables of the objective without a model.
};

/// Chooses the next point: raw samples of a low-discrepancy sequence are ranked by the acquisition
/// function, the best are refined by gradient ascent within the known constraints, and the best of
/// all that the steps, the pending points and the constraints allow is returned.
///
/// Each term of the objective is divided by its largest value over the raw samples before it is
/// multiplied by its weight and added, so that weights compare what the best point of each term is
/// worth, whatever the units; `where` and `subject_to` multiply by the probability that they hold.
/// Terms whose observables have no model are left out and named; constraints of unknown observables
/// count as met. A term whose constraints no measured point satisfies with a probability of half
/// each, as far as the models know, becomes the probability that they hold.
///
/// Where the acquisition is chosen automatically, one value is to be made largest or smallest and
/// the measurements are next to free of noise, there is a trust region unless another is asked for,
/// and a quadratic through those around the best one may promise more than any place is expected to
/// bring; then its lowest point is proposed, as "local_quadratic".
///
/// What is measured and not chosen stays as the space has it (SearchSpace::in_context): incumbents,
/// gains and what is integrated over are those of the present.
///
/// With a trust region only the box is searched that the values measured so far lead to, as long as
/// anything can be measured there; `acquisition` says so.
///
/// Where a constraint of subject_to has a probability, only those places are proposed where it
/// holds with that, as the models know it without what is in flight.
///
/// Where how long to count is decided, the exposure is the one that removes the largest share of
/// the variance there a second, moving included; what weighs noise weighs that of such an exposure.
///
/// A function that is computed elsewhere has no gradient: all raw samples are asked about at once,
/// then, in a few rounds of one question each, points ever nearer to the best ones.
///
/// Deterministic: the same arguments and generator state give the same proposal, on any machine
/// load, as long as `expired` does not end the search and `evaluate` is a function of its argument.
///
/// @throws std::invalid_argument on an objective without terms, a term with too few observables, a
///         weight or coefficient out of range, a model or point of the wrong dimension, or a
///         combination of acquisition and objective that has no meaning; std::runtime_error when
///         no feasible point is left (a stepped space all of whose points are pending), or no
///         measured point is known to be safe; what `evaluate` throws, and FunctionFailed where it
///         returns something else than one finite number a point.
[[nodiscard]] Proposal propose(const SearchSpace& space, const Objective& objective,
                               const ModelMap& models, const AcquisitionSpec& acquisition,
                               const ProposeState& state, const ProposeOptions& options, Rng& rng);

/// Chooses `options.batch` points to be measured together, in the order of choosing: each as
/// `propose` would with those before it in flight and the instrument where the one before it leaves
/// it; then, where the acquisition function has a form for several points, all are moved together,
/// by their joint posterior and fixed base samples, to where they promise more. `value` and `gain`
/// of each are then of what it adds to those before it; of a confidence bound `value` is that of it
/// and those before it.
///
/// They are moved together where one term is sought by an expected improvement, noisy or not, a
/// probability of improvement or, without learned constraints, a confidence bound, and not by the
/// second, no parameter has a largest move, parts of a whole or candidates are none, and no point
/// among them was chosen by something else.
///
/// @returns fewer, one at least, where no more can be measured, or for kRemote when time is up.
/// @throws as propose.
[[nodiscard]] std::vector<Proposal> propose_batch(const SearchSpace& space,
                                                  const Objective& objective,
                                                  const ModelMap& models,
                                                  const AcquisitionSpec& acquisition,
                                                  const ProposeState& state,
                                                  const ProposeOptions& options, Rng& rng);

/// `count` points to begin with (d x count, unit): feasible, on the steps, without repetition as
/// far as the steps allow, filling the space (a scrambled low-discrepancy sequence, thinned to
/// spread).
[[nodiscard]] Eigen::MatrixXd initial_design(const SearchSpace& space, Eigen::Index count,
                                             Rng& rng);

/// The nearest unit point to `target` that the known constraints, the steps and the largest moves
/// of the parameters from the physical point `from` allow; `target` itself where it is one.
/// @throws std::runtime_error when there is none.
[[nodiscard]] Eigen::VectorXd within_reach(const SearchSpace& space,
                                           const Eigen::Ref<const Eigen::VectorXd>& from,
                                           const Eigen::Ref<const Eigen::VectorXd>& target,
                                           Rng& rng);

}  // namespace foray::optimizer
