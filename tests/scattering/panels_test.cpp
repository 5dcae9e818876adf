#include "../../scattering/src/panels.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::scattering::panels_test {
namespace {

// From 2 to 5 with the values of a polynomial of the degree that a panel holds.
double cubic(double q) { return 1 + q * (0.3 - q * (0.2 - 0.04 * q)); }

Panel cubic_panel() {
  Panel panel{2, 5, {}};
  for (int k = 0; k < kPanelNodes; ++k) {
    panel.value[static_cast<std::size_t>(k)] = cubic(node_of(panel, k));
  }
  return panel;
}

double by_weights(const Panel& panel, double q) {
  const PanelValues weights = interpolation(panel, q);
  double sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * panel.value[k];
  return sum;
}

TEST(Panel, IsOnePolynomialAtNodesBesideThemAndBetween) {
  const Panel panel = cubic_panel();
  const auto expect_both = [&](double q) {
    EXPECT_NEAR(value_at(panel, q), cubic(q), 1e-13) << q;
    EXPECT_NEAR(by_weights(panel, q), cubic(q), 1e-13) << q;
  };
  for (int k = 0; k < kPanelNodes; ++k) {
    const double node = node_of(panel, k);
    for (const double q : {node, std::nextafter(node, 0.0), std::nextafter(node, 9.0)}) {
      expect_both(q);
    }
    if (k > 0) expect_both(0.5 * (node + node_of(panel, k - 1)));
  }
  for (const double q : {panel.lower, panel.middle(), panel.upper}) expect_both(q);
}

TEST(Panel, OfNoNumberIsNone) {
  EXPECT_TRUE(std::isnan(value_at(cubic_panel(), std::nan(""))));
  for (const double weight : interpolation(cubic_panel(), std::nan(""))) {
    EXPECT_TRUE(std::isnan(weight));
  }
}

}  // namespace
}  // namespace foray::scattering::panels_test
