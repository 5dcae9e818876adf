#include "quadrature.h"

#include <numbers>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kRuleNodes = 20;

// A panel of 20 points integrates cos(k x) over [-1, 1] to 1e-14 up to k = 14; error term of
// Gauss-Legendre, Abramowitz and Stegun (1964), 25.4.30.
constexpr double kPanelPhase = 24.0;

// Beyond this the sums would take minutes and gigabytes.
constexpr double kMostPhase = 2e7;

const Rule& usual_rule() {
  static const Rule kUsual = gauss_legendre(kRuleNodes);
  return kUsual;
}

}  // namespace

Rule gauss_legendre(int nodes) {
  ensure(nodes >= 1 && nodes <= 64, "gauss_legendre: nodes");
  Rule rule{Eigen::ArrayXd(nodes), Eigen::ArrayXd(nodes)};
  for (int k = 0; k < nodes; ++k) {
    // Newton's method on the Legendre polynomial from the asymptotic root, A&S 22.16.6.
    double x = std::cos(std::numbers::pi * (k + 0.75) / (nodes + 0.5));
    double slope = 1;
    for (int round = 0; round < 50; ++round) {
      double p = 1, before = 0;
      for (int n = 1; n <= nodes; ++n) {
        const double next = ((2.0 * n - 1.0) * x * p - (n - 1.0) * before) / n;
        before = p;
        p = next;
      }
      slope = nodes * (x * p - before) / (x * x - 1.0);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-16) break;
    }
    rule.node[k] = x;
    rule.weight[k] = 2.0 / ((1.0 - x * x) * slope * slope);
  }
  return rule;
}

Rule panel_rule(double lower, double upper, int count, int nodes) {
  const Rule& usual = usual_rule();
  const Rule other = nodes == kRuleNodes ? Rule{} : gauss_legendre(nodes);
  const Rule& one = nodes == kRuleNodes ? usual : other;
  const Eigen::Index size = static_cast<Eigen::Index>(count) * nodes;
  Rule rule{Eigen::ArrayXd(size), Eigen::ArrayXd(size)};
  const double half = 0.5 * (upper - lower) / count;
  for (int panel = 0; panel < count; ++panel) {
    const Eigen::Index at = static_cast<Eigen::Index>(panel) * nodes;
    rule.node.segment(at, nodes) = lower + half * (2 * panel + 1) + half * one.node;
    rule.weight.segment(at, nodes) = half * one.weight;
  }
  return rule;
}

int phase_panels(double phase) {
  require(phase < kMostPhase, "model: q: expected q times the particle's size below 1e7");
  return 1 + static_cast<int>(phase / kPanelPhase);
}

PolarPanel::PolarPanel(int panels)
    : count(panels),
      half(0.25 * std::numbers::pi / panels),
      sine((half * usual_rule().node).sin()),
      cosine((half * usual_rule().node).cos()),
      weight(half * usual_rule().weight) {}

Rule phase_rule(double lower, double upper, double phase) {
  return panel_rule(lower, upper, phase_panels(phase), kRuleNodes);
}

}  // namespace foray::scattering
