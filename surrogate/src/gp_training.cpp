#include "foray/surrogate/gp_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>
#include <numbers>
#include <random>
#include <string>
#include <utility>
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

// How one number is sought: on a logarithmic scale where it must be positive. The prior is normal
// on that scale; with scale 0 there is none.
struct Sought {
  double lower = 0, upper = 0;              // natural
  double initial = 0;                       // natural
  double start_lower = 0, start_upper = 0;  // natural: where random starts are drawn
  double prior_location = 0, prior_scale = 0;
  bool logarithmic = true;

  [[nodiscard]] double to_search(double natural) const {
    return logarithmic ? std::log(std::max(natural, std::numeric_limits<double>::min())) : natural;
  }
  [[nodiscard]] double to_natural(double searched) const {
    return logarithmic ? std::exp(searched) : searched;
  }
  [[nodiscard]] bool fixed() const { return lower == upper; }
};

Sought sought_lengthscale(const KernelParameter& parameter, const FitOptions& options,
                          bool of_feature) {
  const double root = std::sqrt(static_cast<double>(parameter.axes));
  Sought s;
  s.lower = of_feature ? std::max(options.min_lengthscale, options.min_feature_lengthscale)
                       : options.min_lengthscale;
  s.upper = options.max_lengthscale;
  // Where nothing is known, a third of the cube's diagonal.
  s.initial = std::clamp(0.3 * root, options.min_lengthscale, options.max_lengthscale);
  s.start_lower = 0.08 * root;
  s.start_upper = 2 * root;
  if (options.lengthscale_prior) {
    s.prior_location = std::numbers::sqrt2 + std::log(root);
    s.prior_scale = std::numbers::sqrt3;
  }
  return s;
}

// Wide ranges and priors for what only some kernels have, in units of the cube's edge. `order` is
// the place among the kernel's parameters: equal frequencies would stay equal.
Sought sought_other(const KernelParameter& parameter, std::size_t order) {
  switch (parameter.kind) {
    case ParameterKind::kPeriod:
      return {0.05, 4, 0.5, 0.1, 1.5, std::log(0.5), 1};
    case ParameterKind::kFrequency:
      return {0, 20, 0.5 + static_cast<double>(order % 8), 0, 8, 0, 5, false};
    case ParameterKind::kAlpha:
      return {0.05, 100, 1, 0.1, 10, 0, 1.5};
    case ParameterKind::kOffset:
      return {1e-3, 1e3, 1, 0.1, 10, 0, 2};
    case ParameterKind::kWeight:
      return {1e-3, 1e3, 1, 0.3, 3, 0, 1};
    case ParameterKind::kSlope:
      return {-5, 5, 0, -1.5, 1.5, 0, 1, false};
    case ParameterKind::kLoading:
      // Different ones: columns of equal loadings would stay equal.
      return {-10, 10, 0.9 - 0.15 * static_cast<double>(order % 7), -1.5, 1.5, 0, 1.5, false};
    case ParameterKind::kAngle:
    default:
      return {-std::numbers::pi / 2, std::numbers::pi / 2, 0, -0.8, 0.8, 0, 0, false};
  }
}

