#include "foray/scattering/curve_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "foray/common/check.h"
#include "panels.h"

namespace foray::scattering {
namespace {

constexpr double kPanelTolerance = 1e-7;  // of the largest value within a panel
constexpr double kSmearingReach = 6;      // standard deviations: beyond, 2e-9 of a Gaussian
// Steps of the sum over a Gaussian, in standard deviations: equal steps are exact up to waves of
// 2 pi / step standard deviations less those that the Gaussian itself has.
constexpr double kTableStep = 0.25;
constexpr double kLowestPanel = 0.25;
constexpr double kFinest = 65536;  // a panel is no narrower than such a part of the range
// Steps of a table in the narrowest panel. A panel holds two waves or so, and 65 steps a wave are
// what cubic interpolation needs for 1e-6.
constexpr double kTableStepsPerPanel = 128;
constexpr double kMinSteps = 2048, kMaxSteps = 131072;

double smeared_at(const std::vector<Panel>& raw, double q, double dq) {
  if (dq == 0) return value_at(raw[panel_of(raw, q)], q);
  const double lowest = std::max(raw.front().lower, kLowestPanel * q);
  double sum = 0, weights = 0;
  const int reach = static_cast<int>(kSmearingReach / kTableStep);
  for (int k = -reach; k <= reach; ++k) {
    const double z = k * kTableStep;
    const double t = q + z * dq;
    if (t < lowest || t > raw.back().upper) continue;
    const double weight = std::exp(-0.5 * z * z);
    sum += weight * value_at(raw[panel_of(raw, t)], t);
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

SmoothCurve::SmoothCurve(const IntensityOfQ& intensity, double lower, double upper,
                         const std::function<double(double q)>& dq) {
  require(std::isfinite(lower) && std::isfinite(upper) && lower > 0 && upper > lower,
          "SmoothCurve: expected 0 < lower < upper, got " + std::to_string(lower) + " and " +
              std::to_string(upper));
  const double finest = (upper - lower) / kFinest;
  const auto least = [&](const Panel& panel) {
    return dq ? std::max(finest, 0.5 * dq(panel.middle())) : finest;
  };
  std::vector<Panel> panels = first_panels(lower, upper);
  if (dq) {
    // What lies beyond the ends and is smeared into the range.
    const double below = std::max(lower - kSmearingReach * dq(lower), kLowestPanel * lower);
    const double above = upper + kSmearingReach * dq(upper);
    if (below < lower) panels.insert(panels.begin(), {below, lower, {}});
    if (above > upper) panels.push_back({upper, above, {}});
  }
  const std::vector<Panel> raw =
      refined_panels(std::move(panels), intensity, kPanelTolerance, least, "SmoothCurve");
  for (const Panel& panel : raw) {
    if (panel.lower < lower || panel.upper > upper) continue;
    panels_.push_back(panel);
    if (!dq) continue;
    for (int k = 0; k < kPanelNodes; ++k) {
      const double q = node_of(panel, k);
      panels_.back().value[static_cast<std::size_t>(k)] = smeared_at(raw, q, dq(q));
    }
  }
}

SmoothCurve::~SmoothCurve() = default;
SmoothCurve::SmoothCurve(SmoothCurve&&) noexcept = default;
SmoothCurve& SmoothCurve::operator=(SmoothCurve&&) noexcept = default;

double SmoothCurve::lower() const { return panels_.front().lower; }
double SmoothCurve::upper() const { return panels_.back().upper; }

double SmoothCurve::operator()(double q) const {
  const double inside = std::clamp(q, lower(), upper());
  return value_at(panels_[panel_of(panels_, inside)], inside);
}

CurveTable::CurveTable(const std::vector<std::pair<double, const SmoothCurve*>>& sum) {
  if (sum.empty()) return;
  const double lower = sum.front().second->lower(), upper = sum.front().second->upper();
  double narrowest = 1;  // in units of the root of the last q
  for (const auto& [weight, curve] : sum) {
    require(curve->lower() == lower && curve->upper() == upper,
            "CurveTable: expected curves over the same range");
    for (const Panel& panel : curve->panels()) {
      narrowest =
          std::min(narrowest, (std::sqrt(panel.upper) - std::sqrt(panel.lower)) / std::sqrt(upper));
    }
  }
  const double steps = std::clamp(std::ceil(kTableStepsPerPanel / narrowest), kMinSteps, kMaxSteps);
  steps_per_root_ = steps / std::sqrt(upper);
  // One place before the first and two beyond the last, so that the ends need no case of their own.
  std::vector<double> values(static_cast<std::size_t>(steps) + 4, 0.0);
  const double first = std::floor(std::sqrt(lower) * steps_per_root_) - 1;
  for (const auto& [weight, curve] : sum) {
    std::size_t panel = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double place = std::max(static_cast<double>(i) - 1, std::max(first, 0.0));
      const double root = place / steps_per_root_;
      const double q = root * root;
      while (panel + 1 < curve->panels().size() && q >= curve->panels()[panel].upper) ++panel;
      values[i] += weight * value_at(curve->panels()[panel], q);
    }
  }
  // The cubic through a step's ends and the places beside them.
  for (std::size_t i = 0; i + 3 < values.size(); ++i) {
    const double before = values[i], begin = values[i + 1], end = values[i + 2];
    const double curvature = 0.5 * (before - 2 * begin + end);
    const double third = (values[i + 3] - before) / 6 + 0.5 * (begin - end);
    steps_.push_back({begin, end - begin - curvature - third, curvature, third});
  }
}

}  // namespace foray::scattering
