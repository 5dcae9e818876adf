#include "frame_reduction.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "binning.h"
#include "foray/common/mutex.h"
#include "foray/scattering/geometry.h"
#include "foray/scattering/masks.h"

namespace foray::classifier {
namespace {

using scattering::AzimuthalIntegrator;
using scattering::Frame;
using scattering::Image;
using scattering::Mask;

// A frame's counts with the pixels to skip; most frames have none and are not copied.
struct CheckedCounts {
  const Image* counts = nullptr;
  const Mask* skip = nullptr;
  Image copy;
  Mask bad;
};

bool is_no_count(const Frame& frame, Eigen::Index k) {
  const double value = frame.counts.data()[k];
  const bool saturated = frame.saturation > 0 && value >= frame.saturation;
  return !std::isfinite(value) || saturated || (value < 0 && !frame.variance);
}

void check_counts(const Frame& frame, CheckedCounts& out) {
  out.counts = &frame.counts;
  for (Eigen::Index k = 0; k < frame.counts.size(); ++k) {
    if (frame.mask.data()[k] != 0 || !is_no_count(frame, k)) continue;
    if (out.skip == nullptr) {
      out.copy = frame.counts;
      out.bad = Mask::Zero(frame.counts.rows(), frame.counts.cols());
      out.counts = &out.copy;
      out.skip = &out.bad;
    }
    out.copy.data()[k] = 0;
    out.bad.data()[k] = scattering::kMaskDead;
  }
}

const Image* variance_of(const Frame& frame) { return frame.variance ? &*frame.variance : nullptr; }

}  // namespace

struct FrameReducer::Cache {
  struct Entry {
    scattering::Geometry geometry;
    Mask mask;
    // Shared with calls that still run when a newer detector has pushed the entry out.
    std::shared_ptr<const AzimuthalIntegrator> integrator;
  };
  static constexpr std::size_t kEntries = 4;
  Mutex mutex;
  std::vector<Entry> entries FORAY_GUARDED_BY(mutex);  // most recently used last

  std::shared_ptr<const AzimuthalIntegrator> find(const Frame& frame) {
    const Lock lock(mutex);
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
      return same_geometry(entry.geometry, frame.geometry) &&
             entry.mask.rows() == frame.mask.rows() && entry.mask.cols() == frame.mask.cols() &&
             (entry.mask == frame.mask).all();
    });
    if (found == entries.end()) return nullptr;
    std::rotate(found, found + 1, entries.end());
    return entries.back().integrator;
  }

  void add(const Frame& frame, std::shared_ptr<const AzimuthalIntegrator> integrator) {
    const Lock lock(mutex);
    if (entries.size() == kEntries) entries.erase(entries.begin());
    entries.push_back({frame.geometry, frame.mask, std::move(integrator)});
  }
};

FrameReducer::FrameReducer(const scattering::IntegrationOptions& options)
    : options_(options), cache_(std::make_unique<Cache>()) {}
FrameReducer::~FrameReducer() = default;

ReducedFrame FrameReducer::reduce(const Frame& frame) const {
  auto integrator = cache_->find(frame);
  if (!integrator) {
    integrator = std::make_shared<const AzimuthalIntegrator>(frame.geometry, frame.mask, options_);
    cache_->add(frame, integrator);
  }
  CheckedCounts checked;
  check_counts(frame, checked);
  ReducedFrame reduced;
  reduced.sums = integrator->integrate(*checked.counts, variance_of(frame), checked.skip);
  reduced.scale = rate_scale(frame);
  reduced.curve =
      scattering::to_curve(reduced.sums, {.scale = reduced.scale, .intensity_unit = "counts/s"});
  return reduced;
}

scattering::BinnedIntensity FrameReducer::along_ring(const Frame& frame, scattering::Range band,
                                                     int bins) const {
  scattering::ProfileOptions options;
  options.q = band;
  options.chi.count = bins;
  options.corrections = options_.corrections;
  const scattering::AzimuthalProfiler profiler(frame.geometry, frame.mask, options);
  CheckedCounts checked;
  check_counts(frame, checked);
  return profiler.integrate(*checked.counts, variance_of(frame), checked.skip);
}

scattering::BinnedIntensity FrameReducer::relative_ring(const Frame& frame, scattering::Range band,
                                                        const scattering::Curve& curve,
                                                        int bins) const {
  scattering::BinnedIntensity ring = along_ring(frame, band, bins);
  Image expected = scattering::q_map(frame.geometry, frame.counts.rows(), frame.counts.cols());
  const double* first = curve.q.data();
  const double* last = first + curve.q.size();
  for (double& value : expected.reshaped()) {
    const auto next = std::clamp<Eigen::Index>(std::upper_bound(first, last, value) - first, 1,
                                               curve.q.size() - 1);
    const double part =
        std::clamp((value - curve.q(next - 1)) / (curve.q(next) - curve.q(next - 1)), 0.0, 1.0);
    value = std::max(0.0, curve.intensity(next - 1) +
                              part * (curve.intensity(next) - curve.intensity(next - 1)));
  }
  scattering::ProfileOptions options;
  options.q = band;
  options.chi.count = bins;
  options.corrections.solid_angle = false;
  CheckedCounts checked;
  check_counts(frame, checked);
  const auto model = scattering::AzimuthalProfiler(frame.geometry, frame.mask, options)
                         .integrate(expected, nullptr, checked.skip);
  for (Eigen::Index k = 0; k < ring.normalization.size(); ++k) {
    const bool seen = model.normalization(k) > 0 && model.signal(k) > 0;
    ring.normalization(k) *= seen ? model.signal(k) / model.normalization(k) : 0;
  }
  return ring;
}

Orientation FrameReducer::orientation(const Frame& frame, scattering::Range band,
                                      double background) const {
  constexpr int kBins = 180;  // two degrees, finer than most textures
  return orientation_of(along_ring(frame, band, kBins), background / rate_scale(frame));
}

double rate_scale(const Frame& frame) {
  return 1 / (frame.exposure_s * frame.monitor * frame.transmission);
}

}  // namespace foray::classifier
