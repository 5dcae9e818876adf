#include "reduction.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "foray/scattering/integrate.h"
#include "foray/scattering/masks.h"

namespace foray::app {
namespace {

using scattering::Bins;
using scattering::BinScale;
using scattering::Curve;
using scattering::Frame;
using scattering::QImage;

Bins bins_of(const ReductionOptions& options, int otherwise) {
  Bins bins;
  if (options.like_q) {
    bins.edges = scattering::edges_around(*options.like_q);
    return bins;
  }
  bins.count = options.bins > 0 ? options.bins : otherwise;
  bins.scale = options.logarithmic ? BinScale::kLogarithmic : BinScale::kLinear;
  bins.range = options.q;
  return bins;
}

Curve reduce(const Frame& frame, const ReductionOptions& options) {
  const auto size = static_cast<int>(std::hypot(frame.counts.rows(), frame.counts.cols()));
  const scattering::AzimuthalIntegrator integrator(
      frame.geometry, frame.mask,
      {.q = bins_of(options, std::clamp(size / 2, 1, 2000)), .chi = options.chi});
  std::optional<scattering::Mask> saturated;
  if (frame.saturation > 0 && (frame.counts >= frame.saturation).any()) {
    saturated = scattering::saturation_mask(frame.counts, frame.saturation);
  }
  const scattering::BinnedIntensity sums = integrator.integrate(
      frame.counts, frame.variance ? &*frame.variance : nullptr, saturated ? &*saturated : nullptr);
  const double scale = 1 / (frame.exposure_s * frame.monitor * frame.transmission);
  return scattering::to_curve(sums, {.scale = scale, .intensity_unit = "counts/s"});
}

Curve reduce(const QImage& image, const ReductionOptions& options) {
  const auto side = static_cast<int>(std::sqrt(static_cast<double>(image.intensity.size())));
  return scattering::integrate_q_image(
      image, {.q = bins_of(options, std::clamp(side / 2, 1, 2000)), .chi = options.chi});
}

Eigen::VectorXd taken(const Eigen::VectorXd& values, const std::vector<Eigen::Index>& points) {
  return values.size() == 0 ? values : Eigen::VectorXd(values(points));
}

Curve cut(const Curve& curve, const std::optional<scattering::Range>& range) {
  if (!range) {
    return curve;
  }
  std::vector<Eigen::Index> points;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    if (curve.q[i] >= range->lower && curve.q[i] <= range->upper) {
      points.push_back(i);
    }
  }
  if (points.empty()) {
    throw std::runtime_error("expected a point within --range, found none");
  }
  Curve part = curve;
  part.q = taken(curve.q, points);
  part.intensity = taken(curve.intensity, points);
  part.sigma = taken(curve.sigma, points);
  part.dq = taken(curve.dq, points);
  return part;
}

}  // namespace

Curve reduce_item(const files::Item& item, const ReductionOptions& options) {
  if (const auto* frame = std::get_if<Frame>(&item.measurement)) {
    if (!item.has_geometry) {
      throw std::runtime_error("expected a detector geometry (--poni), found none in the file");
    }
    return reduce(*frame, options);
  }
  if (const auto* image = std::get_if<QImage>(&item.measurement)) {
    return reduce(*image, options);
  }
  if (const auto* curve = std::get_if<Curve>(&item.measurement)) {
    return cut(*curve, options.q);
  }
  throw std::runtime_error("expected a detector image or curve, found plain values");
}

}  // namespace foray::app
