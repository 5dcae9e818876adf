#pragma once

#include <cstdint>
#include <limits>

#include "foray/common/random.h"
#include "foray/scattering/image.h"

namespace foray::simulator {

/// Poisson counts for n means >= 0, in order, from one stream.
///
/// Each count is the quantile of one uniform of 52 bits, so that it grows with its mean for the
/// same stream: below a mean of 12 by summing the law, above by its expansion, with the sum where
/// that leaves two counts open. Exact up to a mean of 1e8; beyond, as near as doubles tell counts
/// apart. Pixels are drawn in blocks of 256, without branches. Source: Giles (2016),
/// doi:10.1145/2699466, Algorithm 955, for the expansion.
/// @param mean    n expected counts; a NaN counts as 0.
/// @param counts  n results; may be the same memory as mean.
void draw_poisson(const double* mean, double* counts, Eigen::Index n, CounterStream& stream);

/// Poisson counts of an image; row r draws from the stream (derive_seed(seed, index), r), so any
/// number of threads gives the same counts.
/// @param most  counts above it become it: saturation.
/// @throws std::invalid_argument when an expected count is not finite, negative or above 1e15.
scattering::Image poisson_image(const scattering::Image& expected, std::uint64_t seed,
                                std::uint64_t index, int threads = 1,
                                double most = std::numeric_limits<double>::infinity());

}  // namespace foray::simulator
