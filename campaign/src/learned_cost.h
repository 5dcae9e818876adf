#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/optimizer/parameter.h"

namespace foray::campaign {

// A move and what it took, settling included.
struct Move {
  Eigen::VectorXd distance;  // One a parameter, >= 0, some above 0.
  double seconds = 0;
};

// Seconds of a move as SearchSpace::move_seconds has them: those of the slowest parameter, and
// settling.
struct TravelTimes {
  Eigen::VectorXd seconds_per_unit;  // One a parameter, >= 0.
  double settle_s = 0;
};

// The travel times that come nearest to those of the moves, by least squares. Which parameter was
// the slowest in each move is found by turns with how slow they are, from two beginnings: what is
// stated, and the slowest that each can be, for no move takes less than its part of it. The latter
// is kept of a parameter that is never the slowest.
TravelTimes fit_travel(const std::vector<Move>& moves, const TravelTimes& stated);

// What measuring was found to cost, to three digits.
struct LearnedCost {
  TravelTimes travel;
  double overhead_s = 0;  // Of each measurement, besides moving and the exposure asked for.
};

// Nothing before there are two moves more than twice as many as the parameters that move. Moves
// from where the instrument may not have been count for nothing: after a fault, or a restart that
// it may not have kept its place through.
std::optional<LearnedCost> learned_cost(const CampaignView& view);

// The parameters with the speeds and settling that were learned; as they are where nothing was.
std::vector<optimizer::Parameter> with_learned_cost(const CampaignView& view,
                                                    std::vector<optimizer::Parameter> parameters);

}  // namespace foray::campaign
