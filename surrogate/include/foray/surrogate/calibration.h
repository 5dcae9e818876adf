#pragma once

#include <Eigen/Core>
#include <array>

namespace foray::surrogate {

/// Continuous ranked probability score of a normal prediction, the integral over x of
/// (F(x) - [x >= y])^2, in the unit of y: |y - mean| for a prediction without spread, less where
/// the spread says how far off it may be. Gneiting & Raftery (2007),
/// doi:10.1198/016214506000001437, eq. 21 with its sign turned.
/// @param variance  > 0.
[[nodiscard]] double ranked_probability_score(double mean, double variance, double y);

/// Minus the logarithm of the density that a normal prediction has at y [nat].
/// @param variance  > 0.
[[nodiscard]] double negative_log_density(double mean, double variance, double y);

/// How well normal predictions of n values say what they do not know.
struct Calibration {
  /// Probabilities of the central intervals that are looked at.
  static constexpr std::array<double, 3> kIntervals = {0.5, 0.9, 0.95};

  Eigen::Index points = 0;              ///< n.
  std::array<double, 3> coverage = {};  ///< share of the values in each of the intervals.
  double ranked_score = 0;      ///< mean ranked probability score, unit of y; small is good.
  double negative_density = 0;  ///< mean negative log density [nat]; small is good.
  /// What both are expected to be where the predictions are right: below it values lie nearer than
  /// the variances say, above it farther.
  double expected_ranked_score = 0;
  double expected_negative_density = 0;
};

/// @param y  n >= 1 values, finite.  @param mean  n.  @param variance  n, > 0, of the values, their
///        noise included.
/// @throws std::invalid_argument on different sizes, none, or a variance that is not above 0.
[[nodiscard]] Calibration calibration_of(const Eigen::Ref<const Eigen::VectorXd>& y,
                                         const Eigen::Ref<const Eigen::VectorXd>& mean,
                                         const Eigen::Ref<const Eigen::VectorXd>& variance);

}  // namespace foray::surrogate
