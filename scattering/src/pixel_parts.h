#pragma once

#include <cstdint>
#include <vector>

#include "foray/scattering/split_integrate.h"

namespace foray::scattering {

// Which bins each good pixel counts for, and by what part: pixel k's are the entries start[k] ..
// start[k + 1], the largest part first.
struct PixelParts {
  std::vector<std::int32_t> pixel;  // counted row by row
  std::vector<std::int32_t> start;
  std::vector<std::int32_t> bin;
  std::vector<float> part;  // in (0, 1]
};

// Edges of both axes; bin (i, j) is number i * second.count() + j.
struct SplitLayout {
  BinEdges first, second;
  PixelParts parts;
};

// Shared with messages.
constexpr char kSplitIntegrator[] = "SplitIntegrator";

SplitLayout make_layout(const Geometry& geometry, const Mask& mask, const SplitOptions& options);

}  // namespace foray::scattering
