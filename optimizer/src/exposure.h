#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// How long to count: the exposure within the parameter's range, on its steps, that removes the
/// largest share of what is not known a second: sum_k s_k / (s_k + c_k / e) / (overhead + e), with
/// s_k the variances of the latent values, c_k / e those of counting for e seconds. Of one
/// observable that is e = sqrt(overhead c / s), and the gain of a map by integrated variance has
/// the same best exposure at a given place.
/// @param variances  s, > 0.  @param counting  c, >= 0.  @param overhead_s  moving and settling.
[[nodiscard]] double best_exposure(const Parameter& exposure,
                                   const Eigen::Ref<const Eigen::VectorXd>& variances,
                                   const Eigen::Ref<const Eigen::VectorXd>& counting,
                                   double overhead_s);

/// How long to count at points of a space, for what an objective asks. Refers to what it is made
/// of.
class ExposureChoice {
 public:
  ExposureChoice(const SearchSpace& space, const Objective& objective, const ModelMap& models,
                 const ProposeState& state, double overhead_s);  // [s], besides moving and counting

  /// Whether there is an exposure to choose, and an observable to choose it for.
  [[nodiscard]] bool possible() const { return exposure_ >= 0 && !models_.empty(); }
  /// Position of the exposure among the parameters.
  [[nodiscard]] Eigen::Index parameter() const { return exposure_; }
  /// The best for what is typically unknown at points x (d x n), from where the instrument is.
  [[nodiscard]] double at(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

 private:
  const SearchSpace& space_;
  const ProposeState& state_;
  double overhead_s_;  // Besides moving and counting.
  Eigen::Index exposure_ = -1;
  std::vector<const surrogate::Model*> models_;
  std::vector<double> counting_;
};

}  // namespace foray::optimizer
