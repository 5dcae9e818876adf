#pragma once

#include <array>

#include "foray/optimizer/hypervolume.h"
#include "terms.h"

namespace foray::optimizer {

/// ln of the expected hypervolume improvement of two observables, each taken as independent of the
/// other.
class TradeOffTerm final : public Term {
 public:
  /// @param signs  1 where larger is better, -1 where smaller.
  TradeOffTerm(std::array<std::size_t, 2> models, std::array<double, 2> signs,
               HypervolumeImprovement improvement)
      : models_(models), signs_(signs), improvement_(std::move(improvement)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::array<std::size_t, 2> models_;
  std::array<double, 2> signs_;
  HypervolumeImprovement improvement_;
};

}  // namespace foray::optimizer
