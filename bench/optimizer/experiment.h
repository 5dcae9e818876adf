#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/common/random.h"
#include "standard_problems.h"

namespace foray::bench {

/// One search for the answer of a problem: what was measured, and how far from the answer one would
/// be after each measurement.
class Experiment {
 public:
  /// @param problem  has to stay.  @param noise  standard deviation, as a share of each value's
  /// range.
  Experiment(const Problem& problem, double noise, std::uint64_t seed);

  /// Measures at a unit point, and takes the best measured place for what would be recommended.
  /// @returns what is seen, noise included, one number a value of the problem.
  const Eigen::VectorXd& measure(const Eigen::Ref<const Eigen::VectorXd>& unit);

  /// Corrects what would be recommended after the last measurement.
  void recommend(const Eigen::Ref<const Eigen::VectorXd>& unit);

  [[nodiscard]] const Problem& problem() const { return problem_; }
  [[nodiscard]] bool noisy() const { return noise_ > 0; }
  [[nodiscard]] const Eigen::VectorXd& sd() const { return sd_; }
  [[nodiscard]] Eigen::Index count() const { return static_cast<Eigen::Index>(x_.size()); }
  [[nodiscard]] Eigen::MatrixXd places() const;  ///< d x n
  [[nodiscard]] Eigen::MatrixXd seen() const;    ///< values x n

  [[nodiscard]] const std::vector<Eigen::VectorXd>& x() const { return x_; }
  [[nodiscard]] const std::vector<Eigen::VectorXd>& y() const { return y_; }
  [[nodiscard]] const std::vector<Eigen::VectorXd>& truth() const { return truth_; }

  /// After each measurement: true value of the place that would be recommended less the smallest,
  /// or the value's range where a constraint does not hold there; of two objectives the area that
  /// the true values of what was measured do not yet dominate.
  [[nodiscard]] const std::vector<double>& regret() const { return regret_; }

 private:
  [[nodiscard]] double regret_of(const Eigen::VectorXd& truth) const;
  [[nodiscard]] double missing_area() const;

  const Problem& problem_;
  double noise_;
  Eigen::VectorXd sd_;
  Rng rng_;
  std::vector<Eigen::VectorXd> x_, y_, truth_;
  std::vector<double> regret_;
};

}  // namespace foray::bench
