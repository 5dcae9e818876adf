#include "foray/scattering/guinier.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kFewestPoints = 4;
constexpr int kRounds = 50;
constexpr double kLeastRg = 1e-3, kMostRg = 1e6;  // angstrom
constexpr double kAgrees = 0.01;                  // of the range's end and the limit over rg

// Where ln I falls off at the low end: the slope of ln I over q^2 from the first tenth of the
// points, at least four; a start for the least squares only.
double first_rg(const Curve& curve, const Range& range) {
  std::vector<double> x, y;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    if (curve.q[i] <= 0 || curve.intensity[i] <= 0) continue;
    if (curve.q[i] < range.lower || curve.q[i] > range.upper) continue;
    x.push_back(curve.q[i] * curve.q[i]);
    y.push_back(std::log(curve.intensity[i]));
  }
  const std::size_t n = std::min(x.size(), std::max<std::size_t>(kFewestPoints, x.size() / 10));
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < n; ++i) {
    mean_x += x[i] / static_cast<double>(n);
    mean_y += y[i] / static_cast<double>(n);
  }
  for (std::size_t i = 0; i < n; ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double slope = xx > 0 ? xy / xx : 0;
  return slope < 0 ? std::clamp(std::sqrt(-3 * slope), kLeastRg, kMostRg) : 1.0;
}

}  // namespace

ModelFit fit_guinier(const Curve& curve, const GuinierOptions& options) {
  require(std::isfinite(options.max_q_rg) && options.max_q_rg > 0,
          "fit_guinier: max_q_rg: expected a finite value > 0, got " +
              std::to_string(options.max_q_rg));
  validate(curve);
  ModelFitOptions fit_options;
  fit_options.free = {{"scale", {}, {}, {}}, {"rg", first_rg(curve, options.q), kLeastRg, kMostRg}};
  const Model guinier("guinier");
  double upper = std::min(options.q.upper, options.max_q_rg / *fit_options.free[1].start);
  ModelFit fit;
  for (int round = 0; round < kRounds; ++round) {
    fit_options.q = Range{options.q.lower, upper};
    fit = upper > options.q.lower ? fit_model(curve, guinier, fit_options) : ModelFit{};
    if (fit.data.q.size() < kFewestPoints) {
      fit.status = ModelFitStatus::kTooFewPoints;
      fit.note = std::to_string(fit.data.q.size()) +
                 " points up to q rg = " + std::to_string(options.max_q_rg) + ", " +
                 std::to_string(kFewestPoints) + " are needed";
      return fit;
    }
    const double rg = fit.parameters[1].estimate.value;
    const double wanted = std::min(options.q.upper, options.max_q_rg / rg);
    if (std::abs(wanted / upper - 1) < kAgrees) return fit;
    // Half-way in the logarithm: a full step may go round in a circle.
    upper = std::sqrt(wanted * upper);
    fit_options.free[1].start = rg;
  }
  fit.status = ModelFitStatus::kNotConverged;
  fit.note = "the range and rg did not agree";
  return fit;
}

}  // namespace foray::scattering
