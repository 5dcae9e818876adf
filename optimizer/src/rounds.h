#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "composite.h"
#include "foray/common/random.h"
#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// A point and what the acquisition function is there.
struct Place {
  Eigen::VectorXd unit;
  double value = 0;
};

/// Searches around some places without gradients: in each round, which is one evaluation of many
/// points, a box around each is filled evenly, the best point of it is the next middle, and the box
/// shrinks unless that lies near its side. Improves the proposal's unit and value, counts its
/// evaluations and says whether `options.expired` ended it.
/// @param may_be  whether a point, on the steps, may be proposed.
void search_in_rounds(const SearchSpace& space, const Composite& composite,
                      const std::function<bool(const Eigen::VectorXd&)>& may_be,
                      const ProposeOptions& options, std::vector<Place> places, Rng& rng,
                      Proposal& proposal);

}  // namespace foray::optimizer
