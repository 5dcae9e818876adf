#include "foray/scattering/reduce.h"

#include "foray/common/check.h"
#include "foray/common/mutex.h"
#include "foray/scattering/masks.h"

namespace foray::scattering {
namespace {

bool same(const Geometry& a, const Geometry& b) {
  return a.dist == b.dist && a.poni1 == b.poni1 && a.poni2 == b.poni2 && a.rot1 == b.rot1 &&
         a.rot2 == b.rot2 && a.rot3 == b.rot3 && a.wavelength == b.wavelength &&
         a.pixel1 == b.pixel1 && a.pixel2 == b.pixel2;
}

bool same(const Mask& a, const Mask& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && (a == b).all();
}

// What an integrator was built for.
struct Kept {
  Geometry geometry;
  Mask mask;
  AzimuthalIntegrator integrator;
};

Eigen::Index count_saturated(const Frame& frame) {
  if (frame.saturation <= 0) return 0;
  Eigen::Index count = 0;
  for (Eigen::Index p = 0; p < frame.counts.size(); ++p) {
    count += frame.mask.data()[p] == 0 && frame.counts.data()[p] >= frame.saturation;
  }
  return count;
}

}  // namespace

class FrameReducer::Impl {
 public:
  explicit Impl(const ReduceOptions& options) : options_(options) {
    require(options.note_masked_share > 0 && options.note_masked_share <= 1,
            "FrameReducer: note_masked_share: expected a value in (0, 1], got " +
                std::to_string(options.note_masked_share));
  }

  // Shared by this cache and the calls that still use it when another frame replaces it.
  std::shared_ptr<const Kept> integrator_for(const Frame& frame) {
    {
      const Lock lock(mutex_);
      if (kept_ && same(kept_->geometry, frame.geometry) && same(kept_->mask, frame.mask)) {
        return kept_;
      }
    }
    auto made = std::make_shared<const Kept>(
        Kept{frame.geometry, frame.mask,
             AzimuthalIntegrator(frame.geometry, frame.mask, options_.integration)});
    const Lock lock(mutex_);
    kept_ = made;
    return made;
  }

  [[nodiscard]] const ReduceOptions& options() const { return options_; }

 private:
  ReduceOptions options_;
  Mutex mutex_;
  std::shared_ptr<const Kept> kept_ FORAY_GUARDED_BY(mutex_);
};

FrameReducer::FrameReducer(const ReduceOptions& options) : impl_(new Impl(options)) {}
FrameReducer::~FrameReducer() = default;

Reduction FrameReducer::reduce(const Frame& frame) const {
  validate(frame);
  const ReduceOptions& options = impl_->options();
  const auto kept = impl_->integrator_for(frame);
  Reduction result;
  result.saturated = count_saturated(frame);
  const Image* variance = frame.variance ? &*frame.variance : nullptr;
  BinnedIntensity sums;
  if (result.saturated > 0) {
    const Mask skip = saturation_mask(frame.counts, frame.saturation);
    sums = kept->integrator.integrate(frame.counts, variance, &skip);
    result.notes.push_back(std::to_string(result.saturated) + " saturated pixels left out");
  } else {
    sums = kept->integrator.integrate(frame.counts, variance);
  }
  require((sums.normalization.array() > 0).any(),
          "FrameReducer: expected unsaturated pixels in the range of q, got none");
  const double scale =
      options.normalise ? 1.0 / (frame.exposure_s * frame.monitor * frame.transmission) : 1.0;
  result.curve =
      to_curve(sums, {.scale = scale, .intensity_unit = options.normalise ? "counts/s" : "counts"});
  result.total_counts = sums.signal.sum();
  result.masked_share =
      static_cast<double>((frame.mask != 0).count()) / static_cast<double>(frame.mask.size());
  if (result.total_counts <= 0) result.notes.emplace_back("nothing was counted");
  if (result.masked_share > options.note_masked_share) {
    const int percent = static_cast<int>(100 * result.masked_share);
    result.notes.push_back(std::to_string(percent) + " % of the pixels are masked");
  }
  return result;
}

Reduction reduce_frame(const Frame& frame, const ReduceOptions& options) {
  return FrameReducer(options).reduce(frame);
}

}  // namespace foray::scattering
