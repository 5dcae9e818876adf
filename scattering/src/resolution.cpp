#include "foray/scattering/resolution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "foray/common/check.h"
#include "foray/scattering/bins.h"
#include "models/quadrature.h"
#include "weight_row.h"

namespace foray::scattering {
namespace {

constexpr double kTolerance = 1e-8;  // of the largest value within a panel
constexpr double kReach = 8;         // standard deviations

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

double lowest_of(double q, double dq) { return std::max(q - kReach * dq, kLowestPart * q); }

// The part of the Gaussian from lower to upper: 16 points over a standard deviation carry it, and
// the panel's polynomial, to 1e-12.
void add_gaussian(std::size_t panel, Range part, double q, double dq, WeightRow& row) {
  if (!(part.lower < part.upper)) return;
  const int panels = 1 + static_cast<int>((part.upper - part.lower) / dq);
  const Rule rule = panel_rule(part.lower, part.upper, panels, 16);
  for (Eigen::Index k = 0; k < rule.node.size(); ++k) {
    const double z = (rule.node[k] - q) / dq;
    row.add(panel, rule.node[k], rule.weight[k] * std::exp(-0.5 * z * z));
  }
}

WeightRow pinhole_row(const std::vector<Panel>& panels, double q, double dq) {
  WeightRow row(panels);
  if (dq == 0) {
    row.add(panel_of(panels, q), q, 1.0);
    return row;
  }
  const double lower = lowest_of(q, dq), upper = q + kReach * dq;
  for (std::size_t p = panel_of(panels, lower); p < panels.size() && panels[p].lower < upper; ++p) {
    const Range part{std::max(lower, panels[p].lower), std::min(upper, panels[p].upper)};
    add_gaussian(p, part, q, dq, row);
  }
  return row;
}

Resolution make_pinhole(const Eigen::VectorXd& q, const Eigen::VectorXd& dq,
                        const IntensityOfQ& intensity) {
  check(q, dq);
  Panel whole{q[0], q[0], {}};
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    whole.lower = std::min(whole.lower, lowest_of(q[i], dq[i]));
    whole.upper = std::max(whole.upper, q[i] + kReach * dq[i]);
  }
  if (whole.lower == whole.upper) whole.upper *= 1 + 1e-6;
  const std::vector<Panel> panels = refined_panels(
      first_panels(whole.lower, whole.upper), intensity, kTolerance,
      [&](const Panel& panel) { return least_width(panel, q, dq); }, "PinholeResolution");
  std::vector<Eigen::Triplet<double>> entries;
  for (Eigen::Index i = 0; i < q.size(); ++i) pinhole_row(panels, q[i], dq[i]).write(i, entries);
  return {nodes_of(panels), matrix_of(q.size(), panels, entries)};
}

}  // namespace

Resolution::Resolution(Eigen::VectorXd nodes,
                       const Eigen::SparseMatrix<double, Eigen::RowMajor>& weights)
    : nodes_(std::move(nodes)), weights_(weights) {
  require(weights_.cols() == nodes_.size(),
          "Resolution: expected " + std::to_string(nodes_.size()) +
              " weights a point, one for each node, got " + std::to_string(weights_.cols()));
}

Eigen::VectorXd Resolution::smear(const Eigen::Ref<const Eigen::VectorXd>& at_nodes) const {
  require(at_nodes.size() == nodes_.size(),
          "Resolution::smear: expected " + std::to_string(nodes_.size()) +
              " values, one for each node, got " + std::to_string(at_nodes.size()));
  return weights_ * at_nodes;
}

PinholeResolution::PinholeResolution(const Eigen::Ref<const Eigen::VectorXd>& q,
                                     const Eigen::Ref<const Eigen::VectorXd>& dq,
                                     const IntensityOfQ& intensity)
    : Resolution(make_pinhole(q, dq, intensity)) {}

Eigen::VectorXd smeared(const Eigen::Ref<const Eigen::VectorXd>& q,
                        const Eigen::Ref<const Eigen::VectorXd>& dq,
                        const IntensityOfQ& intensity) {
  const PinholeResolution resolution(q, dq, intensity);
  return resolution.smear(intensity(resolution.nodes()));
}

}  // namespace foray::scattering
