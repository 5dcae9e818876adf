#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/common/random.h"
#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// Parts of a whole as coordinates: the sum of width_i x_(axis + i) is `sum` of all points that can
/// be.
struct Parts {
  Eigen::Index axis = 0;  ///< of the first; the others follow.
  Eigen::VectorXd width;
  double sum = 0;
};

/// The parameters that are coordinates, scaled to the unit cube, and the known constraints on them.
/// Of a space with candidates only these can be measured.
///
/// What is measured and not chosen stands still, in the middle of its range until `in_context` says
/// where: that is where samples are, and what points are moved to when they are snapped.
///
/// Immutable. Const methods may be called concurrently. "Physical" points hold one value per
/// parameter in the order of parameters(), exposure included; "unit" points one coordinate per
/// axis.
class SearchSpace {
 public:
  /// @param constraints  inequalities in the parameters' names: "(x - 10)^2 + y^2 <= 95".
  /// @throws std::invalid_argument naming the parameter or the constraint: a range upside down, a
  ///         name used twice, an expression that does not parse or knows no such name (what is
  ///         measured and not chosen is none), constraints that none of 100,000 points satisfies,
  ///         candidates none of which is possible, parts that cannot add up to their total.
  /// @param candidates  physical points, one a column; those outside the ranges or the constraints
  ///         are left out. 0 columns: every point of the space can be measured.
  SearchSpace(std::vector<Parameter> parameters, std::vector<std::string> constraints,
              const Eigen::Ref<const Eigen::MatrixXd>& candidates = Eigen::MatrixXd());
  ~SearchSpace();
  SearchSpace(SearchSpace&&) noexcept;
  SearchSpace& operator=(SearchSpace&&) noexcept;
  SearchSpace& operator=(const SearchSpace&) = delete;

  /// The same where what is measured and not chosen is as at a physical point, of which the other
  /// values do not matter.
  [[nodiscard]] SearchSpace in_context(const Eigen::Ref<const Eigen::VectorXd>& physical) const;

  [[nodiscard]] const std::vector<Parameter>& parameters() const;
  [[nodiscard]] const std::vector<std::string>& constraints() const;

  /// Unit points (d x m) that can be measured; 0 columns where that is every point.
  [[nodiscard]] const Eigen::MatrixXd& candidates() const;

  /// The searched axes whose parameter is discrete, increasing: functions have no slope there.
  [[nodiscard]] std::vector<Eigen::Index> discrete_axes() const;

  /// The axes that are measured, not chosen, increasing.
  [[nodiscard]] const std::vector<Eigen::Index>& context_axes() const;

  /// These, and the fidelity, which stands at what is asked about: the axes that are not searched.
  [[nodiscard]] const std::vector<Eigen::Index>& standing_axes() const;

  /// The simplices, in the order of their parts.
  [[nodiscard]] std::vector<Parts> parts() const;

  /// Unit coordinates of the levels of a discrete axis, increasing.
  [[nodiscard]] Eigen::VectorXd levels(Eigen::Index axis) const;

  /// Number of axes d.
  [[nodiscard]] Eigen::Index dimension() const;

  /// Unit coordinates (d) of a physical point; outside [0, 1] where it lies outside the range.
  [[nodiscard]] Eigen::VectorXd to_unit(const Eigen::Ref<const Eigen::VectorXd>& physical) const;

  /// Physical point of unit coordinates, snapped to steps, levels or candidates; exposures are set
  /// to `exposure_s` (clamped to their range).
  [[nodiscard]] Eigen::VectorXd from_unit(const Eigen::Ref<const Eigen::VectorXd>& unit,
                                          double exposure_s) const;

  /// The same without steps and candidates: what a function of the parameters is differentiated
  /// over. Discrete parameters are on their levels nevertheless.
  [[nodiscard]] Eigen::VectorXd unsnapped(const Eigen::Ref<const Eigen::VectorXd>& unit,
                                          double exposure_s) const;

  /// Unit coordinates of the nearest point that steps, levels or candidates allow.
  [[nodiscard]] Eigen::VectorXd snap(const Eigen::Ref<const Eigen::VectorXd>& unit) const;

  /// Whether a unit point lies in the cube, parts add up and all constraints hold; not whether
  /// `snap` leaves it where it is.
  [[nodiscard]] bool feasible(const Eigen::Ref<const Eigen::VectorXd>& unit) const;

  /// `count` feasible unit points (d x count) of a scrambled low-discrepancy sequence, discrete
  /// axes on their levels; of candidates, each once before one is repeated.
  [[nodiscard]] Eigen::MatrixXd sample(Eigen::Index count, Rng& rng) const;

  /// Seconds to get from one physical point to another: the slowest axis, plus the longest settling
  /// of those that move.
  [[nodiscard]] double move_seconds(const Eigen::Ref<const Eigen::VectorXd>& from,
                                    const Eigen::Ref<const Eigen::VectorXd>& to) const;

 private:
  SearchSpace(const SearchSpace& other);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::optimizer
