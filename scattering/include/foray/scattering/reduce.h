#pragma once

#include <memory>
#include <string>
#include <vector>

#include "foray/scattering/integrate.h"

namespace foray::scattering {

/// Options of FrameReducer.
struct ReduceOptions {
  IntegrationOptions integration = {};  ///< bins and corrections.
  bool normalise = true; /**< divide by exposure, monitor and transmission: the unit is "counts/s";
                              false: counts per pixel, unit "counts". */
  double note_masked_share = 0.5;  ///< a note when more of the frame than this is left out, (0, 1].
};

/// A curve with what is worth knowing about the frame behind it.
struct Reduction {
  Curve curve;                     ///< I(q) with errors of counting.
  std::vector<std::string> notes;  ///< in words: saturated pixels, nothing counted; often empty.
  Eigen::Index saturated = 0;      ///< good pixels left out because they are saturated.
  double masked_share = 0;         ///< of the frame's pixels, 0 to 1.
  double total_counts = 0;         ///< in the good pixels within the range of q.
};

/// Reduces frames to curves, with the integrator kept as long as geometry and mask stay the same.
/// Const methods may be called concurrently.
class FrameReducer {
 public:
  explicit FrameReducer(const ReduceOptions& options);
  FrameReducer(const FrameReducer&) = delete;
  FrameReducer& operator=(const FrameReducer&) = delete;
  ~FrameReducer();

  /// Saturated pixels are left out of the sums and of what they are divided by.
  /// @throws std::invalid_argument on a malformed frame or when no good pixel is in the range of q.
  [[nodiscard]] Reduction reduce(const Frame& frame) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reduces one frame. @throws std::invalid_argument as FrameReducer.
Reduction reduce_frame(const Frame& frame, const ReduceOptions& options);

}  // namespace foray::scattering
