#include "foray/scattering/guinier.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kFewestPoints = 4;
constexpr int kGuinierRounds = 50;
constexpr double kLeastRg = 1e-3, kMostRg = 1e6;  // angstrom
constexpr double kAgrees = 0.01;                  // of the range's end and the limit over rg

// Weighted sums for a straight line through ln I over q^2.
struct LineSums {
  double n = 0, w = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

  void add(double at, double value, double weight) {
    n += 1;
    w += weight;
    x += weight * at;
    y += weight * value;
    xx += weight * at * at;
    xy += weight * at * value;
    yy += weight * value * value;
  }
  [[nodiscard]] double slope() const {
    const double spread = xx - x * x / w;
    return spread > 0 ? (xy - x * y / w) / spread : 0;
  }
  // Weighted mean square about the line.
  [[nodiscard]] double misfit() const {
    return std::max(0.0, yy - y * y / w - slope() * (xy - x * y / w)) / (n - 2);
  }
};

// A start for the least squares. Lines through the lowest points, ever more of them: of those that
// end about where q rg is the limit, the one that describes its points best. Several may end there:
// a line through a whole curve finds a small rg that allows the whole curve.
double first_rg(const Curve& curve, const GuinierOptions& options) {
  constexpr double kAbout = 1.1;
  // Lines worse than this against that of the lowest points go through what is no Guinier region.
  constexpr double kMuchWorse = 30;
  std::vector<Eigen::Index> points;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    if (curve.q[i] <= 0 || curve.intensity[i] <= 0) continue;
    if (curve.q[i] < options.q.lower || curve.q[i] > options.q.upper) continue;
    points.push_back(i);
  }
  const bool weighted = curve.sigma.size() > 0 && (curve.sigma.array() > 0).all();
  LineSums sums;
  double found = 0, lowest = 1, least = std::numeric_limits<double>::infinity();
  const double noise = weighted ? 1 : 0.0025;  // 5 % where errors are not known
  const std::size_t few = std::max<std::size_t>(kFewestPoints, points.size() / 10);
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Eigen::Index i = points[k];
    const double weight = weighted ? std::pow(curve.intensity[i] / curve.sigma[i], 2) : 1;
    sums.add(curve.q[i] * curve.q[i], std::log(curve.intensity[i]), weight);
    if (k + 1 < kFewestPoints || !(sums.slope() < 0)) continue;
    const double rg = std::sqrt(-3 * sums.slope());
    if (k + 1 == few) {
      lowest = rg;
      least = kMuchWorse * std::max(sums.misfit(), noise);
    }
    const bool last = k + 1 == points.size();
    const double next = last ? curve.q[i] : curve.q[points[k + 1]];
    if (curve.q[i] * rg > kAbout * options.max_q_rg) continue;
    if (!last && next * rg < options.max_q_rg / kAbout) continue;
    if (k + 1 < few || sums.misfit() >= least) continue;
    least = sums.misfit();
    found = rg;
  }
  return std::clamp(found > 0 ? found : lowest, kLeastRg, kMostRg);
}

}  // namespace

ModelFit fit_guinier(const Curve& curve, const GuinierOptions& options) {
  require(std::isfinite(options.max_q_rg) && options.max_q_rg > 0,
          "fit_guinier: max_q_rg: expected a finite value > 0, got " +
              std::to_string(options.max_q_rg));
  validate(curve);
  ModelFitOptions fit_options;
  fit_options.free = {{"scale", {}, {}, {}}, {"rg", first_rg(curve, options), kLeastRg, kMostRg}};
  const Model guinier("guinier");
  double upper = std::min(options.q.upper, options.max_q_rg / *fit_options.free[1].start);
  ModelFit fit;
  for (int round = 0; round < kGuinierRounds; ++round) {
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
