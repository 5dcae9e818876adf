#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// Parameters that add up to a total, which follow one another. Their values are written as what
/// each has above its lower end, its excess: 0 <= excess_i <= width_i, and the sum is fixed.
class Simplex {
 public:
  /// @param first  position of its first parameter; the others have the same `simplex`.
  /// @throws std::invalid_argument naming the simplex and what cannot be: fewer than two parts, a
  ///         logarithmic scale, levels, different totals or steps, ranges that no parts with that
  ///         total lie in, a total that is no whole number of steps.
  Simplex(const std::vector<Parameter>& parameters, std::size_t first);

  [[nodiscard]] Eigen::Index count() const { return width_.size(); }
  [[nodiscard]] const Eigen::VectorXd& width() const { return width_; }
  /// Sum of the excesses.
  [[nodiscard]] double sum() const { return sum_; }

  /// Whether they add up, to rounding of numbers that people write.
  [[nodiscard]] bool holds(const Eigen::Ref<const Eigen::VectorXd>& excess) const;

  /// The nearest excesses within the ranges that add up; themselves where they do.
  [[nodiscard]] Eigen::VectorXd nearest(const Eigen::Ref<const Eigen::VectorXd>& excess) const;

  /// The same on the steps, where there are any: whole numbers of steps below, and those that are
  /// left over to the parts that lost most.
  [[nodiscard]] Eigen::VectorXd on_steps(const Eigen::Ref<const Eigen::VectorXd>& excess) const;

  /// Excesses from a point of the unit cube; of points that are uniform there, uniform among all
  /// parts >= 0 that add up. Some may pass their upper ends.
  [[nodiscard]] Eigen::VectorXd spread(const Eigen::Ref<const Eigen::VectorXd>& cube) const;

 private:
  Eigen::VectorXd width_;
  double sum_ = 0;
  double total_ = 1;
  double step_ = 0;
};

}  // namespace foray::optimizer