// All that is sought for standardised y, the nugget last. `variance` is what standardising divided
// by, for limits that people give in the unit of y squared.
std::vector<Sought> sought(const Kernel& kernel, const FitOptions& options,
                           const Observations& data, double variance) {
  const auto& parameters = kernel.parameters();
  const auto variances = std::count_if(parameters.begin(), parameters.end(), [](const auto& p) {
    return p.kind == ParameterKind::kVariance;
  });
  std::vector<Sought> all;
  for (const KernelParameter& parameter : parameters) {
    Sought s;
    if (parameter.kind == ParameterKind::kVariance) {
      const double location =
          has_bounds(data) ? options.bounded_signal_log_location : options.signal_log_location;
      s = {options.min_signal,
           options.max_signal,
           std::clamp(1.0 / static_cast<double>(variances), options.min_signal, options.max_signal),
           0.3,
           5,
           location,
           options.signal_log_scale};
    } else if (parameter.kind == ParameterKind::kLengthscale) {
      s = sought_lengthscale(parameter, options,
                             parameter.axis >= kernel.dimension() - data.features ||
                                 (parameter.axis < 0 && data.features > 0));
    } else {
      s = sought_other(parameter, all.size());
    }
    s.logarithmic = is_positive(parameter.kind);
    if (parameter.limited) {
      const double unit = parameter.kind == ParameterKind::kVariance  ? variance
                          : parameter.kind == ParameterKind::kLoading ? std::sqrt(variance)
                                                                      : 1;
      s.lower = parameter.lower / unit;
      s.upper = parameter.upper / unit;
      s.initial = std::clamp(s.initial, s.lower, s.upper);
    }
    all.push_back(s);
  }
  all.push_back({options.min_nugget, options.max_nugget,
                 std::clamp(1e-4, options.min_nugget, options.max_nugget), 1e-7, 0.1,
                 options.nugget_log_location, options.nugget_log_scale});
  return all;
}

// The log posterior as a function of theta, the numbers that are not fixed, as they are sought, for
// standardised y.
class Target {
 public:
  Target(Observations data, std::vector<Sought> all, const GpOptions& gp)
      : data_(std::move(data)), all_(std::move(all)), gp_(gp) {
    for (std::size_t p = 0; p < all_.size(); ++p)
      if (!all_[p].fixed()) free_.push_back(p);
  }

  [[nodiscard]] Index size() const { return static_cast<Index>(free_.size()); }
  [[nodiscard]] const Sought& of(Index i) const { return all_[free_[static_cast<std::size_t>(i)]]; }

  [[nodiscard]] VectorXd lower() const {
    return each([](const Sought& s) { return s.to_search(s.lower); });
  }
  [[nodiscard]] VectorXd upper() const {
    return each([](const Sought& s) { return s.to_search(s.upper); });
  }
  [[nodiscard]] VectorXd initial() const {
    return within(each([](const Sought& s) { return s.to_search(s.initial); }));
  }
  [[nodiscard]] VectorXd random_start(Rng& rng) const {
    std::uniform_real_distribution<double> uniform;
    return within(each([&](const Sought& s) {
      const double from = s.to_search(s.start_lower);
      return from + uniform(rng) * (s.to_search(s.start_upper) - from);
    }));
  }

  [[nodiscard]] Hyperparameters natural(const VectorXd& theta) const {
    VectorXd packed(static_cast<Index>(all_.size()));
    for (std::size_t p = 0; p < all_.size(); ++p) packed(static_cast<Index>(p)) = all_[p].lower;
    for (Index i = 0; i < size(); ++i) packed(place(i)) = of(i).to_natural(theta(i));
    return unpack(packed);
  }

  [[nodiscard]] VectorXd searched(const Hyperparameters& h) const {
    const VectorXd packed = pack(h);
    VectorXd theta(size());
    for (Index i = 0; i < size(); ++i) theta(i) = of(i).to_search(packed(place(i)));
    return within(theta);
  }

  // Value and gradient in theta.
  double operator()(const VectorXd& theta, VectorXd& gradient) {
    const Hyperparameters h = natural(theta);
    const Likelihood likelihood = detail::log_marginal_likelihood(data_, h, gp_, true, values_);
    const VectorXd packed = pack(h);
    gradient.resize(size());
    double value = likelihood.value;
    for (Index i = 0; i < size(); ++i) {
      const Sought& s = of(i);
      gradient(i) = likelihood.gradient(place(i)) * (s.logarithmic ? packed(place(i)) : 1);
      if (s.prior_scale == 0) continue;
      // Density over the number as it is sought: the maximum does not depend on the
      // parametrisation.
      const double z = (theta(i) - s.prior_location) / s.prior_scale;
      value -= 0.5 * z * z;
      gradient(i) -= z / s.prior_scale;
    }
    return value;
  }

