#pragma once

namespace foray::optimizer {

/// A function of one Gaussian marginal and its derivatives in mean and variance.
struct Scored {
  double value = 0;
  double by_mean = 0;
  double by_variance = 0;
};

/// ln(phi(z) + z Phi(z)), the logarithm of expected improvement in units of the standard deviation.
/// Relative error below 1e-13 for every finite z, without underflow.
///
/// Source: Ament et al. (2023), arXiv:2310.20708, eq. 9. Departs from it in taking the tail from
/// Laplace's continued fraction of Mills' ratio, where nothing cancels, instead of erfcx.
[[nodiscard]] double log_h(double z);

/// d log_h / dz = Phi(z) / (phi(z) + z Phi(z)).
[[nodiscard]] double log_h_slope(double z);

/// ln of the improvement expected over `incumbent`; finite for every variance > 0.
/// @param maximise  false: of the improvement downwards; the two mirror each other exactly.
[[nodiscard]] Scored log_expected_improvement(double mean, double variance, double incumbent,
                                              bool maximise);

/// ln of the probability of any improvement over `incumbent`.
[[nodiscard]] Scored log_probability_of_improvement(double mean, double variance, double incumbent,
                                                    bool maximise);

/// mean + beta sigma, or -mean + beta sigma when minimising; larger is better.
[[nodiscard]] Scored confidence_bound(double mean, double variance, double beta, bool maximise);

/// beta sigma - |mean - level|. Bryan et al. (2005), "Active learning for identifying function
/// threshold boundaries", with beta = 1.96 there.
[[nodiscard]] Scored straddle(double mean, double variance, double level, double beta);

/// ln of the entropy [nat] of the answer to whether f lies above `level`. It is ln 2 everywhere on
/// the line where mean = level, however little is unknown there: straddle weighs that too.
[[nodiscard]] Scored log_level_set_entropy(double mean, double variance, double level);

/// ln of the expected decrease of the distance to `level` below `distance` > 0, the smallest so
/// far: ln E max(distance - |f - level|, 0).
[[nodiscard]] Scored log_target_improvement(double mean, double variance, double level,
                                            double distance);

/// ln of the probability that at_least <= f <= at_most; either may be infinite.
[[nodiscard]] Scored log_probability_between(double mean, double variance, double at_least,
                                             double at_most);

/// By how much the probability of naming the wrong one of two classes at a place is expected to
/// fall when a measurement removes the share rho^2 of the variance of their difference.
///
/// With D ~ N(m, s^2) the difference and m' its mean after the measurement, the error
/// P(sign D != sign m') is now Phi(-a), a = |m| / s, and falls by
/// (1 / pi) int_0^{arcsin rho} exp(-a^2 / (2 sin^2 t)) dt: Craig's form (1991,
/// doi:10.1109/MILCOM.1991.258319) of the normal tail, stopped short of pi / 2.
/// Error below 1e-5.
/// @param a  >= 0.  @param rho  in [0, 1].
[[nodiscard]] double expected_error_reduction(double a, double rho);

}  // namespace foray::optimizer
