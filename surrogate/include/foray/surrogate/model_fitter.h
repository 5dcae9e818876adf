#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <optional>

#include "foray/common/random.h"
#include "foray/surrogate/model.h"
#include "foray/surrogate/observations.h"

namespace foray::surrogate {

/// How a training ended. In every case the outcome holds a usable model.
enum class FitStatus {
  kConverged,     ///< the best start met the tolerances; its hyperparameters are used.
  kCut,           ///< the budget ended first; the best hyperparameters found so far are used.
  kKeptPrevious,  ///< nothing better than the previous hyperparameters was found; they are used.
  kUntrained,     ///< too few or constant data to learn from; previous or default ones are used.
};

/// What one training may cost, and what it is to bring.
struct FitBudget {
  /// Evaluations of the likelihood and its gradient, over all starts; 0: the fitter's own limit.
  int max_evaluations = 0;
  /// Asked before each evaluation, by several threads at a time where the fitter has several; true
  /// ends the training with the best found so far. Empty: never.
  std::function<bool()> expired;
  /// Whether to search from several starts, previous hyperparameters among them: what is found
  /// explains the data no worse, but for a deep kernel's network, which held-out points choose.
  bool anew = false;
  /// So many sets of hyperparameters are drawn from their posterior for a model that averages over
  /// them, >= 0; 0: the best set alone.
  int draws = 0;
};

/// A trained model and how it came about.
struct FitOutcome {
  std::unique_ptr<Model> model;  ///< never null.
  /// What `rebuild` needs; finite, of a length that d and the number of draws fix.
  Eigen::VectorXd hyperparameters;
  FitStatus status = FitStatus::kConverged;
  int evaluations = 0;  ///< of the likelihood and its gradient.
  /// Whether the budget ended the training, or bounds did not settle in the sweeps allowed.
  bool cut = false;
};

/// Makes models of one observable; what the campaign trains through.
///
/// Immutable. Const methods may be called concurrently.
class ModelFitter {
 public:
  virtual ~ModelFitter() = default;

  /// Trains on n >= 1 points.
  ///
  /// @param data  points in the unit cube, values in the observable's unit.
  /// @param previous  hyperparameters of an earlier outcome for the same d: training goes on from
  ///        there, with few evaluations; empty: from several starts.
  /// @param rng  drawn from for the starts and for draws of hyperparameters only.
  /// @throws std::invalid_argument on a shape mismatch, a value that is not finite or a negative
  ///         variance.
  [[nodiscard]] virtual FitOutcome fit(const Observations& data,
                                       const std::optional<Eigen::VectorXd>& previous,
                                       const FitBudget& budget, Rng& rng) const = 0;

  /// The model of these data with hyperparameters from an earlier outcome, without training: with
  /// the data and hyperparameters of an outcome it is that outcome's model, bit for bit.
  [[nodiscard]] virtual std::unique_ptr<Model> rebuild(
      const Observations& data, const Eigen::Ref<const Eigen::VectorXd>& hyperparameters) const = 0;
};

}  // namespace foray::surrogate
