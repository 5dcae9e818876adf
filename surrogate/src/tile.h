#pragma once

#include <Eigen/Core>

namespace foray::surrogate::detail {

// The innermost loop of products of matrices: kNarrow sums of kWide numbers each stay in the
// processor's registers while both factors are read once. Eigen's products reach two thirds of what
// this machine can do, its triangular solves and factorisations half (docs/performance.md).

#if defined(__AVX512F__)
inline constexpr Eigen::Index kLanes = 8;
inline constexpr Eigen::Index kNarrow = 8;
#elif defined(__AVX__)
inline constexpr Eigen::Index kLanes = 4;
inline constexpr Eigen::Index kNarrow = 4;
#else
inline constexpr Eigen::Index kLanes = 2;
inline constexpr Eigen::Index kNarrow = 4;
#endif
inline constexpr Eigen::Index kWide = 3 * kLanes;

/// out(w, j) = sum over k of wide(w, k) narrow(j, k).
/// @param wide  `count` times kWide numbers.  @param narrow  `count` times kNarrow.
/// @param out  kNarrow times kWide numbers.
void multiply_tile(Eigen::Index count, const double* wide, const double* narrow, double* out);

}  // namespace foray::surrogate::detail
