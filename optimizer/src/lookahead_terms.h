#pragma once

#include <memory>

#include "terms.h"

namespace foray::optimizer {

/// ln of the knowledge gradient: by how much the best posterior mean, over given points and the
/// next one, is expected to rise when the next one is measured. Scott, Frazier, Powell (2011),
/// doi:10.1137/100801275, eq. 4.11 (KGCP).
class GainTerm final : public Term {
 public:
  /// @param points  d x m, m >= 1.  @param noise  variance of the next measurement, >= 0.
  GainTerm(std::size_t index, const surrogate::Model& model, const Eigen::MatrixXd& points,
           double noise, bool maximise);
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t index_;
  std::unique_ptr<surrogate::CovarianceTo> covariance_;
  double sign_;
  Eigen::VectorXd intercepts_;  // Means at the points, sign taken in, and room for the next one.
  double noise_;
};

}  // namespace foray::optimizer
