#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/scattering/bins.h"
#include "foray/scattering/resolution.h"
#include "models/quadrature.h"
#include "weight_row.h"

namespace foray::scattering {
namespace {

constexpr double kSlitTolerance = 1e-8;  // of the largest value within a panel
// Panels are no narrower than this part of q: 16 nodes in each follow a sphere's waves up to q R of
// some 4000, and a model that is not smooth to the tolerance does not cost millions of places.
constexpr double kNarrowest = 2e-3;
// A width of less than this part of q is none: its ends could round to q itself.
constexpr double kNoWidth = 1e-12;
constexpr int kAcrossNodes = 24;  // of a panel's part of the length
constexpr int kAlongNodes = 16;   // of a panel's part of the width: exact for its polynomial

struct Slit {
  double length = 0, width = 0;
};

Range slit_range(double q, const Slit& slit) {
  return {std::max(q - slit.width, kLowestPart * q), q + slit.width};
}

void check_slit(const Eigen::VectorXd& q, const Eigen::VectorXd& length,
                const Eigen::VectorXd& width) {
  std::ostringstream text;
  text << "SlitResolution: ";
  if (q.size() == 0 || length.size() != q.size() || width.size() != q.size()) {
    text << "expected as many lengths and widths as q, at least one, got " << length.size()
         << " and " << width.size() << " for " << q.size();
    throw std::invalid_argument(text.str());
  }
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    const double least = i == 0 ? std::numeric_limits<double>::min() : q[i - 1];
    if (std::isfinite(q[i]) && q[i] >= least && std::isfinite(length[i]) && length[i] >= 0 &&
        std::isfinite(width[i]) && width[i] >= 0) {
      continue;
    }
    text << "point " << i << ": expected ascending q > 0, length and width >= 0, got q " << q[i]
         << ", length " << length[i] << ", width " << width[i];
    throw std::invalid_argument(text.str());
  }
}

// The mean over the length at one place along the width. Within a panel the place across is
// v = sqrt(t^2 - q^2), in which the polynomial of t is smooth down to v = 0.
void add_across(const std::vector<Panel>& panels, double q, double length, double weight,
                WeightRow& row) {
  const double end = std::hypot(q, length);
  if (end == q) {  // too short to be told from none
    row.add(panel_of(panels, q), q, weight);
    return;
  }
  static const Rule kRule = gauss_legendre(kAcrossNodes);
  const auto across = [&](double t) { return std::sqrt((t - q) * (t + q)); };
  for (std::size_t p = panel_of(panels, q); p < panels.size() && panels[p].lower < end; ++p) {
    const double from = across(std::max(q, panels[p].lower));
    const bool last = p + 1 == panels.size() || panels[p + 1].lower >= end;
    const double half = 0.5 * ((last ? length : across(panels[p].upper)) - from);
    for (Eigen::Index k = 0; k < kRule.node.size(); ++k) {
      const double v = from + half * (1 + kRule.node[k]);
      row.add(p, std::hypot(q, v), weight * half * kRule.weight[k] / length);
    }
  }
}

WeightRow slit_row(const std::vector<Panel>& panels, double q, const Slit& slit) {
  WeightRow row(panels);
  const Range range = slit_range(q, slit);
  if (slit.width < kNoWidth * q) {
    add_across(panels, q, slit.length, 1.0, row);
    return row;
  }
  static const Rule kRule = gauss_legendre(kAlongNodes);
  for (std::size_t p = panel_of(panels, range.lower);
       p < panels.size() && panels[p].lower < range.upper; ++p) {
    const double from = std::max(range.lower, panels[p].lower);
    const double half = 0.5 * (std::min(range.upper, panels[p].upper) - from);
    if (!(half > 0)) continue;
    for (Eigen::Index k = 0; k < kRule.node.size(); ++k) {
      const double at = from + half * (1 + kRule.node[k]);
      add_across(panels, at, slit.length, half * kRule.weight[k], row);
    }
  }
  return row;
}

Resolution make_slit(const Eigen::VectorXd& q, const Eigen::VectorXd& length,
                     const Eigen::VectorXd& width, const IntensityOfQ& intensity) {
  check_slit(q, length, width);
  Panel whole{q[0], q[0], {}};
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    const Range range = slit_range(q[i], {length[i], width[i]});
    whole.lower = std::min(whole.lower, range.lower);
    whole.upper = std::max(whole.upper, std::hypot(range.upper, length[i]));
  }
  whole.upper = std::max(whole.upper, whole.lower * (1 + 1e-6));
  const std::vector<Panel> panels = refined_panels(
      first_panels(whole.lower, whole.upper), intensity, kSlitTolerance,
      [](const Panel& panel) { return kNarrowest * panel.lower; }, "SlitResolution");
  std::vector<Eigen::Triplet<double>> entries;
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    slit_row(panels, q[i], {length[i], width[i]}).write(i, entries);
  }
  return {nodes_of(panels), matrix_of(q.size(), panels, entries)};
}

}  // namespace

SlitResolution::SlitResolution(const Eigen::Ref<const Eigen::VectorXd>& q,
                               const Eigen::Ref<const Eigen::VectorXd>& length,
                               const Eigen::Ref<const Eigen::VectorXd>& width,
                               const IntensityOfQ& intensity)
    : Resolution(make_slit(q, length, width, intensity)) {}

}  // namespace foray::scattering
