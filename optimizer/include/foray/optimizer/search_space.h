#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/common/random.h"
#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// The parameters with the role axis, scaled to the unit cube, and the known constraints on them.
///
/// Immutable. Const methods may be called concurrently. "Physical" points hold one value per
/// parameter in the order of parameters(), exposure included; "unit" points one coordinate per
/// axis.
class SearchSpace {
 public:
  /// @param constraints  inequalities in the parameters' names: "(x - 10)^2 + y^2 <= 95".
  /// @throws std::invalid_argument naming the parameter or the constraint: a range upside down, a
  ///         name used twice, an expression that does not parse or knows no such name, constraints
  ///         that none of 100,000 points satisfies.
  SearchSpace(std::vector<Parameter> parameters, std::vector<std::string> constraints);
  ~SearchSpace();
  SearchSpace(SearchSpace&&) noexcept;
  SearchSpace& operator=(SearchSpace&&) noexcept;
  SearchSpace(const SearchSpace&) = delete;
  SearchSpace& operator=(const SearchSpace&) = delete;

  [[nodiscard]] const std::vector<Parameter>& parameters() const;
  [[nodiscard]] const std::vector<std::string>& constraints() const;

  /// Number of axes d.
  [[nodiscard]] Eigen::Index dimension() const;

  /// Unit coordinates (d) of a physical point; outside [0, 1] where it lies outside the range.
  [[nodiscard]] Eigen::VectorXd to_unit(const Eigen::Ref<const Eigen::VectorXd>& physical) const;

  /// Physical point of unit coordinates, snapped to the steps; exposures are set to `exposure_s`
  /// (clamped to their range).
  [[nodiscard]] Eigen::VectorXd from_unit(const Eigen::Ref<const Eigen::VectorXd>& unit,
                                          double exposure_s) const;

  /// The same without snapping: what a function of the parameters is differentiated over.
  [[nodiscard]] Eigen::VectorXd unsnapped(const Eigen::Ref<const Eigen::VectorXd>& unit,
                                          double exposure_s) const;

  /// Unit coordinates of the nearest point that the steps allow.
  [[nodiscard]] Eigen::VectorXd snap(const Eigen::Ref<const Eigen::VectorXd>& unit) const;

  /// Whether a unit point lies in the cube and satisfies all constraints.
  [[nodiscard]] bool feasible(const Eigen::Ref<const Eigen::VectorXd>& unit) const;

  /// `count` feasible unit points (d x count) of a scrambled low-discrepancy sequence.
  [[nodiscard]] Eigen::MatrixXd sample(Eigen::Index count, Rng& rng) const;

  /// Seconds to get from one physical point to another: the slowest axis, plus the longest settling
  /// of those that move.
  [[nodiscard]] double move_seconds(const Eigen::Ref<const Eigen::VectorXd>& from,
                                    const Eigen::Ref<const Eigen::VectorXd>& to) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::optimizer
