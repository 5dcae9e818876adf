#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "foray/common/random.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::surrogate {

/// How hyperparameters are learned. Variances are relative to the sample variance of y (or, for
/// constant data, to its scale), lengthscales to the unit cube.
struct FitOptions {
  // Behaviour.
  GpOptions gp;
  /// Log-normal prior on each lengthscale with location sqrt(2) + ln(d) / 2 and scale sqrt(3):
  /// the expected distance of two points grows as sqrt(d), and so do the lengthscales that are
  /// plausible. Hvarfner, Hellsten, Nardi (2024), arXiv:2402.02229, eq. 7. On by default: without
  /// it few points in many dimensions are explained by lengthscales at their bounds.
  bool lengthscale_prior = true;
  double min_lengthscale = 0.02;  ///< of the cube's edge; finer structure is beyond a campaign.
  double min_feature_lengthscale = 0.5;  ///< the same along features, whose range is 1.
  double max_lengthscale = 50.0;         ///< straight lines are then indistinguishable.
  double min_signal = 1e-3;              ///< signal variance, relative.
  double max_signal = 1e5;               ///< signal variance, relative.
  double min_nugget = 1e-10;             ///< learned noise variance beyond the given, relative.
  double max_nugget = 1.0;               ///< all variation is noise.
  /// Log-normal prior on the relative nugget, location and scale (of its natural logarithm): wide,
  /// so that it decides only where the data do not.
  double nugget_log_location = -9.0;
  double nugget_log_scale = 3.0;
  /// Log-normal prior on the relative signal variance, location and scale (of its natural
  /// logarithm). Without it a few smooth data are explained as a short piece of an enormous
  /// function, whose uncertainty beyond them is enormous too.
  double signal_log_location = 0.0;
  double signal_log_scale = 2.0;
  /// The location for data with bounds, which a function meets ever better the larger it is.
  double bounded_signal_log_location = 6.0;
  /// From more points on a kWendland kernel makes a SparseGp instead (sparse_gp.h), >= 1. Up to
  /// here a dense factor takes less than 1 GB.
  Eigen::Index sparse_above = 10000;
  double most_neighbours = 64;       ///< of a point, that limits its lengthscales, > 0.
  Eigen::Index patch_points = 1800;  ///< that hyperparameters of a SparseGp are learned from, >= 6.
  // Performance.
  int starts = 12;            ///< of a training without previous hyperparameters, >= 1.
  int probe_evaluations = 3;  ///< of each of them, before the best two go on, >= 1.
  /// Of twice as many points or more, so many, >= 16, drawn at random, tell which starts are worth
  /// climbing with all. Fewer miss what only many points show.
  Eigen::Index probe_points = 384;
  int start_evaluations = 60;  ///< limit of likelihood evaluations a start, >= 1.
  /// Limit of each climb that learns the network of a deep kernel, >= 1; most end before.
  int network_evaluations = 200;
  int warm_evaluations = 25;  ///< limit of a training that continues from previous ones, >= 1.
  double tolerance = 5e-5;    ///< gain of the log posterior that is not worth another step, > 0.
};

/// @throws std::invalid_argument naming the first field that is out of range.
void validate(const FitOptions& options);

/// A finished model and how it came about.
struct GpFit {
  Gp model;
  Hyperparameters hyperparameters;
  double log_marginal_likelihood = 0;  ///< of the model, without priors.
  double log_posterior = 0;            ///< with the priors of the options; what was maximised.
  FitStatus status = FitStatus::kConverged;
  /// Draws from the posterior of the hyperparameters, which `hyperparameters` maximise, where the
  /// budget asks for them; fewer when it ended first, never only one.
  std::vector<Hyperparameters> draws = {};
  int evaluations = 0;  ///< of the likelihood and its gradient.
  /// Whether the budget ended the training, or bounds did not settle in the sweeps allowed.
  bool cut = false;
};

/// Fits an exact Gaussian process: maximises the log marginal likelihood plus the log priors over
/// the logarithms of the hyperparameters, from several starts by Newton steps with the average
/// information (Gilmour, Thompson & Cullis 1995) in a trust region.
///
/// Scaling y and its noise scales mean and variances and changes nothing else; the same arguments
/// give the same result.
///
/// Where some of the data are bounds the likelihood is that of expectation propagation.
///
/// @param data  n >= 1 points in the unit cube; values in any unit.
/// The connections of a deep kernel are learned first, from four of five points, as long as that
/// improves predictions of the fifth; then they are held, also by draws. Fewer points than
/// KernelSpec::least_points leave them as they were, or zero.
///
/// Draws of the hyperparameters, where the budget asks for them, are those of a Hamiltonian Monte
/// Carlo chain that begins at the maximum: 30 transitions that tune it, then one draw every four.
///
/// @param previous  where to go on from, with `warm_evaluations`, or one more of the starts where
///        the budget says so; empty: `starts` starts.
/// @param rng  drawn from for starts and draws only.
/// @throws std::invalid_argument on a shape mismatch, a value that is not finite, a negative
///         variance, or an invalid option.
[[nodiscard]] GpFit fit_gp(const Observations& data, const FitOptions& options, Rng& rng,
                           const std::optional<Hyperparameters>& previous = std::nullopt,
                           const FitBudget& budget = {});

}  // namespace foray::surrogate
