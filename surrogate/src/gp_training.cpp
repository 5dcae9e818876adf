#include "foray/surrogate/gp_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bounds.h"
#include "deep_training.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "gp_state.h"
#include "posterior_draws.h"
#include "scoring.h"
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
// Where hyperparameters differ by less than this factor's logarithm they tell the same of the data.
constexpr double kSameStory = 1;
// So many stories that a part of the points tells are heard with all of them.
constexpr std::size_t kStories = 4;

using detail::Climb;
using detail::Target;

// One training: what its climbs came to. Each climb's limit is fixed before it begins and none
// knows of the others beside it, so that threads change nothing.
struct Search {
  const Target& target;
  const FitOptions& options;
  const FitBudget& budget;
  Climb best{};
  int evaluations = 0;
  bool cut = false;

  // What the budget leaves.
  [[nodiscard]] int left() const {
    return budget.max_evaluations > 0 ? budget.max_evaluations - evaluations
                                      : std::numeric_limits<int>::max();
  }

  // Climbs of `of` from all starts, the i-th with limits[i] evaluations.
  std::vector<Climb> climb_all(const Target& of, const std::vector<VectorXd>& starts,
                               const std::vector<int>& limits, int threads) {
    std::vector<Climb> climbs(starts.size());
    parallel_for(static_cast<std::int64_t>(starts.size()), threads, [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      climbs[at] = detail::climb_by_information(of, starts[at], limits[at], options.tolerance,
                                                budget.expired);
    });
    for (const Climb& climb : climbs) {
      evaluations += climb.evaluations;
      cut = cut || climb.cut;
    }
    cut = cut || left() <= 0;
    return climbs;
  }

  // The best of climbs of the whole.
  void take(const std::vector<Climb>& climbs) {
    for (const Climb& climb : climbs) {
      const bool settles = climb.value == best.value && climb.converged && climb.best.size() > 0;
      if (climb.value > best.value || settles) best = climb;
    }
  }

  // `most` evaluations for each of `count` climbs, the first ones where the budget is less.
  [[nodiscard]] std::vector<int> in_turn(std::size_t count, int most) const {
    std::vector<int> limits;
    int rest = left();
    for (std::size_t i = 0; i < count; ++i) {
      limits.push_back(std::min(most, rest));
      rest -= limits.back();
    }
    return limits;
  }

  // Every climb its equal share of what the budget leaves, at most `most`.
  [[nodiscard]] std::vector<int> in_shares(std::size_t count, int most) const {
    const auto of_all = static_cast<int>(std::max<std::size_t>(count, 1));
    std::vector<int> limits(count, std::min(most, left() / of_all));
    if (!limits.empty()) limits[0] = std::min(most, limits[0] + left() % of_all);
    return limits;
  }

  // A few steps from each start tell which are worth going on with: the climbs of `of` from the
  // best of them.
  std::vector<Climb> finalists(const Target& of, const std::vector<VectorXd>& starts, int threads) {
    const bool one = starts.size() == 1;
    std::vector<Climb> probed = climb_all(
        of, starts,
        in_turn(starts.size(), one ? options.start_evaluations : options.probe_evaluations),
        threads);
    if (one || cut) return probed;
    std::stable_sort(probed.begin(), probed.end(),
                     [](const Climb& a, const Climb& b) { return a.value > b.value; });
    std::vector<VectorXd> tops;
    for (const Climb& climb : probed)
      if (climb.best.size() > 0 && tops.size() < kFinalists) tops.push_back(climb.best);
    std::vector<Climb> climbs =
        climb_all(of, tops, in_shares(tops.size(), options.start_evaluations), threads);
    // What a probe reached counts where its climb could not begin.
    climbs.insert(climbs.end(), probed.begin(), probed.end());
    return climbs;
  }
};

// The best points of climbs that differ, the highest first.
std::vector<VectorXd> stories(std::vector<Climb> climbs) {
  std::stable_sort(climbs.begin(), climbs.end(),
                   [](const Climb& a, const Climb& b) { return a.value > b.value; });
  std::vector<VectorXd> told;
  for (const Climb& climb : climbs) {
    if (climb.best.size() == 0 || told.size() == kStories) break;
    const bool known = std::any_of(told.begin(), told.end(), [&](const VectorXd& other) {
      return (climb.best - other).cwiseAbs().maxCoeff() < kSameStory;
    });
    if (!known) told.push_back(climb.best);
  }
  return told;
}

