#include "foray/surrogate/gp_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>
#include <string>
#include <utility>
#include <vector>

#include "bounds.h"
#include "foray/common/check.h"
#include "gp_state.h"
#include "posterior_draws.h"
#include "training_target.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

void check_range(const char* name, double lower, double upper) {
  require(lower > 0 && std::isfinite(upper) && lower <= upper,
          std::string("FitOptions: expected 0 < min_") + name + " <= max_" + name);
}

// So many of the probed starts are climbed to the top.
constexpr std::size_t kFinalists = 2;

// One training: the best point over all starts and what it cost.
struct Search {
  detail::Target& target;
  const FitBudget& budget;
  int limit = 0;  // Evaluations over all starts.

  VectorXd best{};
  VectorXd best_slope{};
  double best_value = -std::numeric_limits<double>::infinity();
  bool best_converged = false;
  VectorXd reached{};  // The best point of the current climb.
  double reached_value = -std::numeric_limits<double>::infinity();
  int evaluations = 0;
  bool cut = false;

  double evaluate(const std::vector<double>& point, std::vector<double>& slope) {
    if (evaluations >= limit || (budget.expired && budget.expired())) {
      cut = true;
      throw nlopt::forced_stop();
    }
    ++evaluations;
    const VectorXd theta = Eigen::Map<const VectorXd>(point.data(), target.size());
    VectorXd gradient;
    const double value = target(theta, gradient);
    if (!std::isfinite(value)) throw nlopt::forced_stop();
    if (value > reached_value) {
      reached_value = value;
      reached = theta;
    }
    if (value > best_value) {
      best_value = value;
      best = theta;
      best_slope = gradient;
      best_converged = false;
    }
    if (!slope.empty()) Eigen::Map<VectorXd>(slope.data(), target.size()) = gradient;
    return value;
  }

  // Climbs from `start` with at most `steps` evaluations.
  void climb(const VectorXd& start, int steps, double tolerance) {
    const double before = best_value;
    reached_value = -std::numeric_limits<double>::infinity();
    nlopt::opt optimiser(nlopt::LD_LBFGS, static_cast<unsigned>(target.size()));
    const VectorXd lower = target.lower();
    const VectorXd upper = target.upper();
    optimiser.set_lower_bounds(std::vector<double>(lower.begin(), lower.end()));
    optimiser.set_upper_bounds(std::vector<double>(upper.begin(), upper.end()));
    optimiser.set_max_objective(
        [](const std::vector<double>& point, std::vector<double>& slope, void* self) {
          return static_cast<Search*>(self)->evaluate(point, slope);
        },
        this);
    optimiser.set_maxeval(steps);
    optimiser.set_ftol_rel(tolerance);
    optimiser.set_ftol_abs(tolerance);
    std::vector<double> point(start.begin(), start.end());
    double value = 0;
    bool converged = false;
    try {
      const nlopt::result result = optimiser.optimize(point, value);
      converged = result != nlopt::MAXEVAL_REACHED;
    } catch (const nlopt::forced_stop&) {
      // The budget, or a covariance that overflows: what was found so far counts.
    } catch (const nlopt::roundoff_limited&) {
      converged = true;  // No further progress in double precision.
    } catch (const std::runtime_error&) {
      // A line search that failed, or a covariance that stays singular; the best point is kept. At
      // the maximum itself rounding lets line searches fail too.
      converged = best_value > before && flat_at_best(tolerance);
    }
    if (best_value > before) best_converged = converged;
  }

  // From several starts: a few steps from each tell which are worth going on with.
  void climb_from(const std::vector<VectorXd>& starts, const FitOptions& options) {
    std::vector<std::pair<double, VectorXd>> probed;
    for (const VectorXd& start : starts) {
      if (cut) return;
      climb(start, starts.size() > 1 ? options.probe_evaluations : options.start_evaluations,
            options.tolerance);
      if (std::isfinite(reached_value)) probed.emplace_back(reached_value, reached);
    }
    if (starts.size() == 1) return;
    std::stable_sort(probed.begin(), probed.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; i < probed.size() && i < kFinalists && !cut; ++i)
      climb(probed[i].second, options.start_evaluations, options.tolerance);
  }

