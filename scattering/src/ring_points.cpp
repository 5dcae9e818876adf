#include <algorithm>
#include <cmath>
#include <optional>

#include "foray/scattering/peaks.h"
#include "ring_search.h"

namespace foray::scattering {
namespace {

constexpr int kFewestBins = 9;  // across a ring's window, below which it is not resolved
constexpr int kMostPointBins = 200;
constexpr double kSignificant = 5;  // area of a ring in its standard deviations
// Detectors are not flatter than this, nor models better: no point counts for more [pixels].
constexpr double kLeastSigma = 0.02;

// q about one ring, cut into bins of about a pixel, for each sector.
struct SearchWindow {
  int ring = 0;
  double lower = 0, upper = 0;
  int bins = 0;
  Eigen::ArrayXXd sum, variance, pixels;  // bins x sectors

  [[nodiscard]] double width() const { return (upper - lower) / bins; }
};

// Windows of the rings, the lowest first; those that are not resolved are left out.
std::vector<SearchWindow> make_windows(const Geometry& geometry, const Eigen::VectorXd& rings,
                                       int sectors, double reach) {
  // q of a pixel's width near the beam; it changes by cos^3 theta further out.
  const double pixel = 2 * M_PI / (geometry.wavelength * 1e10) *
                       std::min(geometry.pixel1, geometry.pixel2) / geometry.dist;
  std::vector<SearchWindow> windows;
  for (Eigen::Index k = 0; k < rings.size(); ++k) {
    double gap = k > 0 ? rings[k] - rings[k - 1] : rings[k];
    if (k + 1 < rings.size()) gap = std::min(gap, rings[k + 1] - rings[k]);
    SearchWindow window;
    window.ring = static_cast<int>(k);
    window.lower = rings[k] - reach * gap;
    window.upper = rings[k] + reach * gap;
    window.bins = std::min(static_cast<int>(2 * reach * gap / pixel), kMostPointBins);
    if (window.bins < kFewestBins) continue;
    window.sum = window.variance = window.pixels = Eigen::ArrayXXd::Zero(window.bins, sectors);
    windows.push_back(std::move(window));
  }
  return windows;
}

void add_pixels(const Frame& frame, const Geometry& geometry, std::vector<SearchWindow>& windows) {
  const Eigen::Matrix3d rotation = rotation_matrix(geometry);
  const auto sectors = static_cast<double>(windows.front().sum.cols());
  for (Eigen::Index i = 0; i < frame.counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < frame.counts.cols(); ++j) {
      if (frame.mask(i, j) != 0) continue;
      const Eigen::Vector3d t =
          rotation *
          Eigen::Vector3d((static_cast<double>(i) + 0.5) * geometry.pixel1 - geometry.poni1,
                          (static_cast<double>(j) + 0.5) * geometry.pixel2 - geometry.poni2,
                          geometry.dist);
      const double q = q_of(geometry, t);
      // The window below whose upper end q lies first; windows do not overlap.
      const auto found =
          std::partition_point(windows.begin(), windows.end(),
                               [&](const SearchWindow& window) { return window.upper <= q; });
      if (found == windows.end() || q < found->lower) continue;
      const auto bin = std::min<Eigen::Index>(
          static_cast<Eigen::Index>((q - found->lower) / found->width()), found->bins - 1);
      const auto sector = std::min<Eigen::Index>(
          static_cast<Eigen::Index>((chi(t) + M_PI) / (2 * M_PI) * sectors), found->sum.cols() - 1);
      found->sum(bin, sector) += frame.counts(i, j);
      found->variance(bin, sector) += frame.variance ? (*frame.variance)(i, j) : frame.counts(i, j);
      found->pixels(bin, sector) += 1;
    }
  }
}

// Mean counts of one sector across a ring.
Curve profile(const SearchWindow& window, Eigen::Index sector, bool counting) {
  std::vector<Eigen::Index> filled;
  for (Eigen::Index b = 0; b < window.bins; ++b) {
    if (window.pixels(b, sector) > 0) filled.push_back(b);
  }
  Curve curve;
  const auto n = static_cast<Eigen::Index>(filled.size());
  curve.q.resize(n);
  curve.intensity.resize(n);
  curve.sigma.resize(n);
  curve.counting = counting;
  for (Eigen::Index k = 0; k < n; ++k) {
    const Eigen::Index b = filled[static_cast<std::size_t>(k)];
    const double pixels = window.pixels(b, sector);
    curve.q[k] = window.lower + (static_cast<double>(b) + 0.5) * window.width();
    curve.intensity[k] = window.sum(b, sector) / pixels;
    curve.sigma[k] = std::sqrt(std::max(window.variance(b, sector), 1.0)) / pixels;
  }
  return curve;
}

// The peak of a profile: from its highest mean of three bins.
std::optional<Estimate> center_of(const Curve& curve, const SearchWindow& window) {
  const Eigen::Index n = curve.q.size();
  if (n < kFewestBins || 3 * n < 2 * window.bins) return std::nullopt;
  Eigen::Index top = 1;
  for (Eigen::Index k = 1; k + 1 < n; ++k) {
    if (curve.intensity.segment(k - 1, 3).sum() > curve.intensity.segment(top - 1, 3).sum())
      top = k;
  }
  std::vector<double> sorted(curve.intensity.begin(), curve.intensity.end());
  std::nth_element(sorted.begin(), sorted.begin() + n / 4, sorted.end());
  const double background = sorted[static_cast<std::size_t>(n / 4)];
  const double height = curve.intensity.segment(top - 1, 3).mean() - background;
  if (!(height > 0)) return std::nullopt;
  // Width where the profile falls to half.
  Eigen::Index left = top, right = top;
  while (left > 0 && curve.intensity[left] > background + 0.5 * height) --left;
  while (right + 1 < n && curve.intensity[right] > background + 0.5 * height) ++right;
  const double fwhm = std::max(curve.q[right] - curve.q[left], 2 * window.width());
  const PeakCandidate start{.q = curve.q[top],
                            .fwhm = fwhm,
                            .height = height,
                            .background = background,
                            .significance = kSignificant};
  const PeakFit fit = fit_peak(curve, start,
                               {.shape = PeakShape::kGaussian,
                                .window = Range{start.q - 4 * fwhm, start.q + 4 * fwhm},
                                .min_significance = kSignificant});
  if (fit.status != PeakFitStatus::kConverged) return std::nullopt;
  return fit.center;
}

// The middle of the azimuths that a sector's pixels have.
double middle(Eigen::Index sector, Eigen::Index sectors) {
  return -M_PI + (static_cast<double>(sector) + 0.5) * 2 * M_PI / static_cast<double>(sectors);
}

// Pixels that a step of q along the azimuth covers there.
double pixels_per_q(const Geometry& geometry, double q, double azimuth) {
  const double step = 1e-4 * q;
  const Eigen::Vector2d change =
      ring_position(geometry, q + step, azimuth) - ring_position(geometry, q - step, azimuth);
  return change.norm() / (2 * step);
}

}  // namespace

std::vector<RingPoint> find_ring_points(const Frame& frame, const Geometry& geometry,
                                        const Eigen::VectorXd& rings, int sectors, double reach) {
  std::vector<RingPoint> points;
  std::vector<SearchWindow> windows = make_windows(geometry, rings, sectors, reach);
  if (windows.empty()) return points;
  add_pixels(frame, geometry, windows);
  for (const SearchWindow& window : windows) {
    for (Eigen::Index sector = 0; sector < sectors; ++sector) {
      const Curve curve = profile(window, sector, !frame.variance);
      const auto center = center_of(curve, window);
      if (!center) continue;
      const double azimuth = middle(sector, sectors);
      const Eigen::Vector2d pixel = ring_position(geometry, center->value, azimuth);
      const double scale = pixels_per_q(geometry, center->value, azimuth);
      RingPoint point;
      point.ring = window.ring;
      point.slow = pixel[0];
      point.fast = pixel[1];
      point.sigma = std::hypot(std::sqrt(center->variance) * scale, kLeastSigma);
      points.push_back(point);
    }
  }
  return points;
}

}  // namespace foray::scattering
