#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "foray/surrogate/model.h"

namespace foray::surrogate {

/// Further coordinates that other models supply: the logistic function of the posterior mean of
/// each, which for the logit of a class probability is that probability. A quantity that jumps
/// where one class gives way to another is smooth in these and the original coordinates together.
///
/// Immutable. Const methods may be called concurrently.
class Features {
 public:
  /// @param models  one or more over the same d coordinates; shared with whoever else predicts with
  ///                them.
  /// @throws std::invalid_argument on none, a null one or different dimensions.
  explicit Features(std::vector<std::shared_ptr<const Model>> models);

  [[nodiscard]] Eigen::Index dimension() const;  ///< d, of the original points.
  [[nodiscard]] Eigen::Index count() const { return static_cast<Eigen::Index>(models_.size()); }

  /// The points with their features below: (d + count) x n.
  [[nodiscard]] Eigen::MatrixXd extend(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// One extended point and its derivative in the original coordinates, (d + count) x d.
  struct Point {
    Eigen::VectorXd x;
    Eigen::MatrixXd jacobian;
  };
  [[nodiscard]] Point extend_with_gradient(const Eigen::Ref<const Eigen::VectorXd>& x) const;

 private:
  std::vector<std::shared_ptr<const Model>> models_;
};

/// A model of d coordinates made of one over d extended by features.
/// @param inner  over d + features.count() coordinates.
/// @param features  shared by the models that are made of this one.
/// @throws std::invalid_argument when the dimensions do not fit.
[[nodiscard]] std::unique_ptr<Model> extend_model(std::unique_ptr<const Model> inner,
                                                  std::shared_ptr<const Features> features);

}  // namespace foray::surrogate
