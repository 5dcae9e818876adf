#pragma once

#include <cmath>
#include <numbers>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "foray/scattering/bins.h"

namespace foray::scattering {

// Whether an angle lies in a range of angles, whole turns aside.
class AngleRange {
 public:
  AngleRange(const char* where, const std::optional<Range>& range) {
    if (!range) return;
    const double width = range->upper - range->lower;
    if (!std::isfinite(width) || width <= 0 || width > 2 * std::numbers::pi * (1 + 1e-12)) {
      std::ostringstream text;
      text << where << ": chi: expected a range with a width in (0, 2 pi], got " << range->lower
           << " .. " << range->upper;
      throw std::invalid_argument(text.str());
    }
    lower_ = range->lower;
    width_ = width;
  }

  [[nodiscard]] bool holds(double angle) const {
    constexpr double kWholeTurn = 2 * std::numbers::pi;
    const double offset = angle - lower_;
    return offset - kWholeTurn * std::floor(offset / kWholeTurn) <= width_;
  }

 private:
  double lower_ = 0;
  double width_ = 7;  // more than a turn
};

}  // namespace foray::scattering
