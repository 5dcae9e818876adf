#include "foray/surrogate/gp_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "bounds.h"
#include "foray/common/check.h"
#include "gp_state.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

void check_range(const char* name, double lower, double upper) {
  require(lower > 0 && std::isfinite(upper) && lower <= upper,
          std::string("FitOptions: expected 0 < min_") + name + " <= max_" + name);
}

// The log posterior as a function of theta = [ln signal, ln lengthscales (1 or d), ln nugget], for
// standardised y.
class Target {
 public:
  Target(Observations data, const FitOptions& options, const GpOptions& gp)
      : data_(std::move(data)), options_(options), gp_(gp), bounded_(has_bounds(data_)) {}

  [[nodiscard]] Index size() const { return 2 + (options_.ard ? data_.x.rows() : 1); }

  [[nodiscard]] VectorXd lower() const {
    VectorXd values = limits(options_.min_signal, options_.min_lengthscale, options_.min_nugget);
    const double least = std::log(options_.min_feature_lengthscale);
    const Index d = size() - 2;
    for (Index i = options_.ard ? d - data_.features : 0; data_.features > 0 && i < d; ++i)
      values(1 + i) = std::max(values(1 + i), least);
    return values;
  }
  [[nodiscard]] VectorXd upper() const {
    return limits(options_.max_signal, options_.max_lengthscale, options_.max_nugget);
  }

  [[nodiscard]] Hyperparameters unpack_log(const VectorXd& theta) const {
    Hyperparameters h;
    h.signal_variance = std::exp(theta(0));
    h.lengthscales = options_.ard ? VectorXd(theta.segment(1, data_.x.rows()).array().exp())
                                  : VectorXd::Constant(data_.x.rows(), std::exp(theta(1)));
    h.nugget = std::exp(theta(theta.size() - 1));
    return h;
  }

  [[nodiscard]] VectorXd pack_log(const Hyperparameters& h) const {
    VectorXd theta(size());
    theta(0) = std::log(h.signal_variance);
    if (options_.ard)
      theta.segment(1, data_.x.rows()) = h.lengthscales.array().log();
    else
      theta(1) = h.lengthscales.array().log().mean();
    theta(size() - 1) = std::log(std::max(h.nugget, std::numeric_limits<double>::min()));
    return theta.cwiseMax(lower()).cwiseMin(upper());
  }

  // Value and gradient in theta.
  double operator()(const VectorXd& theta, VectorXd& gradient) {
    const Hyperparameters h = unpack_log(theta);
    const Likelihood likelihood = detail::log_marginal_likelihood(data_, h, gp_, true, values_);
    const Index d = data_.x.rows();
    const VectorXd natural = likelihood.gradient.cwiseProduct(pack(h));
    gradient.resize(size());
    gradient(0) = natural(0);
    if (options_.ard)
      gradient.segment(1, d) = natural.segment(1, d);
    else
      gradient(1) = natural.segment(1, d).sum();
    gradient(size() - 1) = natural(d + 1);
    return likelihood.value + add_priors(theta, gradient);
  }

 private:
  [[nodiscard]] VectorXd limits(double signal, double lengthscale, double nugget) const {
    VectorXd values = VectorXd::Constant(size(), std::log(lengthscale));
    values(0) = std::log(signal);
    values(size() - 1) = std::log(nugget);
    return values;
  }

  // Normal log densities of the logarithms, less their constants. Density over ln l, as L-BFGS
  // searches there: the maximum does not depend on the parametrisation of the search.
  double add_priors(const VectorXd& theta, VectorXd& gradient) const {
    double value = 0;
    const auto add = [&](Index i, double location, double scale) {
      const double z = (theta(i) - location) / scale;
      value -= 0.5 * z * z;
      gradient(i) -= z / scale;
    };
    if (options_.lengthscale_prior) {
      const double location =
          std::numbers::sqrt2 + 0.5 * std::log(static_cast<double>(data_.x.rows()));
      for (Index i = 1; i + 1 < size(); ++i) add(i, location, std::numbers::sqrt3);
    }
    add(0, bounded_ ? options_.bounded_signal_log_location : options_.signal_log_location,
        options_.signal_log_scale);
    add(size() - 1, options_.nugget_log_location, options_.nugget_log_scale);
    return value;
  }

  Observations data_;
  const FitOptions& options_;
  GpOptions gp_;
  bool bounded_;
  detail::ValuesForBounds values_;  // Of the last evaluation, where the next one begins.
};

// One training: the best point over all starts and what it cost.
struct Search {
  Target& target;
  const FitBudget& budget;
  int limit = 0;  // Evaluations over all starts.

