#pragma once

#include <Eigen/Core>
#include <optional>

#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// Where a trust region stands after some measurements.
struct TrustState {
  double length = 0;       ///< of a side of the box.
  Eigen::Index since = 0;  ///< the measurements from this one on are those of the present box.
  /// Too few of them: everything is searched.
  bool everywhere = true;
};

/// What measurements, in their order, make of a trust region: as many as make an initial design,
/// 2 d + 2, begin it; from then on each is a success, if it is better than all before it, or a
/// failure. A function of the values alone, so that it is the same after a restart.
/// @param gains  larger is better; NaN: of no use.
[[nodiscard]] TrustState trust_state(const Eigen::Ref<const Eigen::VectorXd>& gains,
                                     const TrustRegion& region, Eigen::Index dimension);

/// The box that a trust region leaves, around the best mean of its measurements.
struct TrustBox {
  Eigen::VectorXd lower, upper;  ///< d each; the whole range of what has levels.
  Eigen::VectorXd centre;
};

/// Nothing where everything is searched: too few measurements, or no model yet.
[[nodiscard]] std::optional<TrustBox> trust_box(const SearchSpace& space,
                                                const Objective& objective, const ModelMap& models,
                                                const TrustRegion& region,
                                                const ProposeState& state);

/// @throws std::invalid_argument naming the first field that is out of range.
void validate(const TrustRegion& region);

}  // namespace foray::optimizer