  // Whether the slope at the best point promises no gain above the tolerance. Half its square
  // bounds the gain where the curvature is one or more, as it is in logarithms of hyperparameters.
  [[nodiscard]] bool flat_at_best(double tolerance) const {
    const VectorXd lower = target.lower();
    const VectorXd upper = target.upper();
    double square = 0;
    for (Index i = 0; i < target.size(); ++i) {
      const bool held = best_slope(i) > 0 ? best(i) >= upper(i) : best(i) <= lower(i);
      if (!held) square += best_slope(i) * best_slope(i);
    }
    return square / 2 <= tolerance * (1 + std::abs(best_value));
  }
};

// The size of y's variation: what standardised means here.
double scale_of(const Eigen::Ref<const VectorXd>& y, const Eigen::Ref<const VectorXd>& noise,
                double least_scale, bool& constant) {
  const double mean = y.mean();
  const double deviation = std::sqrt((y.array() - mean).square().mean());
  // Rounding of equal values leaves deviations of about eps times the mean.
  constant = !(deviation > 1e-13 * std::abs(mean)) || deviation < 1e-150;
  double scale = constant ? std::sqrt(noise.mean()) : deviation;
  if (constant && !(scale > 1e-150)) scale = mean == 0 ? 1.0 : std::abs(mean);
  return std::max(scale, least_scale);
}

}  // namespace

void validate(const FitOptions& options) {
  validate(options.gp);
  check_range("lengthscale", options.min_lengthscale, options.max_lengthscale);
  check_range("feature_lengthscale", options.min_feature_lengthscale, options.max_lengthscale);
  check_range("signal", options.min_signal, options.max_signal);
  check_range("nugget", options.min_nugget, options.max_nugget);
  require(std::isfinite(options.nugget_log_location),
          "FitOptions: nugget_log_location must be finite");
  require(std::isfinite(options.nugget_log_scale) && options.nugget_log_scale > 0,
          "FitOptions: nugget_log_scale must be finite and > 0");
  require(std::isfinite(options.signal_log_location) &&
              std::isfinite(options.bounded_signal_log_location),
          "FitOptions: signal_log_location and bounded_signal_log_location must be finite");
  require(std::isfinite(options.signal_log_scale) && options.signal_log_scale > 0,
          "FitOptions: signal_log_scale must be finite and > 0");
  require(options.sparse_above >= 1, "FitOptions: sparse_above must be >= 1");
  require(std::isfinite(options.most_neighbours) && options.most_neighbours > 0,
          "FitOptions: most_neighbours must be finite and > 0");
  require(options.patch_points >= 6, "FitOptions: patch_points must be >= 6");
  require(options.starts >= 1, "FitOptions: starts must be >= 1");
  require(options.start_evaluations >= 1, "FitOptions: start_evaluations must be >= 1");
  require(options.probe_evaluations >= 1, "FitOptions: probe_evaluations must be >= 1");
  require(options.warm_evaluations >= 1, "FitOptions: warm_evaluations must be >= 1");
  require(std::isfinite(options.tolerance) && options.tolerance > 0,
          "FitOptions: tolerance must be finite and > 0");
}

