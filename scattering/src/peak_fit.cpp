#include <ceres/ceres.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "checks.h"
#include "curve_noise.h"
#include "foray/common/check.h"
#include "foray/scattering/peaks.h"
#include "peak_model.h"

namespace foray::scattering {
namespace {

// The candidate's width is that of the filter that fits a Gaussian on a parabola best, half as wide
// again as a peak with tails: three of the peak's own widths to both sides, enough to tell tails
// from a background, and no more of a background that is not straight than need be.
Range default_window(const PeakCandidate& peak) {
  return {peak.q - 2 * peak.fwhm, peak.q + 2 * peak.fwhm};
}

constexpr int kWeighings = 8;  // of fitting and weighing anew

template <typename... Parts>
void require_that(bool good, const Parts&... parts) {
  if (good) return;
  std::ostringstream text;
  text << "fit_peak: ";
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

void check(const PeakCandidate& start, const PeakFitOptions& options) {
  require_that(std::isfinite(start.q) && std::isfinite(start.fwhm) && start.fwhm > 0 &&
                   std::isfinite(start.height) && std::isfinite(start.background),
               "start: expected finite values and fwhm > 0, got q ", start.q, ", fwhm ",
               start.fwhm);
  require_that(options.background != PeakBackground::kPowerLaw || start.q > 0,
               "start.q: expected a value > 0 for a power-law background, got ", start.q);
  require_that(options.min_significance > 0, "min_significance: expected a value > 0, got ",
               options.min_significance);
  require_that(options.lorentz_share >= 0 && options.lorentz_share <= 1,
               "lorentz_share: expected a value in [0, 1], got ", options.lorentz_share);
  require_that(options.max_iterations >= 1, "max_iterations: expected at least 1, got ",
               options.max_iterations);
  if (!options.window) return;
  require_that(std::isfinite(options.window->lower) && std::isfinite(options.window->upper) &&
                   options.window->lower < options.window->upper,
               "window: expected finite lower < upper, got ", options.window->lower, " .. ",
               options.window->upper);
}

// The points of a window and what the fit of them is about.
struct Problem {
  NoisyPoints points;         // in the window
  std::vector<double> ratio;  // variance over intensity; empty: the weights are as given
  PeakBackground background = PeakBackground::kLinear;
  double q_start = 0;
  PeakVector scale;         // of the parameters: the solver sees parameter / scale
  PeakVector lower, upper;  // bounds
  std::vector<int> free;    // free parameters
};

// All residuals of a problem at once, scaled parameters in one block.
class PeakResiduals final : public ceres::CostFunction {
 public:
  PeakResiduals(const Problem& problem, const PeakVector& fixed)
      : problem_(problem), fixed_(fixed) {
    set_num_residuals(static_cast<int>(problem.points.q.size()));
    mutable_parameter_block_sizes()->push_back(static_cast<int>(problem.free.size()));
  }

  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override {
    PeakVector p = fixed_;
    const auto free = problem_.free.size();
    for (std::size_t f = 0; f < free; ++f) {
      p[problem_.free[f]] = parameters[0][f] * problem_.scale[problem_.free[f]];
    }
    for (std::size_t i = 0; i < problem_.points.q.size(); ++i) {
      const PeakValue value =
          peak_value(p, problem_.background, problem_.q_start, problem_.points.q[i]);
      const double weight = 1.0 / problem_.points.sigma[i];
      residuals[i] = (value.peak + value.background - problem_.points.intensity[i]) * weight;
      if (jacobians == nullptr || jacobians[0] == nullptr) continue;
      for (std::size_t f = 0; f < free; ++f) {
        const int which = problem_.free[f];
        jacobians[0][i * free + f] = value.gradient[which] * problem_.scale[which] * weight;
      }
    }
    return true;
  }

 private:
  const Problem& problem_;
  PeakVector fixed_;
};

// Minimises from `p`; false when the solver did not settle.
bool solve(const Problem& problem, int max_iterations, PeakVector& p, double& chi_squared) {
  std::vector<double> x;
  for (const int which : problem.free) x.push_back(p[which] / problem.scale[which]);
  ceres::Problem ceres_problem;
  ceres_problem.AddResidualBlock(new PeakResiduals(problem, p), nullptr, x.data());
  for (std::size_t f = 0; f < problem.free.size(); ++f) {
    const int which = problem.free[f];
    const double scale = problem.scale[which];
    if (std::isfinite(problem.lower[which])) {
      ceres_problem.SetParameterLowerBound(x.data(), static_cast<int>(f),
                                           problem.lower[which] / scale);
    }
    if (std::isfinite(problem.upper[which])) {
      ceres_problem.SetParameterUpperBound(x.data(), static_cast<int>(f),
                                           problem.upper[which] / scale);
    }
  }
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.logging_type = ceres::SILENT;
  options.num_threads = 1;
  options.max_num_iterations = max_iterations;
  options.function_tolerance = 1e-9;
  options.parameter_tolerance = 1e-9;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &ceres_problem, &summary);
  for (std::size_t f = 0; f < problem.free.size(); ++f) {
    p[problem.free[f]] = x[f] * problem.scale[problem.free[f]];
  }
  chi_squared = 2.0 * summary.final_cost;
  return summary.termination_type == ceres::CONVERGENCE && p.allFinite();
}

// Variances that the model expects of counts; at least those of a tenth of a count.
void weigh_by_model(Problem& problem, const PeakVector& p) {
  for (std::size_t i = 0; i < problem.points.q.size(); ++i) {
    const PeakValue value = peak_value(p, problem.background, problem.q_start, problem.points.q[i]);
    const double ratio = problem.ratio[i];
    const double expected = std::max(value.peak + value.background, 0.1 * ratio);
    problem.points.sigma[i] = std::sqrt(ratio * expected);
  }
}

// Solves; with counting weights again and again until weights and parameters agree.
bool solve_weighted(Problem& problem, int max_iterations, PeakVector& p, double& chi_squared) {
  if (!solve(problem, max_iterations, p, chi_squared)) return false;
  if (problem.ratio.empty()) return true;
  for (int round = 0; round < kWeighings; ++round) {
    const PeakVector before = p;
    weigh_by_model(problem, p);
    if (!solve(problem, max_iterations, p, chi_squared)) return false;
    if (((p - before).array() / problem.scale.array()).abs().maxCoeff() < 1e-5) return true;
  }
  // The rest of the way is far below the error: each round takes off most of what is left.
  return true;
}

// Covariance of the free parameters, from the weighted Jacobian; empty where it is singular.
Eigen::MatrixXd covariance_of(const Problem& problem, const PeakVector& p) {
  const auto free = static_cast<Eigen::Index>(problem.free.size());
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(free, free);
  Eigen::VectorXd row(free);
  for (std::size_t i = 0; i < problem.points.q.size(); ++i) {
    const PeakValue value = peak_value(p, problem.background, problem.q_start, problem.points.q[i]);
    for (Eigen::Index f = 0; f < free; ++f) {
      const int which = problem.free[static_cast<std::size_t>(f)];
      row[f] = value.gradient[which] * problem.scale[which] / problem.points.sigma[i];
    }
    normal.noalias() += row * row.transpose();
  }
  if (!(normal.diagonal().minCoeff() > 0)) return {};
  const Eigen::VectorXd root = normal.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::LDLT<Eigen::MatrixXd> factor(root.asDiagonal() * normal * root.asDiagonal());
  // With a unit diagonal the smallest pivot is 1 - R^2 of a parameter on the others.
  if (factor.info() != Eigen::Success || !(factor.vectorD().minCoeff() > 1e-12)) return {};
  Eigen::VectorXd back(free);
  for (Eigen::Index f = 0; f < free; ++f) {
    back[f] = root[f] * problem.scale[problem.free[static_cast<std::size_t>(f)]];
  }
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(free, free));
  return back.asDiagonal() * inverse * back.asDiagonal();
}

Problem make_problem(const Curve& curve, const Range& window, const PeakCandidate& start,
                     const PeakFitOptions& options) {
  Problem problem;
  const NoisyPoints all = usable_points(curve);
  const bool counting = options.counting_weights && curve.counting;
  for (std::size_t i = 0; i < all.q.size(); ++i) {
    if (all.q[i] < window.lower || all.q[i] > window.upper) continue;
    if (options.background == PeakBackground::kPowerLaw && all.q[i] <= 0) continue;
    problem.points.q.push_back(all.q[i]);
    problem.points.intensity.push_back(all.intensity[i]);
    problem.points.sigma.push_back(all.sigma[i]);
    // Counts n over a weight w have I = n / w and sigma^2 = n / w^2, so sigma^2 / I = 1 / w; where
    // nothing was counted sigma is that of one count, 1 / w.
    if (counting) {
      problem.ratio.push_back(all.intensity[i] > 0 ? all.sigma[i] * all.sigma[i] / all.intensity[i]
                                                   : all.sigma[i]);
    }
  }
  problem.background = options.background;
  problem.q_start = start.q;
  problem.free = {kArea, kCenter, kWidth, kLevel, kSlope};
  if (options.shape == PeakShape::kPseudoVoigt && options.free_lorentz_share) {
    problem.free.insert(problem.free.begin() + 3, kShare);
  }
  return problem;
}

PeakVector first_guess(Problem& problem, const Range& window, const PeakCandidate& start,
                       const PeakFitOptions& options) {
  const double share = options.shape == PeakShape::kGaussian     ? 0.0
                       : options.shape == PeakShape::kLorentzian ? 1.0
                                                                 : options.lorentz_share;
  const auto& y = problem.points.intensity;
  const double highest = *std::max_element(y.begin(), y.end());
  const double height = start.height > 0 ? start.height : std::max(std::abs(highest), 1e-300);
  PeakVector p;
  p << height * start.fwhm / unit_height(share), start.q, start.fwhm, share, start.background, 0;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double width = window.upper - window.lower;
  const auto& q = problem.points.q;
  const double spacing = (q.back() - q.front()) / static_cast<double>(q.size() - 1);
  problem.lower << -kInfinity, q.front(), std::min(0.3 * spacing, 0.5 * start.fwhm), 0.0,
      -kInfinity, -kInfinity;
  problem.upper << kInfinity, q.back(), std::max(width, 1.5 * start.fwhm), 1.0, kInfinity,
      kInfinity;
  p[kCenter] = std::clamp(p[kCenter], q.front(), q.back());
  const double level = std::max(std::abs(start.background), height);
  const bool linear = problem.background == PeakBackground::kLinear;
  problem.scale << std::abs(p[kArea]), start.fwhm, start.fwhm, 1.0, level,
      linear ? level / start.fwhm : 1.0;
  if (!linear) {
    // Beyond any law of scattering, and short of overflow over the decades of q of a detector.
    constexpr double kSteepestSlope = 20;
    problem.lower[kSlope] = -kSteepestSlope;
    problem.upper[kSlope] = kSteepestSlope;
  }
  return p;
}

bool at_bound(const Problem& problem, const PeakVector& p, int which) {
  const double margin = 1e-6 * problem.scale[which];
  return p[which] <= problem.lower[which] + margin || p[which] >= problem.upper[which] - margin;
}

// Fills in what the free parameters and their covariance say.
void report(const Problem& problem, const PeakVector& p, const Eigen::MatrixXd& covariance,
            PeakFit& fit) {
  static const char* const kNames[] = {"area",          "center",           "fwhm",
                                       "lorentz_share", "background_level", "background_slope"};
  const auto free = static_cast<Eigen::Index>(problem.free.size());
  fit.parameters.resize(free);
  fit.covariance = covariance;
  PeakVector height_gradient = PeakVector::Zero();
  const double unit = unit_height(p[kShare]);
  height_gradient[kArea] = unit / p[kWidth];
  height_gradient[kWidth] = -p[kArea] * unit / (p[kWidth] * p[kWidth]);
  height_gradient[kShare] = p[kArea] / p[kWidth] * (unit_height(1.0) - unit_height(0.0));
  Eigen::VectorXd gradient(free);
  Estimate* const estimates[] = {&fit.area, &fit.center, &fit.fwhm, &fit.lorentz_share};
  fit.lorentz_share = {p[kShare], 0.0};
  for (Eigen::Index f = 0; f < free; ++f) {
    const int which = problem.free[static_cast<std::size_t>(f)];
    fit.parameter_names.emplace_back(kNames[which]);
    fit.parameters[f] = p[which];
    gradient[f] = height_gradient[which];
    if (which <= kShare) *estimates[which] = {p[which], covariance(f, f)};
  }
  fit.height = {p[kArea] * unit / p[kWidth], gradient.dot(covariance * gradient)};
  fit.background = peak_value(p, problem.background, problem.q_start, p[kCenter]).background;
}

PeakFit ended(PeakFit fit, PeakFitStatus status, std::string note) {
  fit.status = status;
  fit.note = std::move(note);
  return fit;
}

}  // namespace

