#include "model_curves.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "units.h"

namespace foray::simulator {

namespace {

constexpr std::size_t kShapePoints = 1024;
constexpr double kLeastHaloWidth = 0.25;  // full width at half maximum over q, at least, of a halo

scattering::SmoothCurve curve_of(const ModelCurve& curve, const Resolution& resolution,
                                 double lower, double upper) {
  const scattering::Model model(curve.model);
  const auto intensity = [&](const Eigen::Ref<const Eigen::VectorXd>& q) {
    Eigen::VectorXd values = model.intensity(q, curve.values, curve.distributions);
    if (!curve.displacement) return values;
    const Eigen::ArrayXd together = (-(*curve.displacement * q.array()).square()).exp();
    if (curve.distributions.empty()) {
      values.array() *= 1 - together;
    } else {
      values.array() -=
          together * model.coherent_intensity(q, curve.values, curve.distributions).array();
      values = values.cwiseMax(0.0);  // where all are of nearly one size
    }
    return values;
  };
  std::function<double(double)> dq;
  if (resolution.fwhm > 0 || resolution.bandwidth > 0) {
    dq = [resolution](double q) { return resolution.at(q) / kSigmas; };
  }
  return scattering::SmoothCurve(intensity, lower, upper, dq);
}

// One crest from `first` to `last` of what stands above the falling part: a halo or a ring.
void assign_crest(std::size_t first, std::size_t last, const std::vector<double>& above,
                  CurveShape& shape) {
  const auto begin = above.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = above.begin() + static_cast<std::ptrdiff_t>(last);
  const auto top = std::max_element(begin, end);
  const auto wide = std::count_if(begin, end, [&](double v) { return v >= 0.5 * *top; });
  const auto place = static_cast<double>(top - above.begin());
  std::vector<double>& part =
      static_cast<double>(wide) >= kLeastHaloWidth * place ? shape.halo : shape.ring;
  std::copy(begin, end, part.begin() + static_cast<std::ptrdiff_t>(first));
}

// Polynomials ripple by 1e-7 of what is near: below 1e-5 of it nothing is told apart. What counts
// as near falls by a thousand in a factor of two of q.
void raise_to_floor(std::vector<double>& value) {
  constexpr double kFloor = 1e-5, kFall = 10;
  std::vector<double> near = value;
  for (std::size_t i = 2; i < near.size(); ++i) {
    const auto x = static_cast<double>(i);
    near[i] = std::max(near[i], near[i - 1] * std::pow((x - 1) / x, kFall));
  }
  for (std::size_t i = near.size() - 1; i > 1; --i) {
    const auto x = static_cast<double>(i);
    near[i - 1] = std::max(near[i - 1], near[i] * std::pow((x - 1) / x, kFall));
  }
  for (std::size_t i = 1; i < near.size(); ++i) value[i] = std::max(value[i], kFloor * near[i]);
  value.front() = value[1];
}

CurveShape shape_of(const scattering::SmoothCurve& curve, double scale) {
  std::vector<double> value(kShapePoints), above(kShapePoints, 0.0);
  CurveShape shape;
  shape.diffuse.resize(kShapePoints);
  shape.halo.assign(kShapePoints, 0.0);
  shape.ring.assign(kShapePoints, 0.0);
  for (std::size_t i = 0; i < kShapePoints; ++i) {
    value[i] = scale * curve(curve.upper() * static_cast<double>(i) / (kShapePoints - 2));
  }
  raise_to_floor(value);
  double least = value.front();
  for (std::size_t i = 0; i < kShapePoints; ++i) {
    shape.diffuse[i] = least = std::min(least, value[i]);
    above[i] = value[i] - least;
  }
  for (double& v : shape.diffuse) v -= least;
  // Crests part where what stands above the falling part is gone, and at its minima.
  std::size_t first = 0;
  for (std::size_t i = 1; i < kShapePoints; ++i) {
    const bool valley = i + 1 < kShapePoints && above[i] < above[i - 1] && above[i] <= above[i + 1];
    if (!valley && i + 1 < kShapePoints) continue;
    assign_crest(first, i + 1 < kShapePoints ? i : kShapePoints, above, shape);
    first = i;
  }
  return shape;
}

}  // namespace

ModelCurves::ModelCurves(const Scene& scene, const Resolution& resolution, double lower,
                         double upper)
    : upper_(upper) {
  std::vector<scattering::SmoothCurve> curves;
  curves.reserve(scene.curves.size());
  std::vector<std::pair<double, const scattering::SmoothCurve*>> sum;
  for (const ModelCurve& curve : scene.curves) {
    if (curve.scale == 0) continue;
    curves.push_back(curve_of(curve, resolution, lower, upper));
    sum.emplace_back(curve.scale, &curves.back());
    shapes_.push_back(shape_of(curves.back(), curve.scale));
  }
  table_ = scattering::CurveTable(sum);
  last_ = std::sqrt(upper) * table_.steps_per_root();
}

void ModelCurves::add(const double* root, Eigen::Index n, double* out) const {
  const double steps = table_.steps_per_root();
  for (Eigen::Index i = 0; i < n; ++i) out[i] += table_.at(std::min(root[i] * steps, last_));
}

}  // namespace foray::simulator
