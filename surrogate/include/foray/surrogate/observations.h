#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "foray/surrogate/kernel.h"

namespace foray::surrogate {

enum class MeanKind;  // gp.h

/// What a number says of the function at its point.
enum class Bound {
  kNone,     ///< the function has this value, up to noise.
  kAtLeast,  ///< it is at least that: an instrument saturated, a classifier was certain of a yes.
  kAtMost,   ///< it is at most that: below a limit of detection, certain of a no.
};

/// What was observed of one function at n points.
struct Observations {
  Eigen::MatrixXd x;               ///< d x n, one point a column.
  Eigen::VectorXd y;               ///< n values, or the bounds on them.
  Eigen::VectorXd noise;           ///< n known variances of y, >= 0.
  std::vector<Bound> bounds = {};  ///< n, or empty: all are values.
  /// Smallest standard deviation of y that variances are relative to, in the unit of y, >= 0: what
  /// little variation data that happen to be alike may hide (0.2, say, of a class probability).
  double least_scale = 0;
  /// So many of the d coordinates, the last ones, are features of other models in [0, 1] (see
  /// extended_model.h); nothing changes faster along them than over half of their range.
  Eigen::Index features = 0;
  /// How smooth the function is known to be; empty: as the options say.
  std::optional<KernelSpec> kernel = {};
  /// The prior mean that is known to suit it; empty: as the options say.
  std::optional<MeanKind> mean = {};
  double fixed_mean = 0;  ///< for MeanKind::kFixed, in the unit of y.
  /// n x g: errors that several values share, one a column, each independent of the others: by how
  /// much a standard deviation of it moves each value. The covariance of the noise is diag(noise) +
  /// shared shared', which any noise matrix can be written as. Empty: none.
  Eigen::MatrixXd shared = {};
};

/// Whether any of them is a bound.
[[nodiscard]] bool has_bounds(const Observations& data);

/// @throws std::invalid_argument, its message beginning with `where`, unless there is at least one
///         point of at least one coordinate, shapes agree, all is finite and no variance negative.
void check_observations(const char* where, const Observations& data);

}  // namespace foray::surrogate