const char* to_string(PeakFitStatus status) {
  switch (status) {
    case PeakFitStatus::kConverged:
      return "converged";
    case PeakFitStatus::kNoPeak:
      return "no peak";
    case PeakFitStatus::kAtBound:
      return "at a bound";
    case PeakFitStatus::kNotConverged:
      return "did not converge";
    case PeakFitStatus::kTooFewPoints:
      return "too few points";
  }
  return "unknown";
}

PeakFit fit_peak(const Curve& curve, const PeakCandidate& start) {
  return fit_peak(curve, start, PeakFitOptions{});
}

PeakFit fit_peak(const Curve& curve, const PeakCandidate& start, const PeakFitOptions& options) {
  validate(curve);
  check(start, options);
  PeakFit fit;
  fit.shape = options.shape;
  fit.window = options.window.value_or(default_window(start));
  Problem problem = make_problem(curve, fit.window, start, options);
  const auto points = problem.points.q.size();
  if (points < problem.free.size() + 2) {
    return ended(fit, PeakFitStatus::kTooFewPoints,
                 std::to_string(points) + " points for " + std::to_string(problem.free.size()) +
                     " parameters");
  }
  PeakVector p = first_guess(problem, fit.window, start, options);
  bool settled = solve_weighted(problem, options.max_iterations, p, fit.chi_squared);
  const auto share = std::find(problem.free.begin(), problem.free.end(), kShare);
  if (settled && share != problem.free.end() && at_bound(problem, p, kShare)) {
    // A pure Gaussian or Lorentzian: a share at its bound has no covariance of its own.
    p[kShare] = p[kShare] < 0.5 ? 0.0 : 1.0;
    problem.free.erase(share);
    settled = solve_weighted(problem, options.max_iterations, p, fit.chi_squared);
  }
  fit.degrees_of_freedom = static_cast<int>(points) - static_cast<int>(problem.free.size());
  if (!settled) {
    return ended(fit, PeakFitStatus::kNotConverged, "the least squares did not settle");
  }
  const Eigen::MatrixXd covariance = covariance_of(problem, p);
  if (covariance.size() == 0 || !covariance.allFinite()) {
    return ended(fit, PeakFitStatus::kNotConverged, "the parameters cannot be told apart");
  }
  fit.significance = p[kArea] / std::sqrt(covariance(0, 0));
  if (!(fit.significance >= options.min_significance)) {
    return ended(fit, PeakFitStatus::kNoPeak,
                 "area is " + number(fit.significance) + " standard deviations");
  }
  report(problem, p, covariance, fit);
  if (at_bound(problem, p, kCenter)) {
    return ended(fit, PeakFitStatus::kAtBound, "the centre is at the window's edge");
  }
  if (at_bound(problem, p, kWidth)) {
    return ended(fit, PeakFitStatus::kAtBound, "the width is at its bound, " + number(p[kWidth]));
  }
  return ended(fit, PeakFitStatus::kConverged, "");
}

