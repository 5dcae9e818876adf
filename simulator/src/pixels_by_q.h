#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::simulator {

// The good pixels of a detector in equal steps of q, each step's in the order of memory: what lies
// near one q is found without looking at all of them. What is looked at with them lies in the same
// order, as their rows are far from each other in memory.
class PixelsByQ {
 public:
  struct Part {
    std::span<const std::int32_t> pixels;
    std::span<const double> q, factor;
  };

  // factor: of counts, a value for each pixel.
  PixelsByQ(const scattering::Image& q, const scattering::Image& factor,
            const scattering::Mask& mask);

  // All good pixels from low to high, and those beside them that share a step with one.
  [[nodiscard]] Part between(double low, double high) const;

 private:
  // Wide enough for pixels beside each other to share one: their values are near in memory.
  static constexpr std::size_t kSteps = 256;
  [[nodiscard]] std::size_t step_of(double q) const;

  double steps_per_q_;
  std::vector<std::size_t> first_;  // of each step, and one beyond
  std::vector<std::int32_t> pixels_;
  std::vector<double> q_, factor_;
};

}  // namespace foray::simulator
