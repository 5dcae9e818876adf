#include "cross_sections.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foray::scattering {

namespace {

// Of a wave 2 pi / (2 R), which is the shortest in |f|^2: cubic interpolation is then off by
// 3 / 128 (2 pi / 512)^4 of a wave's height.
constexpr double kStepsPerWave = 512;
constexpr double kLeastTableSteps = 256;

}  // namespace

CrossSections::CrossSections(const std::vector<ShapeShare>& shapes, double q_max,
                             Eigen::Index pixels)
    : shapes_(shapes) {
  double radius = 0;
  for (const ShapeShare& part : shapes) {
    const auto* cylinder = std::get_if<SurfaceCylinder>(&part.shape);
    if (cylinder == nullptr) return;
    radius = std::max(radius, cylinder->radius);
  }
  const double waves = q_max * radius / std::numbers::pi;
  const double steps = std::max(kLeastTableSteps, std::ceil(kStepsPerWave * waves));
  if (!(q_max > 0) || 2 * steps > static_cast<double>(pixels)) return;
  steps_per_q_ = steps / q_max;
  const auto size = static_cast<std::size_t>(steps) + 4;
  std::vector<Entry> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const SectionMoments at = sum((static_cast<double>(i) - 1) / steps_per_q_, 0);
    values[i] = {at.mean.real(), at.square};
  }
  values_ = std::move(values);
}

SectionMoments CrossSections::sum(double qx, double qy) const {
  SectionMoments result;
  for (const ShapeShare& part : shapes_) {
    const std::complex<double> f = cross_section(part.shape, qx, qy);
    result.mean += part.share * f;
    result.square += part.share * std::norm(f);
  }
  return result;
}

SectionMoments CrossSections::look_up(double place) const {
  // No cell beyond the last: a cubic soon leaves what it extrapolates.
  if (!(place < static_cast<double>(values_.size() - 3))) return sum(place / steps_per_q_, 0);
  const auto i = static_cast<std::size_t>(place);
  const double t = place - static_cast<double>(i);
  const double a = t - 1, b = t - 2, c = t + 1;
  const double w0 = -t * a * b / 6, w1 = 0.5 * c * a * b, w2 = -0.5 * c * t * b, w3 = t * a * c / 6;
  const Entry* v = values_.data() + i;
  return {w0 * v[0].mean + w1 * v[1].mean + w2 * v[2].mean + w3 * v[3].mean,
          w0 * v[0].square + w1 * v[1].square + w2 * v[2].square + w3 * v[3].square};
}

}  // namespace foray::scattering