namespace {

// Window of one of several peaks: as the options say, but not beyond half-way to its neighbours.
PeakFitOptions between_neighbours(const std::vector<PeakCandidate>& peaks, std::size_t which,
                                  PeakFitOptions options) {
  const PeakCandidate& peak = peaks[which];
  Range window = options.window.value_or(default_window(peak));
  if (which > 0) window.lower = std::max(window.lower, 0.5 * (peaks[which - 1].q + peak.q));
  if (which + 1 < peaks.size()) {
    window.upper = std::min(window.upper, 0.5 * (peaks[which + 1].q + peak.q));
  }
  options.window = window;
  return options;
}

}  // namespace

std::vector<PeakFit> fit_peaks(const Curve& curve, const PeakSearchOptions& search,
                               const PeakFitOptions& fit) {
  const std::vector<PeakCandidate> peaks = find_peaks(curve, search);
  std::vector<PeakFit> fits;
  fits.reserve(peaks.size());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    fits.push_back(fit_peak(curve, peaks[i], between_neighbours(peaks, i, fit)));
  }
  return fits;
}

PeakFit fit_strongest_peak(const Curve& curve, const PeakSearchOptions& search,
                           const PeakFitOptions& fit) {
  const std::vector<PeakCandidate> peaks = find_peaks(curve, search);
  if (peaks.empty()) return ended({}, PeakFitStatus::kNoPeak, "no peak stands out of the noise");
  const auto strongest = std::max_element(
      peaks.begin(), peaks.end(),
      [](const auto& a, const auto& b) { return a.significance < b.significance; });
  const auto which = static_cast<std::size_t>(strongest - peaks.begin());
  return fit_peak(curve, *strongest, between_neighbours(peaks, which, fit));
}

}  // namespace foray::scattering
