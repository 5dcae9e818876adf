#pragma once

#include <cstdint>

#include "foray/common/random.h"
#include "foray/scattering/image.h"

namespace foray::simulator {

/// Poisson counts for n means >= 0, in order, from one stream.
///
/// Exact for every mean: inversion of one uniform below 12, else transformed rejection
/// (CounterStream::poisson). Made for rows of small means: the exponentials of a row are computed
/// together and divisions come from a table.
/// @param mean    n expected counts; a NaN counts as 0.
/// @param counts  n results; may be the same memory as mean.
void draw_poisson(const double* mean, double* counts, Eigen::Index n, CounterStream& stream);

/// Poisson counts of an image; row r draws from the stream (derive_seed(seed, index), r), so any
/// number of threads gives the same counts.
/// @throws std::invalid_argument when an expected count is not finite, negative or above 1e15.
scattering::Image poisson_image(const scattering::Image& expected, std::uint64_t seed,
                                std::uint64_t index, int threads = 1);

}  // namespace foray::simulator
