#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

namespace foray::optimizer {

/// How a range is traversed.
enum class ParameterScale {
  kLinear,
  kLog,  ///< equal ratios are equal steps; the range must be positive.
};

/// What a parameter is to the surrogate.
enum class ParameterRole {
  kAxis,      ///< a coordinate of the surrogate and of the search.
  kExposure,  ///< sets counting noise and cost, no coordinate; in seconds.
  kFixed,     ///< always set to `lower`, no coordinate.
  /// A coordinate of the surrogate that is measured, not chosen: a temperature that drifts. Its
  /// range says what to expect and may be passed.
  kContext,
  /// A coordinate with separate values: ways of measuring the same thing, of which the last in
  /// range is the one that is asked about. Which of them to use is chosen with the place.
  kFidelity,
};

/// Something that can be set. Its value is a number, whatever it is: that of a categorical one
/// counts its categories from 0.
struct Parameter {
  // Behaviour.
  std::string name;  ///< unique, a valid identifier: constraints use it.
  std::string unit;  ///< for people; "" where there is none.
  double lower = 0;  ///< finite, < upper; kFixed: = upper, the value.
  double upper = 1;  ///< finite.
  ParameterScale scale = ParameterScale::kLinear;
  ParameterRole role = ParameterRole::kAxis;
  double step = 0;  ///< resolution in the parameter's unit, from `lower`; 0: continuous.
  // Cost.
  double speed = 0;     ///< units per second, > 0; 0: moving takes no time.
  double settle_s = 0;  ///< seconds after a move, >= 0.
  double max_move = 0;  ///< most that one proposal may move it, in its unit, >= 0; 0: no limit.
  // What it can be, where that is no range of numbers; one of the three at most, and no step.
  bool integer = false;             ///< whole numbers only.
  std::vector<double> values = {};  ///< ordered: only these, increasing, of which those in range.
  /// Names without an order; the range is within [0, number of them - 1].
  std::vector<std::string> categories = {};
  // Parts of a whole: parameters with the same `simplex`, which follow one another, always add up
  // to `total`.
  std::string simplex = {};  ///< its name; empty: no part.
  double total = 1;          ///< in the parameter's unit, > 0; the same for all parts.
  // Of kFidelity.
  /// What measuring takes besides moving and the exposure at each of `values` or `categories`, in
  /// their order [s], >= 0; empty: nothing.
  std::vector<double> seconds = {};
  // Of kContext.
  /// Which value of a measurement it is; empty: the instrument reads it back.
  std::string from = {};
  /// > 0: it is the time since the campaign was created, in units of so many seconds.
  double elapsed_unit_s = 0;
};

/// Whether the surrogate sees it as a coordinate.
[[nodiscard]] bool is_coordinate(const Parameter& parameter);

/// Whether it takes separate values, its levels. A step by itself makes none: it is a resolution.
[[nodiscard]] bool is_discrete(const Parameter& parameter);

/// Number of levels in its range; of discrete parameters.
[[nodiscard]] Eigen::Index level_count(const Parameter& parameter);

/// A level, counted from 0 < `level_count`, in increasing order; of discrete parameters.
[[nodiscard]] double level(const Parameter& parameter, Eigen::Index index);

/// Which level a value of its levels is.
[[nodiscard]] Eigen::Index level_index(const Parameter& parameter, double value);

/// The level nearest to a value, on the parameter's scale; of discrete parameters with levels.
[[nodiscard]] double nearest_level(const Parameter& parameter, double value);

/// Why a parameter cannot take a value: outside the range, no level. Steps are not asked, and of
/// what is measured nothing.
[[nodiscard]] std::optional<std::string> refusal(const Parameter& parameter, double value);

/// Why a position, one value a parameter, cannot be: parts that do not add up to their total.
[[nodiscard]] std::optional<std::string> refusal_of_sums(
    const std::vector<Parameter>& parameters, const Eigen::Ref<const Eigen::VectorXd>& position);

/// Position of the parameter with the role fidelity.
[[nodiscard]] std::optional<std::size_t> find_fidelity(const std::vector<Parameter>& parameters);

/// The value of a fidelity that is asked about: its last in range.
[[nodiscard]] double full_fidelity(const Parameter& fidelity);

/// Whether a position, one value a parameter, is at full fidelity; true where there is no choice.
[[nodiscard]] bool at_full_fidelity(const std::vector<Parameter>& parameters,
                                    const Eigen::Ref<const Eigen::VectorXd>& position);

/// Seconds that measuring takes for the sake of a value of a fidelity.
[[nodiscard]] double fidelity_seconds(const Parameter& fidelity, double value);

/// A value as a person reads it: the name of the category, or the number.
[[nodiscard]] std::string value_text(const Parameter& parameter, double value);

}  // namespace foray::optimizer
