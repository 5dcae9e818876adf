#pragma once

#include <Eigen/Core>

#include "foray/optimizer/search_space.h"

namespace foray::optimizer {

/// Seconds of a measurement: from where the instrument is to a point, settling and exposure.
class Cost {
 public:
  /// @param space  must outlive it.  @param from  physical; empty: moving is free.
  /// @param overhead_s  of each measurement, besides moving and exposing.
  Cost(const SearchSpace& space, Eigen::VectorXd from, double exposure_s, double overhead_s = 0);

  /// Of a physical point. Never less than a millisecond: nothing is free, and a gain is divided.
  [[nodiscard]] double seconds(const Eigen::Ref<const Eigen::VectorXd>& physical) const;

  /// ln of the seconds at the columns of x (unit).
  [[nodiscard]] Eigen::VectorXd log_seconds(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// The same at one point; adds minus its gradient to `gradient`.
  [[nodiscard]] double log_seconds(const Eigen::Ref<const Eigen::VectorXd>& x,
                                   Eigen::VectorXd& gradient) const;

 private:
  const SearchSpace* space_;
  Eigen::VectorXd from_;
  double exposure_s_;
  double overhead_s_;
};

/// The part of the unit cube that the largest moves of the parameters leave, as a box.
class Reach {
 public:
  /// @param from  physical; empty: no limit.
  Reach(const SearchSpace& space, const Eigen::Ref<const Eigen::VectorXd>& from);

  /// Leaves no more than another box.
  /// @param centre  a point of that box that can be measured.
  void narrow(const Eigen::VectorXd& lower, const Eigen::VectorXd& upper,
              const Eigen::VectorXd& centre);

  [[nodiscard]] const Eigen::VectorXd& lower() const { return lower_; }  ///< empty: no limit.
  [[nodiscard]] const Eigen::VectorXd& upper() const { return upper_; }
  [[nodiscard]] bool limited() const { return lower_.size() > 0; }
  [[nodiscard]] bool holds(const Eigen::Ref<const Eigen::VectorXd>& x) const;
  /// Takes points of the cube into the box, keeping their place relative to its sides.
  [[nodiscard]] Eigen::MatrixXd shrink(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// The nearest point of the box.
  [[nodiscard]] Eigen::VectorXd clamp(const Eigen::Ref<const Eigen::VectorXd>& x) const;

 private:
  [[nodiscard]] Eigen::MatrixXd towards_centre(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  Eigen::VectorXd lower_, upper_;  // Empty: no limit.
  Eigen::VectorXd centre_;         // Where parts add up; empty: there are none.
  bool sums_ = false;
};

}  // namespace foray::optimizer
