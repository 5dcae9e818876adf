#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "curve_noise.h"
#include "foray/common/check.h"
#include "foray/scattering/peaks.h"

namespace foray::scattering {
namespace {

// Half the window of a filter, in its FWHM: wide enough to see the background on both sides.
constexpr double kHalfWindow = 2.5;

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

// Fits height Gaussian(fwhm) at `center` on a parabola to the points around it. Its significance
// is 0 where the window does not tell a peak from its background.
PeakCandidate filter_at(const NoisyPoints& points, double center, double fwhm) {
  const double half = kHalfWindow * fwhm;
  const auto begin = std::lower_bound(points.q.begin(), points.q.end(), center - half);
  const auto end = std::upper_bound(begin, points.q.end(), center + half);
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  Eigen::Vector4d right = Eigen::Vector4d::Zero();
  int below = 0, above = 0, inside = 0;
  for (auto it = begin; it != end; ++it) {
    const auto i = static_cast<std::size_t>(it - points.q.begin());
    const double x = (points.q[i] - center) / fwhm;
    below += x < -0.75;
    above += x > 0.75;
    inside += std::abs(x) <= 0.75;
    // exp(-4 ln 2 x^2) has a width of 1 at half its height.
    const Eigen::Vector4d basis(std::exp(-2.772588722239781 * x * x), 1.0, x, x * x);
    const double weight = 1.0 / (points.sigma[i] * points.sigma[i]);
    normal.noalias() += weight * basis * basis.transpose();
    right += weight * points.intensity[i] * basis;
  }
  PeakCandidate candidate{center, fwhm, 0, 0, 0};
  if (below < 2 || above < 2 || inside < 2 || below + above + inside < 6) return candidate;
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

// All filters of one width that pass and are no less significant than the next on both sides.
void filter_width(const NoisyPoints& points, const Range& range, double fwhm,
                  const PeakSearchOptions& options, std::vector<PeakCandidate>& found) {
  const double step = kPositionStep * fwhm;
  const int count = static_cast<int>((range.upper - range.lower) / step) + 1;
  std::vector<PeakCandidate> tried;
  tried.reserve(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    tried.push_back(filter_at(points, range.lower + k * step, fwhm));
  }
  for (std::size_t k = 1; k + 1 < tried.size(); ++k) {
    const PeakCandidate& it = tried[k];
    if (it.significance < options.min_significance) continue;
    if (it.significance < tried[k - 1].significance) continue;
    if (it.significance < tried[k + 1].significance) continue;
    if (it.height < options.min_contrast * std::max(0.0, it.background)) continue;
    found.push_back(it);
  }
}

// Keeps the most significant of those that see the same peak.
std::vector<PeakCandidate> distinct(std::vector<PeakCandidate> found, int most) {
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.significance > b.significance; });
  std::vector<PeakCandidate> kept;
  for (const PeakCandidate& candidate : found) {
    if (static_cast<int>(kept.size()) == most) break;
    const bool seen = std::any_of(kept.begin(), kept.end(), [&](const PeakCandidate& other) {
      const double distance = std::abs(candidate.q - other.q);
      if (distance < std::max(candidate.fwhm, other.fwhm)) return true;
      // A ripple on the flank of a stronger peak that is no Gaussian.
      return distance < 3 * other.fwhm && candidate.height < 0.1 * other.height;
    });
    if (!seen) kept.push_back(candidate);
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
  return distinct(std::move(found), options.max_peaks);
}

}  // namespace foray::scattering
