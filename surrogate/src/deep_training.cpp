// Wilson, Hu, Salakhutdinov, Xing (2016), "Deep kernel learning", AISTATS, arXiv:1511.02222.
// Departs from it in stopping where points that take no part are predicted best: the marginal
// likelihood alone overfits connections. Ober, Rasmussen, van der Wilk (2021), "The promises and
// pitfalls of deep kernel learning", UAI, arXiv:2102.12108.
#include "deep_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "climb.h"
#include "foray/common/parallel.h"
#include "kernel_node.h"

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// Random networks that are tried.
constexpr int kDraws = 4;
// Steps upwards without a better prediction of the points that take no part, before the end.
constexpr int kPatience = 15;
// By so much the logarithm of the density of the held-out points has to be better than without a
// network: less may be chance.
constexpr double kMargin = 4;

// Of the deep kernels that it has the most demanding one's.
Index least_points(const KernelSpec& spec) {
  Index least = spec.kind == KernelKind::kDeep ? spec.least_points : 0;
  for (const KernelSpec& term : spec.terms) least = std::max(least, least_points(term));
  return least;
}

// Whether a point takes no part: one of five, in no order that measurements could have, and the
// same one as long as points are only added to.
bool is_held_out(Index i) {
  const double turns = static_cast<double>(i + 1) * (std::numbers::phi - 1);
  return turns - std::floor(turns) < 0.2;
}

struct Parts {
  Observations learned;
  Observations held;
};

// Bounds have no density: they all take part.
Parts split(const Observations& data) {
  std::vector<Index> learned;
  std::vector<Index> held;
  for (Index i = 0; i < data.y.size(); ++i) {
    const bool value =
        data.bounds.empty() || data.bounds[static_cast<std::size_t>(i)] == Bound::kNone;
    (value && is_held_out(i) ? held : learned).push_back(i);
  }
  return {points_at(data, learned), points_at(data, held)};
}

// The logarithm of the density predicted for each of the values, added up.
double log_density(const Observations& learned, const Observations& held, const Hyperparameters& h,
                   const GpOptions& options) {
  try {
    const Gp gp = make_gp(learned, h, options);
    const Posterior latent = gp.predict(held.x);
    VectorXd variance =
        latent.variance + held.noise +
        white_variances(gp.kernel(), h.kernel, place(gp.kernel(), h.kernel, held.x));
    variance.array() += h.nugget;
    if (held.shared.cols() > 0) variance += held.shared.rowwise().squaredNorm();
    const double sum = (variance.array() * 2 * std::numbers::pi).log().sum() +
                       ((held.y - latent.mean).array().square() / variance.array()).sum();
    return std::isfinite(sum) ? -0.5 * sum : -std::numeric_limits<double>::infinity();
  } catch (const std::runtime_error&) {
    return -std::numeric_limits<double>::infinity();  // A covariance that stays singular.
  }
}

// One climb, and the place on its way from where the held-out points were predicted best.
struct Trial {
  const Target* target = nullptr;
  VectorXd start{};
  int most = 0;
  Climb climb{};
  Hyperparameters best{};
  double density = -std::numeric_limits<double>::infinity();

  void run(const Parts& parts, const GpOptions& options, double tolerance,
           const std::function<bool()>& expired) {
    int since = 0;
    climb = detail::climb(*target, start, most, tolerance, expired, [&](const VectorXd& theta) {
      Hyperparameters h = target->natural(theta);
      const double here = log_density(parts.learned, parts.held, h, options);
      if (!(here > density)) return ++since < kPatience;
      since = 0;
      density = here;
      best = std::move(h);
      return true;
    });
  }
};

bool is_connection(const Kernel& kernel, std::size_t p) {
  return p < kernel.parameters().size() &&
         kernel.parameters()[p].kind == ParameterKind::kConnection;
}

bool is_idle(const Kernel& kernel, const VectorXd& theta) {
  for (std::size_t p = 0; p < kernel.parameters().size(); ++p)
    if (is_connection(kernel, p) && theta(static_cast<Index>(p)) != 0) return false;
  return true;
}

// The numbers as they are sought, the connections held where these are.
void hold_connections(const Kernel& kernel, const VectorXd& at, std::vector<Sought>& all) {
  for (std::size_t p = 0; p < all.size(); ++p)
    if (is_connection(kernel, p))
      all[p].lower = all[p].upper = all[p].initial = at(static_cast<Index>(p));
}

}  // namespace

LearnedConnections learn_connections(const Kernel& kernel, const Observations& data,
                                     const FitOptions& options, const FitBudget& budget,
                                     const std::optional<Hyperparameters>& previous, Rng& rng,
                                     std::vector<Sought>& all) {
  LearnedConnections result;
  if (kernel.features() == 0) return result;
  const auto count = static_cast<Index>(kernel.parameters().size());
  const VectorXd before = previous ? previous->kernel : VectorXd::Zero(count);
  const std::vector<Sought> joint_sought = all;
  hold_connections(kernel, before, all);
  if (data.y.size() < least_points(options.gp.kernel)) return result;
  const Parts parts = split(data);
  if (parts.held.y.size() < 2) return result;

  GpOptions alone = options.gp;
  alone.threads = 1;
  std::vector<Sought> without = joint_sought;
  hold_connections(kernel, VectorXd::Zero(before.size()), without);
  const Target plain(parts.learned, without, alone);
  const Target joint(parts.learned, joint_sought, alone);
  std::vector<Trial> trials;
  if (previous) {
    // An idle network is woken where all begins anew, among others that compete.
    const Target& target = is_idle(kernel, before) ? plain : joint;
    trials.push_back({&target, target.searched(*previous), options.warm_evaluations});
  }
  if (!previous || budget.anew) {
    trials.push_back({&plain, plain.initial(), options.network_evaluations});
    for (int i = 0; i < kDraws; ++i)
      trials.push_back({&joint, joint.random_start(rng), options.network_evaluations});
  }
  // Half of the budget is left for what follows.
  if (budget.max_evaluations > 0)
    for (Trial& trial : trials)
      trial.most =
          std::min(trial.most, budget.max_evaluations / (2 * static_cast<int>(trials.size())));
  parallel_for(static_cast<std::int64_t>(trials.size()), options.gp.threads, [&](std::int64_t i) {
    trials[static_cast<std::size_t>(i)].run(parts, alone, options.tolerance, budget.expired);
  });
  const Trial* best = nullptr;
  for (Trial& trial : trials) {
    result.evaluations += trial.climb.evaluations;
    result.cut = result.cut || trial.climb.cut;
    if (trial.target == &plain) trial.density += kMargin;
    if (trial.best.kernel.size() > 0 && (best == nullptr || trial.density > best->density))
      best = &trial;
  }
  if (best == nullptr) return result;
  result.best = best->best;
  hold_connections(kernel, best->best.kernel, all);
  const VectorXd packed = pack(best->best);
  for (std::size_t p = 0; p < all.size(); ++p)
    if (!all[p].fixed())
      all[p].initial = std::clamp(packed(static_cast<Index>(p)), all[p].lower, all[p].upper);
  return result;
}

}  // namespace foray::surrogate::detail
