// Source: Berrut and Trefethen (2004), SIAM Review 46, 501, doi:10.1137/S0036144502417715, eqs 4.2
// and 5.3 (barycentric interpolation at Chebyshev points of the first kind).
#include "panels.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kMostRounds = 40;  // of halving; the least width ends it long before

// Chebyshev points of the first kind in ascending order, and their barycentric weights.
struct Chebyshev {
  PanelValues point = {}, weight = {};

  Chebyshev() {
    for (std::size_t k = 0; k < kPanelNodes; ++k) {
      const double angle = (2 * static_cast<double>(k) + 1) * M_PI / (2 * kPanelNodes);
      point[k] = -std::cos(angle);
      weight[k] = (k % 2 == 0 ? 1 : -1) * std::sin(angle);
    }
  }
};

const Chebyshev& chebyshev() {
  static const Chebyshev kRule;
  return kRule;
}

void evaluate(std::vector<Panel>& panels, const IntensityOfQ& intensity, const std::string& who) {
  Eigen::VectorXd q(static_cast<Eigen::Index>(panels.size()) * kPanelNodes);
  Eigen::Index at = 0;
  for (const Panel& panel : panels) {
    for (int k = 0; k < kPanelNodes; ++k) q[at++] = node_of(panel, k);
  }
  const Eigen::VectorXd values = intensity(q);
  require(values.size() == q.size(), who + ": intensity: expected a value for each q");
  require_finite(who + ": intensity", values);
  at = 0;
  for (Panel& panel : panels) {
    for (double& value : panel.value) value = values[at++];
  }
}

// Whether the panel's polynomial gives what its two halves hold.
bool holds(const Panel& panel, const Panel& left, const Panel& right, double tolerance) {
  double largest = 0, error = 0;
  for (const Panel* half : {&left, &right}) {
    for (int k = 0; k < kPanelNodes; ++k) {
      const double value = half->value[static_cast<std::size_t>(k)];
      largest = std::max(largest, std::abs(value));
      error = std::max(error, std::abs(value_at(panel, node_of(*half, k)) - value));
    }
  }
  return error <= tolerance * largest;
}

}  // namespace

double node_of(const Panel& panel, int k) {
  const double x = chebyshev().point[static_cast<std::size_t>(k)];
  return panel.middle() + 0.5 * (panel.upper - panel.lower) * x;
}

PanelValues interpolation(const Panel& panel, double q) {
  const double x = (q - panel.middle()) / (0.5 * (panel.upper - panel.lower));
  PanelValues weights = {};
  double sum = 0;
  for (std::size_t k = 0; k < kPanelNodes; ++k) {
    const double distance = x - chebyshev().point[k];
    if (distance == 0) {
      weights.fill(0);
      weights[k] = 1;
      return weights;
    }
    weights[k] = chebyshev().weight[k] / distance;
    sum += weights[k];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

double value_at(const Panel& panel, double q) {
  using Nodes = Eigen::Map<const Eigen::Array<double, kPanelNodes, 1>>;
  static const Chebyshev& kRule = chebyshev();
  const double x = (q - panel.middle()) / (0.5 * (panel.upper - panel.lower));
  if (std::isnan(x)) return x;
  const Eigen::Array<double, kPanelNodes, 1> share =
      Nodes(kRule.weight.data()) / (x - Nodes(kRule.point.data()));
  const double sum = share.sum();
  if (std::isfinite(sum)) return (share * Nodes(panel.value.data())).sum() / sum;
  // At a node, or as near to one as makes no difference.
  const auto node =
      std::min_element(kRule.point.begin(), kRule.point.end(),
                       [x](double a, double b) { return std::abs(x - a) < std::abs(x - b); });
  return panel.value[static_cast<std::size_t>(node - kRule.point.begin())];
}

std::size_t panel_of(const std::vector<Panel>& panels, double q) {
  const auto after = std::upper_bound(panels.begin() + 1, panels.end(), q,
                                      [](double at, const Panel& p) { return at < p.lower; });
  return static_cast<std::size_t>(after - panels.begin()) - 1;
}

std::vector<Panel> first_panels(double lower, double upper) {
  const double ratio = upper / lower;
  const int count = std::max(1, static_cast<int>(std::ceil(std::log2(ratio))));
  std::vector<Panel> panels(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    Panel& panel = panels[static_cast<std::size_t>(k)];
    panel.lower = lower * std::pow(ratio, static_cast<double>(k) / count);
    panel.upper = k + 1 == count ? upper : lower * std::pow(ratio, (k + 1.0) / count);
  }
  return panels;
}

std::vector<Panel> refined_panels(std::vector<Panel> panels, const IntensityOfQ& intensity,
                                  double tolerance,
                                  const std::function<double(const Panel&)>& least_width,
                                  const std::string& who) {
  std::vector<Panel> open = std::move(panels);
  evaluate(open, intensity, who);
  std::vector<Panel> done;
  for (int round = 0; round < kMostRounds && !open.empty(); ++round) {
    std::vector<Panel> halves;
    for (const Panel& panel : open) {
      halves.push_back({panel.lower, panel.middle(), {}});
      halves.push_back({panel.middle(), panel.upper, {}});
    }
    evaluate(halves, intensity, who);
    std::vector<Panel> next;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const Panel &left = halves[2 * i], &right = halves[2 * i + 1];
      if (holds(open[i], left, right, tolerance)) {
        done.push_back(open[i]);
        continue;
      }
      const bool narrow = left.upper - left.lower < least_width(open[i]);
      std::vector<Panel>& where = narrow ? done : next;
      where.push_back(left);
      where.push_back(right);
    }
    open = std::move(next);
  }
  done.insert(done.end(), open.begin(), open.end());
  std::sort(done.begin(), done.end(),
            [](const Panel& a, const Panel& b) { return a.lower < b.lower; });
  return done;
}

}  // namespace foray::scattering
