#include "tile.h"

#include <cstring>

namespace foray::surrogate::detail {

namespace {

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));

Lanes load(const double* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

}  // namespace

void multiply_tile(Eigen::Index count, const double* wide, const double* narrow, double* out) {
  Lanes sum[kNarrow][3] = {};
  for (Eigen::Index k = 0; k < count; ++k) {
    const Lanes w0 = load(wide);
    const Lanes w1 = load(wide + kLanes);
    const Lanes w2 = load(wide + 2 * kLanes);
#pragma GCC unroll 8
    for (Eigen::Index j = 0; j < kNarrow; ++j) {
      const Lanes n = Lanes{} + narrow[j];
      sum[j][0] += w0 * n;
      sum[j][1] += w1 * n;
      sum[j][2] += w2 * n;
    }
    wide += kWide;
    narrow += kNarrow;
  }
  std::memcpy(out, sum, sizeof sum);
}

}  // namespace foray::surrogate::detail
