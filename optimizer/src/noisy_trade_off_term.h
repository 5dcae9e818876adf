#pragma once

#include <memory>
#include <vector>

#include "fixed_draws.h"
#include "foray/optimizer/hypervolume.h"
#include "terms.h"

namespace foray::optimizer {

/// ln of the hypervolume that a point is expected to add to a front of two objectives or more that
/// is not known exactly: of joint draws of what was measured and of what is in flight each has its
/// front, and given that draw the expectation is exact for independent normal marginals, the sum
/// over the boxes above the front of the products of what is expected to lie in each. Daulton,
/// Balandat, Bakshy (2021), arXiv:2105.08195, who draw what the point brings too.
class NoisyTradeOffTerm final : public Term {
 public:
  /// @param models  positions of the models in what is asked for, one an objective.
  /// @param draws  one an objective, of the same points.  @param counts  which of these may be on
  ///        the front.  @param reference  larger is better, signs taken in.
  NoisyTradeOffTerm(std::vector<std::size_t> models, std::vector<FixedDraws> draws,
                    const std::vector<bool>& counts,
                    const Eigen::Ref<const Eigen::VectorXd>& reference);
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  // The logarithms of all products, draw by draw, and what they are products of: for each objective
  // and draw, one an edge.
  struct Products {
    Eigen::VectorXd logs;
    std::vector<std::vector<std::vector<Scored>>> above;
  };
  [[nodiscard]] Products products(const std::vector<Eigen::VectorXd>& means,
                                  const std::vector<double>& variances) const;

  std::vector<std::size_t> models_;
  std::vector<FixedDraws> draws_;
  std::vector<FrontBoxes> boxes_;  // One a draw.
  Eigen::Index count_ = 0;         // Of all boxes.
};

}  // namespace foray::optimizer