// So many of the points, drawn without replacement, in their order.
Observations some_of(const Observations& data, Index count, Rng& rng) {
  std::vector<Index> order(static_cast<std::size_t>(data.y.size()));
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::swap(order[i],
              order[std::uniform_int_distribution<std::size_t>(i, order.size() - 1)(rng)]);
  order.resize(static_cast<std::size_t>(count));
  std::sort(order.begin(), order.end());
  return detail::points_at(data, order);
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
  require(options.sparse_above >= 1, "FitOptions: sparse_above must be >= 1");
  require(std::isfinite(options.most_neighbours) && options.most_neighbours > 0,
          "FitOptions: most_neighbours must be finite and > 0");
  require(options.patch_points >= 6, "FitOptions: patch_points must be >= 6");
  require(options.probe_points >= 16, "FitOptions: probe_points must be >= 16");
  require(options.starts >= 1, "FitOptions: starts must be >= 1");
  require(options.start_evaluations >= 1, "FitOptions: start_evaluations must be >= 1");
  require(options.probe_evaluations >= 1, "FitOptions: probe_evaluations must be >= 1");
  require(options.network_evaluations >= 1, "FitOptions: network_evaluations must be >= 1");
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

// With a mean of 0, relative to this scale.
Observations in_scale(const Observations& data, double scale) {
  Observations scaled = data;
  scaled.y = (data.y.array() - data.y.mean()) / scale;
  scaled.noise /= scale * scale;
  scaled.shared /= scale;
  return scaled;
}

Hyperparameters initial_of(const Observations& data, const std::vector<detail::Sought>& all,
                           const GpOptions& gp) {
  const Target target(data, all, gp);
  return target.natural(target.initial());
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

// From `previous` alone, or from several starts, `previous` among them. Of many points a part tells
// which starts are worth climbing: `part`, where there is one.
void search_from(Search& search, const Target* part, const std::optional<VectorXd>& previous,
                 Rng& rng) {
  const FitOptions& options = search.options;
  if (previous) {
    const bool alone = !search.budget.anew;
    const int most = alone && search.budget.max_evaluations > 0
                         ? search.left()
                         : std::min(search.left(), options.warm_evaluations);
    search.take(search.climb_all(search.target, {*previous}, {most}, 1));
    if (alone || search.cut) return;
  }
  std::vector<VectorXd> starts{search.target.initial()};
  for (int i = 1; i < options.starts; ++i) starts.push_back(search.target.random_start(rng));
  const int threads = options.gp.threads;
  if (part == nullptr) {
    search.take(search.finalists(search.target, starts, threads));
    return;
  }
  const std::vector<VectorXd> told = stories(search.finalists(*part, starts, threads));
  // The threads are within each evaluation of the whole.
  search.take(search.climb_all(search.target, told, search.in_turn(told.size(), 1), 1));
  if (search.best.best.size() > 0)
    search.take(search.climb_all(search.target, {search.best.best},
                                 search.in_turn(1, options.start_evaluations), 1));
  if (search.best.best.size() == 0 && !told.empty()) {
    // The budget ended among the part: what it taught is used, after one look at the whole.
    search.take(
        {detail::climb_by_information(search.target, told.front(), 1, options.tolerance, {})});
    ++search.evaluations;
  }
}

FitOptions with(FitOptions options, const GpOptions& gp) {
  options.gp = gp;
  return options;
}

// With what the search took.
GpFit counted(const Search& search, GpFit fit) {
  fit.evaluations = search.evaluations;
  fit.cut = search.cut || !fit.model.settled();
  return fit;
}

// Draws from the posterior around the best point.
std::vector<VectorXd> draw_around_best(Search& search, Rng& rng) {
  const FitBudget& budget = search.budget;
  Target target = search.target;
  detail::PosteriorDraws draws = detail::draw_posterior(target, search.best.best, budget.draws,
                                                        search.left(), budget.expired, rng);
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
  standardised.fixed_mean = (standardised.fixed_mean - y.mean()) / scale;
  const Observations scaled = in_scale(data, scale);
  std::vector<detail::Sought> all = detail::sought(kernel, options, data, variance);
  const Hyperparameters fallback =
      previous ? *previous : in_units(initial_of(scaled, all, standardised), kernel, variance);
  if (y.size() < 3 || constant) return finished(data, options, fallback, FitStatus::kUntrained);
  std::optional<Hyperparameters> begin;
  if (previous) begin = in_units(*previous, kernel, 1 / variance);
  const detail::LearnedConnections connections = detail::learn_connections(
      kernel, scaled, with(options, standardised), budget, begin, rng, all);
  if (previous && connections.best) begin = connections.best;
  const Target target(scaled, all, standardised);
  Search search{target, options, budget};
  search.evaluations = connections.evaluations;
  search.cut = connections.cut;
  // All is given, or learned by the networks of a deep kernel.
  const Hyperparameters told =
      connections.best ? in_units(*connections.best, kernel, variance) : fallback;
  const FitStatus end = search.cut ? FitStatus::kCut : FitStatus::kConverged;
  if (target.size() == 0) return counted(search, finished(data, options, told, end));
  std::optional<VectorXd> known;
  if (begin) known = target.searched(*begin);
  std::optional<Target> part;
  if (y.size() >= 2 * options.probe_points && (!previous || budget.anew)) {
    GpOptions alone = standardised;
    alone.threads = 1;
    part.emplace(some_of(scaled, options.probe_points, rng), all, alone);
  }
  search_from(search, part ? &*part : nullptr, known, rng);
  if (search.best.best.size() == 0) {
    // What the networks learned counts where the budget left nothing for the rest.
    if (search.cut && connections.best)
      return counted(search, finished(data, options, told, FitStatus::kCut));
    return counted(search, finished(data, options, fallback,
                                    previous ? FitStatus::kKeptPrevious : FitStatus::kUntrained));
  }
  GpFit fit = finished(data, options, in_units(target.natural(search.best.best), kernel, variance),
                       search.best.converged ? FitStatus::kConverged : FitStatus::kCut);
  fit.log_posterior = search.best.value;
  if (budget.draws > 0) {
    for (const VectorXd& theta : draw_around_best(search, rng))
      fit.draws.push_back(in_units(target.natural(theta), kernel, variance));
  }
  fit = counted(search, std::move(fit));
  if (!fit.model.settled() && fit.status == FitStatus::kConverged) fit.status = FitStatus::kCut;
  return fit;
}

}  // namespace foray::surrogate
