#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "curve_noise.h"
#include "foray/common/check.h"
#include "foray/scattering/peaks.h"

namespace foray::scattering {
namespace {

// Half the window of a filter, in its FWHM: wide enough to see the background on both sides.
constexpr double kHalfWindow = 2.5;

// How far the points must reach on both sides, in its FWHM: a background seen on one side only can
// be anything.
constexpr double kLeastSide = 1.25;

// Width relative to q from which a peak must be a maximum of the curve and not only a shoulder.
constexpr double kBroad = 0.1;

// Share of a filter's middle that must not belong to stronger peaks.
constexpr double kOwnShare = 0.6;

// Half of what counts as a peak's own points, in its FWHM.
constexpr double kCore = 1.5;

// Largest logarithm of the ratio of the intensities on both sides of a filter: over more than that
// a smooth curve is neither parabola nor power law, and a narrower filter sees a real peak.
constexpr double kSteepest = 2.5;

constexpr int kRounds = 20;  // of Gauss-Newton, which mostly needs four

// Positions are tried every quarter of a width, widths in steps of this factor: together they lose
// less than 5 % of a peak's significance.
constexpr double kWidthStep = 1.5;
constexpr double kPositionStep = 0.25;

template <typename... Parts>
void require_option(bool good, const Parts&... parts) {
  if (good) return;
  std::ostringstream text;
  text << "find_peaks: ";
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

bool is_range(const Range& range) {
  return std::isfinite(range.lower) && std::isfinite(range.upper) && range.lower < range.upper;
}

void check(const PeakSearchOptions& options) {
  require_option(options.min_significance > 0, "min_significance: expected a value > 0, got ",
                 options.min_significance);
  require_option(options.min_contrast >= 0, "min_contrast: expected a value >= 0, got ",
                 options.min_contrast);
  require_option(options.max_peaks >= 1, "max_peaks: expected at least 1, got ", options.max_peaks);
  if (options.q) {
    require_option(is_range(*options.q), "q: expected finite lower < upper, got ", options.q->lower,
                   " .. ", options.q->upper);
  }
  if (options.fwhm) {
    require_option(is_range(*options.fwhm) && options.fwhm->lower > 0,
                   "fwhm: expected finite 0 < lower < upper, got ", options.fwhm->lower, " .. ",
                   options.fwhm->upper);
  }
}

// A spacing that few neighbours undercut, so that logarithmic bins are searched finely enough where
// they are dense; not below a 5000th of the range, which would take for ever.
double fine_spacing(const std::vector<double>& q) {
  std::vector<double> steps(q.size() - 1);
  for (std::size_t i = 0; i + 1 < q.size(); ++i) steps[i] = q[i + 1] - q[i];
  const auto low = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 20);
  std::nth_element(steps.begin(), low, steps.end());
  return std::max(*low, (q.back() - q.front()) / 5000.0);
}

// Where a peak was already found: its points say nothing about other peaks.
using Cores = std::vector<Range>;

bool in_a_core(const Cores& cores, double q) {
  return std::any_of(cores.begin(), cores.end(),
                     [&](const Range& core) { return q >= core.lower && q <= core.upper; });
}

// Points of a filter's window.
struct Window {
  std::vector<std::size_t> points;
  int below = 0, inside = 0, above = 0;  // of the middle, points of other peaks left out
  int middle = 0;                        // inside with the points of other peaks
};

Window window_at(const NoisyPoints& points, double center, double fwhm, const Cores& cores) {
  const double half = kHalfWindow * fwhm;
  const auto begin = std::lower_bound(points.q.begin(), points.q.end(), center - half);
  const auto end = std::upper_bound(begin, points.q.end(), center + half);
  Window window;
  for (auto it = begin; it != end; ++it) {
    const double x = (*it - center) / fwhm;
    const bool inside = std::abs(x) <= 0.75;
    window.middle += inside;
    if (!cores.empty() && in_a_core(cores, *it)) continue;
    window.below += x < -0.75;
    window.above += x > 0.75;
    window.inside += inside;
    window.points.push_back(static_cast<std::size_t>(it - points.q.begin()));
  }
  return window;
}

// Exponent of the power law q^-p through the mean intensities beside the peak, 0 where there is
// none; nothing where the two differ so much that no background can be told from a peak.
std::optional<double> trend_of(const NoisyPoints& points, const Window& window, double center,
                               double fwhm) {
  double sum[2] = {0, 0}, q[2] = {0, 0}, count[2] = {0, 0};
  for (const std::size_t i : window.points) {
    const double x = (points.q[i] - center) / fwhm;
    if (std::abs(x) <= 1.0) continue;
    const int side = x > 0 ? 1 : 0;
    sum[side] += points.intensity[i];
    q[side] += points.q[i];
    count[side] += 1;
  }
  if (count[0] == 0 || count[1] == 0 || sum[0] <= 0 || sum[1] <= 0) return 0.0;
  if (points.q[window.points.front()] <= 0) return 0.0;
  const double fall = std::log((sum[0] / count[0]) / (sum[1] / count[1]));
  if (std::abs(fall) > kSteepest) return std::nullopt;
  return fall / std::log((q[1] / count[1]) / (q[0] / count[0]));
}

// Fits height Gaussian(fwhm) at `center` on a parabola times a power law to the points around it.
// Its significance is 0 where the window does not tell a peak from its background.
PeakCandidate filter_at(const NoisyPoints& points, double center, double fwhm, const Cores& cores) {
  PeakCandidate candidate{center, fwhm, 0, 0, 0};
  const Window window = window_at(points, center, fwhm, cores);
  if (window.below < 2 || window.above < 2 || window.inside < 2 || window.points.size() < 6) {
    return candidate;
  }
  if (window.inside < kOwnShare * window.middle) return candidate;
  if (points.q[window.points.front()] > center - kLeastSide * fwhm ||
      points.q[window.points.back()] < center + kLeastSide * fwhm) {
    return candidate;
  }
  const auto exponent = trend_of(points, window, center, fwhm);
  if (!exponent) return candidate;
  const double log_center = std::log(center);  // used with a trend only, and then q > 0
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  Eigen::Vector4d right = Eigen::Vector4d::Zero();
  for (const std::size_t i : window.points) {
    const double x = (points.q[i] - center) / fwhm;
    const double trend =
        *exponent == 0 ? 1.0 : std::exp(*exponent * (log_center - points.log_q[i]));
    // exp(-4 ln 2 x^2) has a width of 1 at half its height.
    const Eigen::Vector4d basis(std::exp(-2.772588722239781 * x * x), trend, trend * x,
                                trend * x * x);
    const double weight = 1.0 / (points.sigma[i] * points.sigma[i]);
    normal.noalias() += weight * basis * basis.transpose();
    right += weight * points.intensity[i] * basis;
  }
  const Eigen::LDLT<Eigen::Matrix4d> factor(normal);
  if (factor.info() != Eigen::Success || !(factor.vectorD().minCoeff() > 0)) return candidate;
  const Eigen::Vector4d solution = factor.solve(right);
  const double variance = factor.solve(Eigen::Vector4d::UnitX())[0];
  if (!(variance > 0) || !solution.allFinite()) return candidate;
  candidate.height = solution[0];
  candidate.background = solution[1];
  candidate.significance = solution[0] / std::sqrt(variance);
  return candidate;
}

// Fits height Gaussian(fwhm) on exp(parabola), which a power law, an exponential and a Guinier knee
// all nearly are, by Gauss-Newton from the linear filter's result: what passed only because its
// background was no parabola does not pass here.
PeakCandidate on_log_background(const NoisyPoints& points, PeakCandidate candidate,
                                const Cores& cores) {
  const Window window = window_at(points, candidate.q, candidate.fwhm, cores);
  double largest = 0;
  for (const std::size_t i : window.points) largest = std::max(largest, points.intensity[i]);
  if (!(largest > 0)) return candidate;
  const double lowest = 1e-6 * largest;
  Eigen::Vector4d p(candidate.height, std::log(std::max(candidate.background, lowest)), 0, 0);
  double variance = 0;
  for (int round = 0; round < kRounds; ++round) {
    Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
    Eigen::Vector4d right = Eigen::Vector4d::Zero();
    for (const std::size_t i : window.points) {
      const double x = (points.q[i] - candidate.q) / candidate.fwhm;
      const double gauss = std::exp(-2.772588722239781 * x * x);
      const double background = std::exp(std::min(p[1] + x * (p[2] + x * p[3]), 700.0));
      const Eigen::Vector4d basis(gauss, background, background * x, background * x * x);
      const double weight = 1.0 / (points.sigma[i] * points.sigma[i]);
      normal.noalias() += weight * basis * basis.transpose();
      right += weight * (points.intensity[i] - p[0] * gauss - background) * basis;
    }
    // A little damping: where nothing lies below the peak the parabola is free.
    normal.diagonal() *= 1.0 + 1e-6;
    const Eigen::LDLT<Eigen::Matrix4d> factor(normal);
    Eigen::Vector4d step = factor.solve(right);
    variance = factor.solve(Eigen::Vector4d::UnitX())[0];
    if (!step.allFinite() || !(variance > 0)) return candidate;
    const double longest = step.tail<3>().cwiseAbs().maxCoeff();
    if (longest > 1.5) step.tail<3>() *= 1.5 / longest;
    p += step;
    if (std::abs(step[0]) < 0.01 * std::sqrt(variance) && longest < 0.01) break;
  }
  const auto model = [&](double x) {
    return p[0] * std::exp(-2.772588722239781 * x * x) + std::exp(p[1] + x * (p[2] + x * p[3]));
  };
  // A broad shoulder that is no maximum is where two smooth decays meet, not a peak.
  const bool broad = candidate.fwhm > kBroad * candidate.q;
  const bool maximum = model(0) > model(-kLeastSide) && model(0) > model(kLeastSide);
  if (broad && !maximum) {
    candidate.significance = 0;
    return candidate;
  }
  candidate.height = p[0];
  candidate.background = std::exp(p[1]);
  candidate.significance = p[0] / std::sqrt(variance);
  return candidate;
}

bool passes(const PeakCandidate& candidate, const PeakSearchOptions& options) {
  return candidate.significance >= options.min_significance &&
         candidate.height >= options.min_contrast * std::max(0.0, candidate.background);
}

// All filters of one width that pass and are no less significant than the next on both sides.
void filter_width(const NoisyPoints& points, const Range& range, double fwhm,
                  const PeakSearchOptions& options, std::vector<PeakCandidate>& found) {
  const double step = kPositionStep * fwhm;
  const int count = static_cast<int>((range.upper - range.lower) / step) + 1;
  std::vector<PeakCandidate> tried;
  tried.reserve(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    tried.push_back(filter_at(points, range.lower + k * step, fwhm, {}));
  }
  for (std::size_t k = 1; k + 1 < tried.size(); ++k) {
    const PeakCandidate& it = tried[k];
    if (!passes(it, options)) continue;
    if (it.significance < tried[k - 1].significance) continue;
    if (it.significance < tried[k + 1].significance) continue;
    found.push_back(it);
  }
}

// The most significant of the filters near one that passed: the parabola's choice of place and
// width is not always the best on the better background.
PeakCandidate refined(const NoisyPoints& points, const PeakCandidate& start, const Cores& cores,
                      const PeakSearchOptions& options) {
  PeakCandidate best = start;
  for (const double width : {start.fwhm / kWidthStep, start.fwhm, start.fwhm * kWidthStep}) {
    for (const double shift : {-0.5, -0.25, 0.0, 0.25, 0.5}) {
      PeakCandidate tried = filter_at(points, start.q + shift * width, width, cores);
      if (!passes(tried, options)) continue;
      tried = on_log_background(points, tried, cores);
      if (passes(tried, options) && tried.significance > best.significance) best = tried;
    }
  }
  return best;
}

// Keeps the most significant of those that see the same peak: each must stand without the points of
// the stronger ones, which throw ripples into the filters beside them.
std::vector<PeakCandidate> distinct(const NoisyPoints& points, std::vector<PeakCandidate> found,
                                    const PeakSearchOptions& options) {
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.significance > b.significance; });
  std::vector<PeakCandidate> kept;
  Cores cores;
  for (const PeakCandidate& candidate : found) {
    if (static_cast<int>(kept.size()) == options.max_peaks) break;
    if (in_a_core(cores, candidate.q)) continue;
    PeakCandidate alone = candidate;
    if (!cores.empty()) alone = filter_at(points, candidate.q, candidate.fwhm, cores);
    if (!passes(alone, options)) continue;
    alone = on_log_background(points, alone, cores);
    if (!passes(alone, options)) continue;
    alone = refined(points, alone, cores, options);
    // The long tails of a strong peak that is no Gaussian.
    const bool ripple = std::any_of(kept.begin(), kept.end(), [&](const PeakCandidate& other) {
      return std::abs(alone.q - other.q) < 4 * other.fwhm && alone.height < 0.05 * other.height;
    });
    if (ripple) continue;
    kept.push_back(alone);
    cores.push_back({alone.q - kCore * alone.fwhm, alone.q + kCore * alone.fwhm});
  }
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.q < b.q; });
  return kept;
}

}  // namespace

std::vector<PeakCandidate> find_peaks(const Curve& curve) {
  return find_peaks(curve, PeakSearchOptions{});
}

std::vector<PeakCandidate> find_peaks(const Curve& curve, const PeakSearchOptions& options) {
  validate(curve);
  check(options);
  const NoisyPoints points = usable_points(curve);
  if (points.q.size() < 8) return {};
  Range range{points.q.front(), points.q.back()};
  if (options.q) {
    range = {std::max(range.lower, options.q->lower), std::min(range.upper, options.q->upper)};
  }
  if (!(range.upper > range.lower)) return {};
  const double spacing = fine_spacing(points.q);
  const Range widths =
      options.fwhm.value_or(Range{2.0 * spacing, 0.2 * (points.q.back() - points.q.front())});
  std::vector<PeakCandidate> found;
  for (double fwhm = widths.lower; fwhm <= widths.upper; fwhm *= kWidthStep) {
    if (fwhm > 0) filter_width(points, range, fwhm, options, found);
  }
  return distinct(points, std::move(found), options);
}

}  // namespace foray::scattering
