#pragma once

#include <array>
#include <functional>
#include <vector>

#include "foray/scattering/resolution.h"

namespace foray::scattering {

inline constexpr int kPanelNodes = 16;

using PanelValues = std::array<double, kPanelNodes>;

// A curve between two q as a polynomial: its values at the Chebyshev points of the first kind.
struct Panel {
  double lower = 0, upper = 0;
  PanelValues value = {};

  [[nodiscard]] double middle() const { return 0.5 * (lower + upper); }
};

// Node k in [0, kPanelNodes) of a panel, ascending.
double node_of(const Panel& panel, int k);

// What each node's value counts for at q.
PanelValues interpolation(const Panel& panel, double q);

double value_at(const Panel& panel, double q);

// The panel of ascending, adjoining ones that holds q; the first or last for what lies outside.
std::size_t panel_of(const std::vector<Panel>& panels, double q);

// So many panels from lower to upper that none spans more than a factor of two, since an intensity
// falls over decades; without values.
std::vector<Panel> first_panels(double lower, double upper);

// Panels with values, halved until their polynomials hold the curve to `tolerance` of the largest
// value within the panel, or are narrower than `least_width` of the panel that they came from.
// Throws std::invalid_argument beginning with `who` for a curve that is not finite.
std::vector<Panel> refined_panels(std::vector<Panel> panels, const IntensityOfQ& intensity,
                                  double tolerance,
                                  const std::function<double(const Panel&)>& least_width,
                                  const std::string& who);

}  // namespace foray::scattering
