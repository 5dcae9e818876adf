#pragma once

#include <Eigen/Core>

#include "foray/campaign/campaign_view.h"
#include "foray/optimizer/propose.h"
#include "foray/optimizer/search_space.h"

namespace foray::campaign {

// Where the instrument is, or will be after the measurements in flight; empty before the first.
Eigen::VectorXd last_place(const CampaignView& view);

// What the optimizer is told besides the surrogates: what was measured, is in flight and failed,
// and what noise to expect.
optimizer::ProposeState propose_state(const CampaignView& view,
                                      const optimizer::SearchSpace& space);

}  // namespace foray::campaign
