#include "foray/scattering/resolution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/common/check.h"
#include "models/quadrature.h"
#include "panels.h"

namespace foray::scattering {
namespace {

constexpr double kTolerance = 1e-8;  // of the largest value within a panel
constexpr double kReach = 8;         // standard deviations
constexpr double kLowest = 0.25;     // of q

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
class WeightRow {
 public:
  WeightRow(const std::vector<Panel>& panels, double q, double dq)
      : panels_(panels), weight_(panels.size() * kPanelNodes, 0.0) {
    if (dq == 0) {
      add(panel_of(panels, q), q, 1.0);
      return;
    }
    const double lower = lowest_of(q, dq), upper = q + kReach * dq;
    for (std::size_t p = panel_of(panels, lower); p < panels.size() && panels[p].lower < upper;
         ++p) {
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
  void add(std::size_t panel, double q, double weight) {
    const PanelValues values = interpolation(panels_[panel], q);
    for (std::size_t k = 0; k < kPanelNodes; ++k)
      weight_[panel * kPanelNodes + k] += weight * values[k];
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
  const Eigen::VectorXd at = q, width = dq;
  const std::vector<Panel> panels = refined_panels(
      first_panels(whole.lower, whole.upper), intensity, kTolerance,
      [&](const Panel& panel) { return least_width(panel, at, width); }, "PinholeResolution");
  nodes_.resize(static_cast<Eigen::Index>(panels.size()) * kPanelNodes);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    for (int k = 0; k < kPanelNodes; ++k) {
      nodes_[static_cast<Eigen::Index>(p) * kPanelNodes + k] = node_of(panels[p], k);
    }
  }
  std::vector<Eigen::Triplet<double>> entries;
  for (Eigen::Index i = 0; i < q.size(); ++i) WeightRow(panels, q[i], dq[i]).write(i, entries);
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
