#include "climb.h"

#include <cmath>
#include <nlopt.hpp>
#include <utility>
#include <vector>

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// What rounding may leave of a log posterior whose covariance is close to singular, relative.
constexpr double kRounding = 1e-5;

struct Ascent {
  Target target;
  int most;
  const std::function<bool()>& expired;
  const std::function<bool(const VectorXd&)>& watch;
  Climb found{};
  VectorXd slope{};  // At the best point.

  double evaluate(const std::vector<double>& point, std::vector<double>& slope_there) {
    if (expired && expired()) {
      found.cut = true;
      throw nlopt::forced_stop();
    }
    if (found.evaluations == most) throw nlopt::forced_stop();  // A line search may go beyond it.
    ++found.evaluations;
    const VectorXd theta = Eigen::Map<const VectorXd>(point.data(), target.size());
    VectorXd gradient;
    const double value = target(theta, gradient);
    if (!std::isfinite(value)) throw nlopt::forced_stop();
    if (value > found.value) {
      found.value = value;
      found.best = theta;
      slope = gradient;
      if (watch && !watch(theta)) throw nlopt::forced_stop();
    }
    if (!slope_there.empty()) Eigen::Map<VectorXd>(slope_there.data(), target.size()) = gradient;
    return value;
  }

  // Whether the slope at the best point promises no gain above the tolerance. Half its square
  // bounds the gain where the curvature is one or more, as it is in logarithms of hyperparameters.
  [[nodiscard]] bool flat_at_best(double tolerance) const {
    if (found.best.size() == 0) return false;
    const VectorXd lower = target.lower();
    const VectorXd upper = target.upper();
    double square = 0;
    for (Index i = 0; i < target.size(); ++i) {
      const bool held = slope(i) > 0 ? found.best(i) >= upper(i) : found.best(i) <= lower(i);
      if (!held) square += slope(i) * slope(i);
    }
    return square / 2 <= tolerance + kRounding * std::abs(found.value);
  }
};

}  // namespace

Climb climb(Target target, const VectorXd& start, int most, double tolerance,
            const std::function<bool()>& expired,
            const std::function<bool(const VectorXd&)>& watch) {
  Ascent ascent{std::move(target), most, expired, watch};
  if (most <= 0) return ascent.found;  // NLopt takes 0 for no limit.
  if (ascent.target.size() == 0) {     // Of which NLopt knows nothing.
    std::vector<double> none;
    try {
      ascent.evaluate({}, none);
      ascent.found.converged = true;
    } catch (const std::runtime_error&) {
      // The clock, or a covariance that stays singular.
    }
    return ascent.found;
  }
  nlopt::opt optimiser(nlopt::LD_LBFGS, static_cast<unsigned>(ascent.target.size()));
  const VectorXd lower = ascent.target.lower();
  const VectorXd upper = ascent.target.upper();
  optimiser.set_lower_bounds(std::vector<double>(lower.begin(), lower.end()));
  optimiser.set_upper_bounds(std::vector<double>(upper.begin(), upper.end()));
  optimiser.set_max_objective(
      [](const std::vector<double>& point, std::vector<double>& slope, void* self) {
        return static_cast<Ascent*>(self)->evaluate(point, slope);
      },
      &ascent);
  optimiser.set_maxeval(most);
  optimiser.set_ftol_abs(tolerance);
  std::vector<double> point(start.begin(), start.end());
  double value = 0;
  try {
    ascent.found.converged = optimiser.optimize(point, value) != nlopt::MAXEVAL_REACHED;
  } catch (const nlopt::forced_stop&) {
    // The budget, or a covariance that overflows: what was found so far counts.
  } catch (const nlopt::roundoff_limited&) {
    ascent.found.converged = true;  // No further progress in double precision.
  } catch (const std::runtime_error&) {
    // A line search that failed, or a covariance that stays singular; the best point is kept. At
    // the maximum itself rounding lets line searches fail too.
    ascent.found.converged = ascent.flat_at_best(tolerance);
  }
  return ascent.found;
}

}  // namespace foray::surrogate::detail
