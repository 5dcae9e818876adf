#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/common/random.h"

namespace foray::bench {

/// A hidden sample of two parameters: four classes with curved boundaries and a property that is
/// smooth where the sample is ordered (classes 1 to 3) and absent elsewhere.
class PhaseMap {
 public:
  static constexpr int kClasses = 4;

  explicit PhaseMap(unsigned seed);

  /// Probabilities of the classes: products of logistic functions of the distances to the
  /// boundaries, of width 0.02 to 0.04 of the unit square.
  [[nodiscard]] Eigen::Vector4d probabilities(const Eigen::Vector2d& x) const;
  [[nodiscard]] int phase(const Eigen::Vector2d& x) const;
  [[nodiscard]] double property(const Eigen::Vector2d& x) const;

 private:
  double width_ = 0;
  Eigen::VectorXd c_;
};

/// How a measurement errs, and in which form class probabilities reach the models.
struct Measuring {
  double logit_noise = 0.1;     ///< standard deviation on the logit scale.
  double property_noise = 0.1;  ///< standard deviation; the property varies by about 5.
  bool logit = true;            ///< logits, clipped smoothly at +-5; else probabilities.
};

/// One measured point: kClasses class values and the property, with variances; absent: NaN.
struct Measured {
  Eigen::VectorXd value;
  Eigen::VectorXd variance;
};
[[nodiscard]] Measured measure(const PhaseMap& map, const Measuring& how, const Eigen::Vector2d& x,
                               Rng& rng);

}  // namespace foray::bench
