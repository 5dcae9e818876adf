#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "foray/scattering/integrate.h"
#include "foray/scattering/measurement.h"
#include "orientation.h"

namespace foray::classifier {

// A frame's sums over rings, and its curve in counts per second.
struct ReducedFrame {
  scattering::BinnedIntensity sums;
  scattering::Curve curve;
  double scale = 1;  // from counts to the curve's unit
};

// Integrates frames; the integrators of the last few detectors are kept. Const methods may be
// called concurrently.
class FrameReducer {
 public:
  explicit FrameReducer(const scattering::IntegrationOptions& options);
  ~FrameReducer();
  FrameReducer(const FrameReducer&) = delete;
  FrameReducer& operator=(const FrameReducer&) = delete;

  // Throws std::invalid_argument when no pixel is left.
  [[nodiscard]] ReducedFrame reduce(const scattering::Frame& frame) const;

  // Orientation along a ring; `background` is the curve's under it.
  [[nodiscard]] Orientation orientation(const scattering::Frame& frame, scattering::Range band,
                                        double background) const;

  // Counts along a ring in `bins` bins of chi over the whole circle. Throws as reduce.
  [[nodiscard]] scattering::BinnedIntensity along_ring(const scattering::Frame& frame,
                                                       scattering::Range band, int bins) const;

  // The same relative to what the frame's curve lets its pixels expect: a bin's few pixels do not
  // lie evenly over the ring's profile, which would look like structure along chi.
  [[nodiscard]] scattering::BinnedIntensity relative_ring(const scattering::Frame& frame,
                                                          scattering::Range band,
                                                          const scattering::Curve& curve,
                                                          int bins) const;

 private:
  struct Cache;
  scattering::IntegrationOptions options_;
  std::unique_ptr<Cache> cache_;
};

// Factor from counts to counts per second at nominal beam without sample.
double rate_scale(const scattering::Frame& frame);

}  // namespace foray::classifier