namespace {

// Kernel variances, loadings squared and nugget times a factor: from the unit of one y squared to
// that of another.
Hyperparameters in_units(Hyperparameters h, const Kernel& kernel, double factor) {
  for (std::size_t p = 0; p < kernel.parameters().size(); ++p) {
    const ParameterKind kind = kernel.parameters()[p].kind;
    if (kind == ParameterKind::kVariance) h.kernel(static_cast<Index>(p)) *= factor;
    if (kind == ParameterKind::kLoading) h.kernel(static_cast<Index>(p)) *= std::sqrt(factor);
  }
  h.nugget *= factor;
  return h;
}

GpFit finished(const Observations& data, const FitOptions& options, const Hyperparameters& h,
               FitStatus status) {
  GpFit fit{make_gp(data, h, options.gp), h};
  fit.log_marginal_likelihood = has_bounds(data)
                                    ? log_marginal_likelihood(data, h, options.gp, false).value
                                    : fit.model.log_marginal_likelihood();
  fit.log_posterior = fit.log_marginal_likelihood;
  fit.status = status;
  return fit;
}

// From `previous` alone, or from several starts, `previous` among them.
void search_from(Search& search, const FitOptions& options, const std::optional<VectorXd>& previous,
                 Rng& rng) {
  const int most = search.budget.max_evaluations;
  if (previous) {
    search.limit = most > 0 ? most : options.warm_evaluations;
    const bool alone = !search.budget.anew;
    search.climb(*previous, alone ? search.limit : std::min(search.limit, options.warm_evaluations),
                 options.tolerance);
    if (alone) return;
  }
  std::vector<VectorXd> starts{search.target.initial()};
  for (int i = 1; i < options.starts; ++i) starts.push_back(search.target.random_start(rng));
  // Where the search went on from `previous` takes no place among those that are climbed from here.
  const int all = static_cast<int>(starts.size()) * options.probe_evaluations +
                  static_cast<int>(kFinalists) * options.start_evaluations +
                  (previous ? options.warm_evaluations : 0);
  search.limit = most > 0 ? most : all;
  search.climb_from(starts, options);
}

// Draws from the posterior around the best point.
std::vector<VectorXd> draw_around_best(Search& search, Rng& rng) {
  const FitBudget& budget = search.budget;
  const int left = budget.max_evaluations > 0 ? budget.max_evaluations - search.evaluations
                                              : std::numeric_limits<int>::max();
  detail::PosteriorDraws draws =
      detail::draw_posterior(search.target, search.best, budget.draws, left, budget.expired, rng);
  search.evaluations += draws.evaluations;
  search.cut = search.cut || draws.cut;
  // One alone says less than the best.
  return draws.theta.size() > 1 ? std::move(draws.theta) : std::vector<VectorXd>();
}

}  // namespace

GpFit fit_gp(const Observations& data, const FitOptions& options, Rng& rng,
             const std::optional<Hyperparameters>& previous, const FitBudget& budget) {
  check_observations("fit_gp", data);
  validate(options);
  require(budget.max_evaluations >= 0, "fit_gp: budget.max_evaluations must be >= 0");
  require(budget.draws >= 0, "fit_gp: budget.draws must be >= 0");
  GpOptions standardised = detail::options_for(options.gp, data);
  const Kernel kernel(standardised.kernel, data.x.rows());
  if (previous) detail::check_hyperparameters("fit_gp: previous", *previous, kernel);

  const VectorXd& y = data.y;
  bool constant = false;
  const double scale = scale_of(y, data.noise, data.least_scale, constant);
  const double variance = scale * scale;
  const double shift = y.mean();
  standardised.fixed_mean = (standardised.fixed_mean - shift) / scale;
  Observations scaled = data;
  scaled.y = (y.array() - shift) / scale;
  scaled.noise /= variance;
  scaled.shared /= scale;
  detail::Target target(std::move(scaled), detail::sought(kernel, options, data, variance),
                        standardised);
  const Hyperparameters fallback =
      previous ? *previous : in_units(target.natural(target.initial()), kernel, variance);
  if (y.size() < 3 || constant) return finished(data, options, fallback, FitStatus::kUntrained);
  // All is given.
  if (target.size() == 0) return finished(data, options, fallback, FitStatus::kConverged);

  Search search{target, budget};
  std::optional<VectorXd> known;
  if (previous) known = target.searched(in_units(*previous, kernel, 1 / variance));
  search_from(search, options, known, rng);
  if (search.best.size() == 0) {
    GpFit kept = finished(data, options, fallback,
                          previous ? FitStatus::kKeptPrevious : FitStatus::kUntrained);
    kept.evaluations = search.evaluations;
    kept.cut = search.cut || !kept.model.settled();
    return kept;
  }
  GpFit fit = finished(data, options, in_units(target.natural(search.best), kernel, variance),
                       search.best_converged ? FitStatus::kConverged : FitStatus::kCut);
  fit.log_posterior = search.best_value;
  if (budget.draws > 0) {
    for (const VectorXd& theta : draw_around_best(search, rng))
      fit.draws.push_back(in_units(target.natural(theta), kernel, variance));
  }
  fit.evaluations = search.evaluations;
  fit.cut = search.cut || !fit.model.settled();
  if (!fit.model.settled() && fit.status == FitStatus::kConverged) fit.status = FitStatus::kCut;
  return fit;
}

}  // namespace foray::surrogate
