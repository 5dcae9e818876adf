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

Bins q_bins(const Frame& frame, const ReductionOptions& options) {
  const auto size = static_cast<int>(std::hypot(frame.counts.rows(), frame.counts.cols()));
  return bins_of(options, std::clamp(size / 2, 1, 2000));
}

std::optional<Mask> saturated_pixels(const Frame& frame) {
  if (frame.saturation <= 0 || !(frame.counts >= frame.saturation).any()) return std::nullopt;
  return scattering::saturation_mask(frame.counts, frame.saturation);
}

double scale_of(const Frame& frame) {
  return 1 / (frame.exposure_s * frame.monitor * frame.transmission);
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
  const std::optional<Mask> saturated = saturated_pixels(frame);
  const scattering::BinnedIntensity sums =
      integrate(frame, q_bins(frame, options), saturated ? &*saturated : nullptr, options);
  return scattering::to_curve(sums, {.scale = scale_of(frame), .intensity_unit = "counts/s"});
}

const char* word_of(scattering::PixelSplit split) {
  return split == scattering::PixelSplit::kBoundingBox ? "box"
         : split == scattering::PixelSplit::kFull      ? "full"
                                                       : "none";
}

const char* word_of(scattering::ErrorModel errors) {
  return errors == scattering::ErrorModel::kAzimuthal ? "azimuthal"
         : errors == scattering::ErrorModel::kHybrid  ? "hybrid"
                                                      : "poisson";
}

// How a frame was integrated, for who reads the file.
files::Metadata words_of(const Frame& frame, const ReductionOptions& options) {
  const scattering::Geometry& g = frame.geometry;
  files::Metadata words = {{"dist_m", g.dist},
                           {"poni1_m", g.poni1},
                           {"poni2_m", g.poni2},
                           {"rot1_rad", g.rot1},
                           {"rot2_rad", g.rot2},
                           {"rot3_rad", g.rot3},
                           {"pixel1_m", g.pixel1},
                           {"pixel2_m", g.pixel2},
                           {"exposure_s", frame.exposure_s},
                           {"monitor", frame.monitor},
                           {"transmission", frame.transmission},
                           {"pixel_splitting", word_of(options.split)},
                           {"error_model", word_of(options.clip.errors)},
                           {"clip", options.clip.clip}};
  const auto& polarization = options.corrections.polarization;
  if (polarization) words["polarization_factor"] = *polarization;
  return words;
}

// As BinnedImage has it, bins of the azimuth as rows, and the error of one count where nothing was
// counted, as to_curve has it.
void set_images(const scattering::BinnedImage& sums, double scale,
                files::AzimuthalIntegral& integral) {
  const scattering::Image norm = sums.normalization;
  scattering::Image variance = sums.variance;
  if (sums.counting) variance = (variance == 0).select(1.0, variance);
  integral.norm = norm.transpose();
  integral.intensity = scale * sums.intensity().transpose();
  integral.sigma =
      scale * (norm > 0).select(variance.sqrt() / norm, std::nan("")).eval().transpose();
}

// The edges that bins were cut at; where the data told the range, from the centres, of which one
// does not tell it.
Eigen::VectorXd edges_used(const Bins& bins, const Eigen::VectorXd& centres) {
  if (bins.edges) return *bins.edges;
  if (bins.range) return scattering::BinEdges("reduce", bins, *bins.range).edges();
  const Eigen::Index n = centres.size();
  if (n < 2) return {};
  const bool logarithmic = bins.scale == BinScale::kLogarithmic;
  const double first = logarithmic ? std::log(centres[0]) : centres[0];
  const double last = logarithmic ? std::log(centres[n - 1]) : centres[n - 1];
  const double half = 0.5 * (last - first) / static_cast<double>(n - 1);
  const Eigen::ArrayXd edges = Eigen::ArrayXd::LinSpaced(n + 1, first - half, last + half);
  return (logarithmic ? edges.exp().eval() : edges).matrix();
}

files::AzimuthalIntegral integral_of(const Frame& frame, const ReductionOptions& options) {
  scattering::SplitOptions split{.first_bins = q_bins(frame, options),
                                 .split = options.split,
                                 .corrections = options.corrections};
  if (options.azimuths > 0) {
    split.second_bins = Bins{.count = options.azimuths,
                             .range = options.chi.value_or(scattering::Range{-M_PI, M_PI})};
  } else {
    split.second_range = options.chi;
  }
  const std::optional<Mask> saturated = saturated_pixels(frame);
  const scattering::BinnedImage sums =
      scattering::SplitIntegrator(frame.geometry, frame.mask, split)
          .integrate(frame.counts, options.clip, frame.variance ? &*frame.variance : nullptr,
                     saturated ? &*saturated : nullptr);
  files::AzimuthalIntegral integral;
  integral.q = sums.first;
  integral.q_edges = edges_used(split.first_bins, sums.first);
  if (options.azimuths > 0) {
    const scattering::BinEdges edges("reduce", *split.second_bins, *split.second_bins->range);
    integral.chi = edges.centres();
    integral.chi_edges = edges.edges();
  }
  set_images(sums, scale_of(frame), integral);
  integral.intensity_unit = "counts/s";
  integral.wavelength = frame.geometry.wavelength;
  integral.solid_angle_applied = options.corrections.solid_angle;
  integral.polarization_applied = options.corrections.polarization.has_value();
  integral.monitor_applied = true;
  integral.input = words_of(frame, options);
  return integral;
}

files::AzimuthalIntegral integral_of(const Curve& curve) {
  const auto row = [](const Eigen::VectorXd& values) {
    return scattering::Image(values.transpose().array());
  };
  files::AzimuthalIntegral integral;
  integral.q = curve.q;
  integral.intensity = row(curve.intensity);
  if (curve.sigma.size() > 0) integral.sigma = row(curve.sigma);
  integral.intensity_unit = curve.intensity_unit;
  return integral;
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
  part.slit_length = taken(curve.slit_length, points);
  part.slit_width = taken(curve.slit_width, points);
  return part;
}

// The frame of an item, null where it holds something else.
const Frame* frame_of(const files::Item& item) {
  const auto* frame = std::get_if<Frame>(&item.measurement);
  if (frame != nullptr && !item.has_geometry) {
    throw std::runtime_error("expected a detector geometry (--poni), found none in the file");
  }
  return frame;
}

}  // namespace

files::AzimuthalIntegral integrate_item(const files::Item& item, const ReductionOptions& options) {
  if (const Frame* frame = frame_of(item)) return integral_of(*frame, options);
  if (options.azimuths > 0) {
    throw std::runtime_error("expected a detector image for a cake, found reduced data");
  }
  return integral_of(reduce_item(item, options));
}

Curve reduce_item(const files::Item& item, const ReductionOptions& options) {
  if (const Frame* frame = frame_of(item)) return reduce(*frame, options);
  if (const auto* image = std::get_if<QImage>(&item.measurement)) {
    return reduce(*image, options);
  }
  if (const auto* curve = std::get_if<Curve>(&item.measurement)) {
    return cut(*curve, options.q);
  }
  throw std::runtime_error("expected a detector image or curve, found plain values");
}

}  // namespace foray::app
