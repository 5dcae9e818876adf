// Source: Berrut and Trefethen (2004), SIAM Review 46, 501, doi:10.1137/S0036144502417715, eqs 4.2
// and 5.3 (barycentric interpolation at Chebyshev points of the first kind).
#include "foray/scattering/resolution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/common/check.h"
#include "models/quadrature.h"

namespace foray::scattering {
namespace {

constexpr int kNodes = 16;           // of a panel
constexpr double kTolerance = 1e-8;  // of the largest value within a panel
constexpr double kReach = 8;         // standard deviations
constexpr double kLowest = 0.25;     // of q
constexpr int kMostRounds = 40;      // of halving; the least width ends it long before

using PanelValues = std::array<double, kNodes>;

struct Panel {
  double lower = 0, upper = 0;
  PanelValues value = {};

  [[nodiscard]] double middle() const { return 0.5 * (lower + upper); }
};

// Chebyshev points of the first kind in ascending order, and their barycentric weights.
struct Chebyshev {
  PanelValues point = {}, weight = {};

  Chebyshev() {
    for (std::size_t k = 0; k < kNodes; ++k) {
      const double angle = (2 * static_cast<double>(k) + 1) * M_PI / (2 * kNodes);
      point[k] = -std::cos(angle);
      weight[k] = (k % 2 == 0 ? 1 : -1) * std::sin(angle);
    }
  }
};

const Chebyshev& chebyshev() {
  static const Chebyshev kRule;
  return kRule;
}

double node_of(const Panel& panel, int k) {
  const double x = chebyshev().point[static_cast<std::size_t>(k)];
  return panel.middle() + 0.5 * (panel.upper - panel.lower) * x;
}

// What each node's value counts for at q.
PanelValues interpolation(const Panel& panel, double q) {
  const double x = (q - panel.middle()) / (0.5 * (panel.upper - panel.lower));
  PanelValues weights = {};
  double sum = 0;
  for (std::size_t k = 0; k < kNodes; ++k) {
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
  const PanelValues weights = interpolation(panel, q);
  double sum = 0;
  for (std::size_t k = 0; k < kNodes; ++k) sum += weights[k] * panel.value[k];
  return sum;
}

void evaluate(std::vector<Panel>& panels, const IntensityOfQ& intensity) {
  Eigen::VectorXd q(static_cast<Eigen::Index>(panels.size()) * kNodes);
  Eigen::Index at = 0;
  for (const Panel& panel : panels) {
    for (int k = 0; k < kNodes; ++k) q[at++] = node_of(panel, k);
  }
  const Eigen::VectorXd values = intensity(q);
  require(values.size() == q.size(), "PinholeResolution: intensity: expected a value for each q");
  require_finite("PinholeResolution: intensity", values);
  at = 0;
  for (Panel& panel : panels) {
    for (double& value : panel.value) value = values[at++];
  }
}

// Whether the panel's polynomial gives what its two halves hold.
bool holds(const Panel& panel, const Panel& left, const Panel& right) {
  double largest = 0, error = 0;
  for (const Panel* half : {&left, &right}) {
    for (int k = 0; k < kNodes; ++k) {
      const double value = half->value[static_cast<std::size_t>(k)];
      largest = std::max(largest, std::abs(value));
      error = std::max(error, std::abs(value_at(panel, node_of(*half, k)) - value));
    }
  }
  return error <= kTolerance * largest;
}

// Half the narrowest resolution that reaches into the panel; 0 where a point in it is exact.
double least_width(const Panel& panel, const Eigen::VectorXd& q, const Eigen::VectorXd& dq) {
  double least = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    if (dq[i] == 0) {
      if (q[i] >= panel.lower && q[i] <= panel.upper) return 0;
      continue;
    }
    const double reach = kReach * dq[i];
    if (q[i] + reach < panel.lower || q[i] - reach > panel.upper) continue;
    least = std::min(least, 0.5 * dq[i]);
  }
  return least;
}

// No panel spans more than a factor of two, since an intensity falls over decades.
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

std::vector<Panel> make_panels(const Eigen::VectorXd& q, const Eigen::VectorXd& dq, Panel whole,
                               const IntensityOfQ& intensity) {
  std::vector<Panel> open = first_panels(whole.lower, whole.upper);
  evaluate(open, intensity);
  std::vector<Panel> done;
  for (int round = 0; round < kMostRounds && !open.empty(); ++round) {
    std::vector<Panel> halves;
    for (const Panel& panel : open) {
      halves.push_back({panel.lower, panel.middle(), {}});
      halves.push_back({panel.middle(), panel.upper, {}});
    }
    evaluate(halves, intensity);
    std::vector<Panel> next;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const Panel &left = halves[2 * i], &right = halves[2 * i + 1];
      if (holds(open[i], left, right)) {
        done.push_back(open[i]);
        continue;
      }
      const bool narrow = left.upper - left.lower < least_width(open[i], q, dq);
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

void check(const Eigen::VectorXd& q, const Eigen::VectorXd& dq) {
  std::ostringstream text;
  text << "PinholeResolution: ";
  if (q.size() == 0 || q.size() != dq.size()) {
    text << "dq: expected as many values as q, at least one, got " << dq.size() << " for "
         << q.size();
    throw std::invalid_argument(text.str());
  }
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    const double least = i == 0 ? std::numeric_limits<double>::min() : q[i - 1];
    if (std::isfinite(q[i]) && q[i] >= least && std::isfinite(dq[i]) && dq[i] >= 0) continue;
    text << "point " << i << ": expected ascending q > 0 and dq >= 0, got q " << q[i] << ", dq "
         << dq[i];
    throw std::invalid_argument(text.str());
  }
}

double lowest_of(double q, double dq) { return std::max(q - kReach * dq, kLowest * q); }

// One row of weights: what each node counts for in the smeared value of one point.
class Row {
 public:
  Row(const std::vector<Panel>& panels, double q, double dq)
      : panels_(panels), weight_(panels.size() * kNodes, 0.0) {
    if (dq == 0) {
      add(panel_of(q), q, 1.0);
      return;
    }
    const double lower = lowest_of(q, dq), upper = q + kReach * dq;
    for (std::size_t p = panel_of(lower); p < panels.size() && panels[p].lower < upper; ++p) {
      integrate(p, std::max(lower, panels[p].lower), std::min(upper, panels[p].upper), q, dq);
    }
    for (double& weight : weight_) weight /= total_;
  }

  void write(Eigen::Index row, std::vector<Eigen::Triplet<double>>& out) const {
    for (std::size_t k = 0; k < weight_.size(); ++k) {
      if (weight_[k] != 0) out.emplace_back(static_cast<int>(row), static_cast<int>(k), weight_[k]);
    }
  }

 private:
  [[nodiscard]] std::size_t panel_of(double q) const {
    const auto after = std::upper_bound(panels_.begin() + 1, panels_.end(), q,
                                        [](double at, const Panel& p) { return at < p.lower; });
    return static_cast<std::size_t>(after - panels_.begin()) - 1;
  }

  void add(std::size_t panel, double q, double weight) {
    const PanelValues values = interpolation(panels_[panel], q);
    for (std::size_t k = 0; k < kNodes; ++k) weight_[panel * kNodes + k] += weight * values[k];
    total_ += weight;
  }

  // The part of the Gaussian from lower to upper: 16 points over a standard deviation carry it, and
  // the panel's polynomial, to 1e-12.
  void integrate(std::size_t panel, double lower, double upper, double q, double dq) {
    if (!(lower < upper)) return;
    const Rule rule = panel_rule(lower, upper, 1 + static_cast<int>((upper - lower) / dq), 16);
    for (Eigen::Index k = 0; k < rule.node.size(); ++k) {
      const double z = (rule.node[k] - q) / dq;
      add(panel, rule.node[k], rule.weight[k] * std::exp(-0.5 * z * z));
    }
  }

  const std::vector<Panel>& panels_;
  std::vector<double> weight_;
  double total_ = 0;
};

}  // namespace

PinholeResolution::PinholeResolution(const Eigen::Ref<const Eigen::VectorXd>& q,
                                     const Eigen::Ref<const Eigen::VectorXd>& dq,
                                     const IntensityOfQ& intensity) {
  check(q, dq);
  Panel whole{q[0], q[0], {}};
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    whole.lower = std::min(whole.lower, lowest_of(q[i], dq[i]));
    whole.upper = std::max(whole.upper, q[i] + kReach * dq[i]);
  }
  if (whole.lower == whole.upper) whole.upper *= 1 + 1e-6;
  const std::vector<Panel> panels = make_panels(q, dq, whole, intensity);
  nodes_.resize(static_cast<Eigen::Index>(panels.size()) * kNodes);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    for (int k = 0; k < kNodes; ++k) {
      nodes_[static_cast<Eigen::Index>(p) * kNodes + k] = node_of(panels[p], k);
    }
  }
  std::vector<Eigen::Triplet<double>> entries;
  for (Eigen::Index i = 0; i < q.size(); ++i) Row(panels, q[i], dq[i]).write(i, entries);
  weights_.resize(q.size(), nodes_.size());
  weights_.setFromTriplets(entries.begin(), entries.end());
}

Eigen::VectorXd PinholeResolution::smear(const Eigen::Ref<const Eigen::VectorXd>& at_nodes) const {
  require(at_nodes.size() == nodes_.size(),
          "PinholeResolution::smear: expected " + std::to_string(nodes_.size()) +
              " values, one for each node, got " + std::to_string(at_nodes.size()));
  return weights_ * at_nodes;
}

Eigen::VectorXd smeared(const Eigen::Ref<const Eigen::VectorXd>& q,
                        const Eigen::Ref<const Eigen::VectorXd>& dq,
                        const IntensityOfQ& intensity) {
  const PinholeResolution resolution(q, dq, intensity);
  return resolution.smear(intensity(resolution.nodes()));
}

}  // namespace foray::scattering