  VectorXd best{};
  VectorXd best_slope{};
  double best_value = -std::numeric_limits<double>::infinity();
  bool best_converged = false;
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

VectorXd random_start(const Target& target, Index d, Rng& rng) {
  std::uniform_real_distribution<double> uniform;
  const VectorXd lower = target.lower();
  const VectorXd upper = target.upper();
  VectorXd theta(target.size());
  const auto between = [&](double from, double to) {
    return std::log(from) + uniform(rng) * (std::log(to) - std::log(from));
  };
  theta(0) = between(0.3, 5);
  for (Index i = 1; i + 1 < theta.size(); ++i)
    theta(i) = between(0.08, 2) + 0.5 * std::log(static_cast<double>(d));
  theta(theta.size() - 1) = between(1e-7, 0.1);
  return theta.cwiseMax(lower).cwiseMin(upper);
}

// Where nothing is known: unit signal, lengthscales of a third of the cube's diagonal.
Hyperparameters default_hyperparameters(Index d, const FitOptions& options) {
  const double lengthscale = std::clamp(0.3 * std::sqrt(static_cast<double>(d)),
                                        options.min_lengthscale, options.max_lengthscale);
  return {std::clamp(1.0, options.min_signal, options.max_signal),
          VectorXd::Constant(d, lengthscale),
          std::clamp(1e-4, options.min_nugget, options.max_nugget)};
}

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
  require(options.starts >= 1, "FitOptions: starts must be >= 1");
  require(options.start_evaluations >= 1, "FitOptions: start_evaluations must be >= 1");
  require(options.warm_evaluations >= 1, "FitOptions: warm_evaluations must be >= 1");
  require(std::isfinite(options.tolerance) && options.tolerance > 0,
          "FitOptions: tolerance must be finite and > 0");
}

GpFit fit_gp(const Observations& data, const FitOptions& options, Rng& rng,
             const std::optional<Hyperparameters>& previous, const FitBudget& budget) {
  check_observations("fit_gp", data);
  validate(options);
  require(budget.max_evaluations >= 0, "fit_gp: budget.max_evaluations must be >= 0");
  if (previous) detail::check_hyperparameters("fit_gp: previous", *previous, data.x.rows());

  const Index d = data.x.rows();
  const VectorXd& y = data.y;
  bool constant = false;
  const double scale = scale_of(y, data.noise, data.least_scale, constant);
  const double variance = scale * scale;
  const double shift = y.mean();
  GpOptions standardised = detail::options_for(options.gp, data);
  standardised.fixed_mean = (standardised.fixed_mean - shift) / scale;
  Observations scaled = data;
  scaled.y = (y.array() - shift) / scale;
  scaled.noise /= variance;
  Target target(std::move(scaled), options, standardised);
  const auto physical = [&](Hyperparameters h) {
    h.signal_variance *= variance;
    h.nugget *= variance;
    return h;
  };
  const auto finish = [&](const Hyperparameters& h, FitStatus status) {
    GpFit fit{make_gp(data, h, options.gp), h};
    fit.log_marginal_likelihood = has_bounds(data)
                                      ? log_marginal_likelihood(data, h, options.gp, false).value
                                      : fit.model.log_marginal_likelihood();
    fit.status = status;
    return fit;
  };
  const Hyperparameters fallback =
      previous ? *previous : physical(default_hyperparameters(d, options));
  if (y.size() < 3 || constant) return finish(fallback, FitStatus::kUntrained);

  Search search{target, budget};
  if (previous) {
    Hyperparameters relative = *previous;
    relative.signal_variance /= variance;
    relative.nugget /= variance;
    search.limit = budget.max_evaluations > 0 ? budget.max_evaluations : options.warm_evaluations;
    search.climb(target.pack_log(relative), search.limit, options.tolerance);
  } else {
    const int all = options.starts * options.start_evaluations;
    search.limit = budget.max_evaluations > 0 ? budget.max_evaluations : all;
    search.climb(target.pack_log(default_hyperparameters(d, options)), options.start_evaluations,
                 options.tolerance);
    for (int i = 1; i < options.starts && !search.cut; ++i)
      search.climb(random_start(target, d, rng), options.start_evaluations, options.tolerance);
  }
  const bool found = search.best.size() > 0;
  GpFit fit = found ? finish(physical(target.unpack_log(search.best)),
                             search.best_converged ? FitStatus::kConverged : FitStatus::kCut)
                    : finish(fallback, previous ? FitStatus::kKeptPrevious : FitStatus::kUntrained);
  fit.log_posterior = found ? search.best_value : fit.log_marginal_likelihood;
  fit.evaluations = search.evaluations;
  fit.cut = search.cut;
  return fit;
}

}  // namespace foray::surrogate
