#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "bounds.h"
#include "foray/common/check.h"
#include "foray/surrogate/sparse_gp.h"

namespace foray::surrogate {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr Index kPatches = 6;

// Patches of neighbours, disjoint: points drawn at random, each with those nearest to it.
std::vector<Index> patches(const Observations& data, Index total, Rng& rng) {
  std::vector<char> taken(static_cast<std::size_t>(data.y.size()), 0);
  std::vector<Index> chosen;
  for (Index p = 0; p < kPatches; ++p) {
    std::uniform_int_distribution<Index> uniform(0, data.y.size() - 1);
    const VectorXd centre = data.x.col(uniform(rng));
    const VectorXd distance = (data.x.colwise() - centre).colwise().squaredNorm();
    std::vector<Index> order(static_cast<std::size_t>(data.y.size()));
    std::iota(order.begin(), order.end(), Index{0});
    const auto count = static_cast<std::ptrdiff_t>(total / kPatches);
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](Index a, Index b) {
      return distance(a) != distance(b) ? distance(a) < distance(b) : a < b;
    });
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const Index index = order[static_cast<std::size_t>(i)];
      if (std::exchange(taken[static_cast<std::size_t>(index)], 1) == 0) chosen.push_back(index);
    }
  }
  return chosen;
}

// The radius within which a point of the unit cube has so many neighbours on average.
double radius_of(double neighbours, double points, Index d) {
  const double half = 0.5 * static_cast<double>(d);
  const double ball = std::pow(std::numbers::pi, half) / std::tgamma(half + 1);
  return std::pow(neighbours / (points * ball), 1 / static_cast<double>(d));
}

// Lengthscales that were not limited by whoever described the kernel.
void limit_lengthscales(KernelSpec& kernel, double most) {
  const bool given = std::any_of(
      kernel.limits.begin(), kernel.limits.end(),
      [](const ParameterLimit& limit) { return limit.kind == ParameterKind::kLengthscale; });
  if (given) return;
  kernel.limits.push_back(
      {ParameterKind::kLengthscale, VectorXd::Constant(1, most / 8), VectorXd::Constant(1, most)});
}

}  // namespace

FitOutcome fit_sparse_gp(const Observations& data, const FitOptions& options, Rng& rng,
                         const std::optional<Hyperparameters>& previous, const FitBudget& budget) {
  check_observations("fit_sparse_gp", data);
  validate(options);
  const Index n = data.y.size();
  const std::vector<Index> chosen = patches(data, std::min(n, options.patch_points), rng);
  Observations part = data;
  part.x = data.x(Eigen::all, chosen);
  part.y = data.y(chosen);
  part.noise = data.noise(chosen);
  part.bounds.clear();
  part.kernel = detail::options_for(options.gp, data).kernel;
  limit_lengthscales(*part.kernel,
                     radius_of(options.most_neighbours, static_cast<double>(n), data.x.rows()));
  FitBudget best = budget;
  best.draws = 0;  // As many points leave no doubt about hyperparameters.
  const GpFit fit = fit_gp(part, options, rng, previous, best);
  FitOutcome outcome;
  outcome.hyperparameters = pack(fit.hyperparameters);
  outcome.model = std::make_unique<SparseGp>(make_sparse_gp(data, fit.hyperparameters, options.gp));
  outcome.status = fit.status;
  outcome.evaluations = fit.evaluations;
  outcome.cut = fit.cut;
  return outcome;
}

}  // namespace foray::surrogate
