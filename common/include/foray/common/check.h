#pragma once

#include <Eigen/Core>
#include <stdexcept>
#include <string>
#include <string_view>

namespace foray {

/// Refuses a caller's mistake: throws std::invalid_argument with `message` unless `condition`.
///
/// The message names the place, what was expected and what came:
/// `fit_gp: expected as many responses as points, got 2 responses for 3 points`.
void require(bool condition, std::string_view message);

/// Checks one of our own invariants; it stays on in release builds.
///
/// @throws std::logic_error with `message` unless `condition`.
void ensure(bool condition, std::string_view message);

/// Refuses NaN and infinite values.
///
/// @param where  function and argument, for the message: "fit_gp: y".
/// @throws std::invalid_argument naming the first offending index and its value.
void require_finite(std::string_view where, const Eigen::Ref<const Eigen::MatrixXd>& values);

/// Refuses a value outside [lower, upper] or not finite, naming the place, the range and the value.
void require_in_range(std::string_view where, double value, double lower, double upper);

}  // namespace foray
