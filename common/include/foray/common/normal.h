#pragma once

namespace foray {

/// ln sqrt(2 pi).
inline constexpr double kLogRoot2Pi = 0.91893853320467274178;

/// Density phi and cumulative distribution Phi of the standard normal distribution.
[[nodiscard]] double normal_density(double z);
[[nodiscard]] double normal_cdf(double z);

/// ln Phi(z) of the standard normal distribution; relative error below 1e-13 for every finite z,
/// without underflow. The tail is Laplace's continued fraction of Mills' ratio, where nothing
/// cancels: Abramowitz & Stegun (1964) 26.2.14.
[[nodiscard]] double log_normal_cdf(double z);

/// Its derivative phi(z) / Phi(z), likewise.
[[nodiscard]] double log_normal_cdf_slope(double z);

/// K(t) = 1 / (t + 2 / (t + 3 / (t + ...))) for t >= 3: Mills' ratio (1 - Phi(t)) / phi(t) is
/// 1 / (t + K), and 1 - t times it is K / (t + K) without cancellation.
[[nodiscard]] double mills_tail_fraction(double t);

}  // namespace foray
