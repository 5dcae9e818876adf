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
using scattering::Mask;
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

// Sums of a frame over the bins, by the faster of the two integrators where both give the same.
scattering::BinnedIntensity integrate(const Frame& frame, const Bins& bins, const Mask* skip,
                                      const ReductionOptions& options) {
  const scattering::Image* variance = frame.variance ? &*frame.variance : nullptr;
  const bool plain = options.split == scattering::PixelSplit::kNone && options.clip.clip == 0 &&
                     options.clip.errors != scattering::ErrorModel::kAzimuthal;
  if (plain) {
    const scattering::AzimuthalIntegrator integrator(
        frame.geometry, frame.mask,
        {.q = bins, .chi = options.chi, .corrections = options.corrections});
    return integrator.integrate(frame.counts, variance, skip);
  }
  const scattering::SplitIntegrator integrator(frame.geometry, frame.mask,
                                               {.first_bins = bins,
                                                .second_range = options.chi,
                                                .split = options.split,
                                                .corrections = options.corrections});
  return integrator.integrate(frame.counts, options.clip, variance, skip).column(0);
}

Curve reduce(const Frame& frame, const ReductionOptions& options) {
  const auto size = static_cast<int>(std::hypot(frame.counts.rows(), frame.counts.cols()));
  std::optional<Mask> saturated;
  if (frame.saturation > 0 && (frame.counts >= frame.saturation).any()) {
    saturated = scattering::saturation_mask(frame.counts, frame.saturation);
  }
  const scattering::BinnedIntensity sums =
      integrate(frame, bins_of(options, std::clamp(size / 2, 1, 2000)),
                saturated ? &*saturated : nullptr, options);
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
