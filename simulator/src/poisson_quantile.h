#pragma once

#include <Eigen/Core>

namespace foray::simulator {

// From this mean on the expansion below is close enough for its bound.
inline constexpr double kQuantileLimit = 12;
inline constexpr Eigen::Index kQuantileBlock = 256;

// Poisson counts for n <= kQuantileBlock means >= kQuantileLimit: counts[i] is the least k whose
// cumulative probability is above uniform[i], which lies in (0, 1). counts may be uniform's memory.
//
// An expansion in 1 / sqrt(mean) gives a real number whose floor is the count, with a bound of its
// error; where the bound leaves two counts open (one draw in two hundred at a mean of 12, one in
// 1e5 at 1000) and beyond four standard deviations the law itself is summed. Up to a mean of 1e8
// the count is right for each uniform; beyond, as near as a double tells two of them apart.
//
// Source: Giles (2016), Algorithm 955, doi:10.1145/2699466, equation of Q_N3 for the expansion. The
// bound is our own: 1.6 times the largest error found over means of 12 and more.
void poisson_quantiles(const double* mean, const double* uniform, double* counts, Eigen::Index n);

// The same for one, by summing the law from a first guess on.
double poisson_quantile(double mean, double uniform, double guess);

// The standard normal quantile of n <= kQuantileBlock values in [1e-11, 1 - 1e-11], to 1e-15
// relative; further out a number beyond 6.
// Source: Wichura (1988), Algorithm AS 241, doi:10.2307/2347330, PPND16.
void normal_quantiles(const double* uniform, double* z, Eigen::Index n);

}  // namespace foray::simulator