 private:
  [[nodiscard]] Index place(Index i) const {
    return static_cast<Index>(free_[static_cast<std::size_t>(i)]);
  }

  template <typename Function>
  [[nodiscard]] VectorXd each(Function function) const {
    VectorXd values(size());
    for (Index i = 0; i < size(); ++i) values(i) = function(of(i));
    return values;
  }

  [[nodiscard]] VectorXd within(const VectorXd& theta) const {
    return theta.cwiseMax(lower()).cwiseMin(upper());
  }

  Observations data_;
  std::vector<Sought> all_;
  std::vector<std::size_t> free_;
  GpOptions gp_;
  detail::ValuesForBounds values_;  // Of the last evaluation, where the next one begins.
};

// So many of the probed starts are climbed to the top.
constexpr std::size_t kFinalists = 2;

// One training: the best point over all starts and what it cost.
struct Search {
  Target& target;
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
  require(options.starts >= 1, "FitOptions: starts must be >= 1");
  require(options.start_evaluations >= 1, "FitOptions: start_evaluations must be >= 1");
  require(options.probe_evaluations >= 1, "FitOptions: probe_evaluations must be >= 1");
  require(options.warm_evaluations >= 1, "FitOptions: warm_evaluations must be >= 1");
  require(std::isfinite(options.tolerance) && options.tolerance > 0,
          "FitOptions: tolerance must be finite and > 0");
}

GpFit fit_gp(const Observations& data, const FitOptions& options, Rng& rng,
             const std::optional<Hyperparameters>& previous, const FitBudget& budget) {
  check_observations("fit_gp", data);
  validate(options);
  require(budget.max_evaluations >= 0, "fit_gp: budget.max_evaluations must be >= 0");
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
  Target target(std::move(scaled), sought(kernel, options, data, variance), standardised);
  const auto in_units = [&](Hyperparameters h, double factor) {
    for (std::size_t p = 0; p < kernel.parameters().size(); ++p) {
      const ParameterKind kind = kernel.parameters()[p].kind;
      if (kind == ParameterKind::kVariance) h.kernel(static_cast<Index>(p)) *= factor;
      if (kind == ParameterKind::kLoading) h.kernel(static_cast<Index>(p)) *= std::sqrt(factor);
    }
    h.nugget *= factor;
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
      previous ? *previous : in_units(target.natural(target.initial()), variance);
  if (y.size() < 3 || constant) return finish(fallback, FitStatus::kUntrained);
  if (target.size() == 0) return finish(fallback, FitStatus::kConverged);  // All is given.

  Search search{target, budget};
  if (previous) {
    search.limit = budget.max_evaluations > 0 ? budget.max_evaluations : options.warm_evaluations;
    search.climb(target.searched(in_units(*previous, 1 / variance)), search.limit,
                 options.tolerance);
  } else {
    const int all = options.starts * options.probe_evaluations +
                    static_cast<int>(kFinalists) * options.start_evaluations;
    search.limit = budget.max_evaluations > 0 ? budget.max_evaluations : all;
    std::vector<VectorXd> starts{target.initial()};
    for (int i = 1; i < options.starts; ++i) starts.push_back(target.random_start(rng));
    search.climb_from(starts, options);
  }
  const bool found = search.best.size() > 0;
  GpFit fit = found ? finish(in_units(target.natural(search.best), variance),
                             search.best_converged ? FitStatus::kConverged : FitStatus::kCut)
                    : finish(fallback, previous ? FitStatus::kKeptPrevious : FitStatus::kUntrained);
  fit.log_posterior = found ? search.best_value : fit.log_marginal_likelihood;
  fit.evaluations = search.evaluations;
  fit.cut = search.cut || !fit.model.settled();
  if (!fit.model.settled() && fit.status == FitStatus::kConverged) fit.status = FitStatus::kCut;
  return fit;
}

}  // namespace foray::surrogate
