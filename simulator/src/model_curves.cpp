#include "model_curves.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "units.h"

namespace foray::simulator {

namespace {

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

// One crest from `first` to `last` of what stands above the falling part.
void add_crest(std::size_t first, std::size_t last, CurveShape& shape) {
  const auto begin = shape.above.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = shape.above.begin() + static_cast<std::ptrdiff_t>(last);
  const auto top = std::max_element(begin, end);
  if (top == end || !(*top > 0)) return;
  const auto wide = std::count_if(begin, end, [&](double v) { return v >= 0.5 * *top; });
  const auto place = static_cast<double>(top - shape.above.begin());
  shape.crests.push_back({first, last, place / static_cast<double>(kShapePoints - 2),
                          static_cast<double>(wide) / std::max(place, 1.0), *top});
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

// Whether particles are so crowded that the first crest is that of their structure factor: of few
// it is an oscillation of the form factor, which is below a tenth of the plateau.
bool shows_structure(const CurveShape& shape) {
  constexpr double kLeast = 0.15;
  if (shape.crests.empty()) return false;
  const double top = CurveShape::at(shape.value, shape.crests.front().place);
  return top > kLeast * *std::max_element(shape.value.begin(), shape.value.end());
}

// What lies below a wide crest twice as high is its flank, as of a liquid of particles: of what
// falls only that before the crest is left.
void leave_flanks_to_halos(CurveShape& shape) {
  for (std::size_t i = 0; i < shape.crests.size(); ++i) {
    const CurveShape::Crest& crest = shape.crests[i];
    const double foot = CurveShape::at(shape.diffuse, crest.place);
    const bool is_halo = !shape.of_form(i) && crest.width >= kLeastHaloWidth;
    if (!is_halo || crest.height < foot) continue;
    for (double& v : shape.diffuse) v = std::max(0.0, v - foot);
    return;
  }
}

CurveShape shape_of_model(const scattering::SmoothCurve& curve, const ModelCurve& model) {
  std::vector<double> value(kShapePoints);
  for (std::size_t i = 0; i < kShapePoints; ++i) {
    value[i] = model.scale * curve(curve.upper() * static_cast<double>(i) / (kShapePoints - 2));
  }
  raise_to_floor(value);
  CurveShape shape = shape_of(std::move(value));
  const std::string& name = model.model;
  const std::string particle = name.substr(0, name.find('@'));
  shape.is_particle = name.find_first_of("+*") == std::string::npos &&
                      !scattering::Model(particle).radius_modes().empty();
  shape.is_crowded = particle.size() < name.size() && shows_structure(shape);
  leave_flanks_to_halos(shape);
  return shape;
}

}  // namespace

CurveShape shape_of(std::vector<double> value) {
  CurveShape shape;
  shape.diffuse.resize(kShapePoints);
  shape.above.resize(kShapePoints);
  double least = value.front();
  for (std::size_t i = 0; i < kShapePoints; ++i) {
    shape.diffuse[i] = least = std::min(least, value[i]);
    shape.above[i] = value[i] - least;
  }
  for (double& v : shape.diffuse) v -= least;
  // Crests part where what stands above the falling part is gone, and at its minima.
  const std::vector<double>& above = shape.above;
  std::size_t first = 0;
  for (std::size_t i = 1; i < kShapePoints; ++i) {
    const bool valley = i + 1 < kShapePoints && above[i] < above[i - 1] && above[i] <= above[i + 1];
    if (!valley && i + 1 < kShapePoints) continue;
    add_crest(first, i + 1 < kShapePoints ? i : kShapePoints, shape);
    first = i;
  }
  shape.value = std::move(value);
  return shape;
}

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
    shapes_.push_back(shape_of_model(curves.back(), curve));
  }
  table_ = scattering::CurveTable(sum);
  last_ = std::sqrt(upper) * table_.steps_per_root();
}

void ModelCurves::add(const double* root, Eigen::Index n, double* out) const {
  const double steps = table_.steps_per_root();
  for (Eigen::Index i = 0; i < n; ++i) out[i] += table_.at(std::min(root[i] * steps, last_));
}

}  // namespace foray::simulator
