#include "index_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "plot.h"

namespace foray::app {
namespace {

using scattering::Lattice;

std::string label_of(Lattice lattice, const scattering::Ring& ring) {
  const int indices = lattice == Lattice::kLamellar                                   ? 1
                      : lattice == Lattice::kHexagonal || lattice == Lattice::kSquare ? 2
                                                                                      : 3;
  // Indices above 9 would run into each other.
  const bool wide = *std::max_element(ring.hkl.begin(), ring.hkl.end()) > 9;
  std::string label;
  for (int i = 0; i < indices; ++i) {
    label += (wide && i > 0 ? " " : "") + std::to_string(ring.hkl[static_cast<std::size_t>(i)]);
  }
  return label;
}

// The curve's intensity at q, between its points.
double intensity_at(const scattering::Curve& curve, double q) {
  const double* begin = curve.q.data();
  const double* end = begin + curve.q.size();
  const auto above = std::clamp<std::ptrdiff_t>(std::lower_bound(begin, end, q) - begin, 1,
                                                std::max<std::ptrdiff_t>(curve.q.size() - 1, 1));
  if (curve.q.size() < 2) return curve.intensity[0];
  const double part = (q - curve.q[above - 1]) / (curve.q[above] - curve.q[above - 1]);
  return curve.intensity[above - 1] +
         std::clamp(part, 0.0, 1.0) * (curve.intensity[above] - curve.intensity[above - 1]);
}

}  // namespace

std::vector<IndexedRing> indexed_rings(const scattering::SeriesScore& score) {
  std::vector<IndexedRing> found;
  const auto last = std::max_element(score.ring_of_peak.begin(), score.ring_of_peak.end());
  if (last == score.ring_of_peak.end() || *last < 0) return found;
  for (const scattering::Ring& ring :
       scattering::rings(score.lattice, score.spacing.value, *last + 1)) {
    const auto peak = std::find(score.ring_of_peak.begin(), score.ring_of_peak.end(),
                                static_cast<int>(found.size()));
    found.push_back({ring, label_of(score.lattice, ring),
                     peak == score.ring_of_peak.end()
                         ? -1
                         : static_cast<int>(peak - score.ring_of_peak.begin())});
  }
  return found;
}

std::string index_picture(const std::string& title, const scattering::Curve& curve,
                          const std::vector<scattering::Estimate>& peaks,
                          const scattering::SeriesScore& score) {
  static constexpr char kFound[] = "#4e9a06", kMissing[] = "#cc0000";
  std::vector<Series> series(2);
  Series &line = series[0], &marks = series[1];
  double least = INFINITY, most = 0;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    const double intensity = curve.intensity[i];
    line.x.push_back(curve.q[i]);
    line.y.push_back(intensity > 0 ? intensity : std::nan(""));  // logarithmic
    if (!(intensity > 0)) continue;
    least = std::min(least, intensity);
    most = std::max(most, intensity);
  }
  marks.name = "peak";
  marks.colour = "#000";
  marks.line = false;
  marks.marks = true;
  for (const scattering::Estimate& peak : peaks) {
    marks.x.push_back(peak.value);
    marks.y.push_back(intensity_at(curve, peak.value));
  }
  std::vector<std::string> named;
  for (const IndexedRing& one : indexed_rings(score)) {
    Series ring;
    const bool missing = one.peak < 0;
    const std::string name = missing ? "missing" : "found";
    if (std::find(named.begin(), named.end(), name) == named.end()) ring.name = name;
    named.push_back(name);
    ring.colour = missing ? kMissing : kFound;
    ring.dashed = true;
    ring.text = one.label;
    ring.x = {one.ring.q, one.ring.q};
    ring.y = {most * 1.5, least};
    series.push_back(std::move(ring));
  }
  std::string heading = title;
  if (score.matched > 0) {
    heading += fmt::format(": {}, {:.4g} angstrom, probability {:.3g}", to_string(score.lattice),
                           score.spacing.value, score.probability);
  }
  const Axes axes{.title = heading,
                  .x_label = "q [1/angstrom]",
                  .y_label = "intensity",
                  .log_x = false,
                  .log_y = true,
                  .width = 760,
                  .height = 420};
  return plot_file(line_plot(axes, series));
}

}  // namespace foray::app
