#pragma once

#include <string>

#include "foray/campaign/campaign_view.h"

namespace foray::app {

/// Where a transition is, in a line for people: "between 150.1 and 152.4 degC (95 %), a step ...".
std::string transition_text(const campaign::CampaignView& view,
                            const campaign::TransitionFound& found);

/// Why a campaign that looks for a transition had nothing to look in; "" where it had.
std::string transition_trouble(const campaign::CampaignView& view);

/// What a campaign that looks for a transition found, and what its rules did about it; "" for one
/// that neither looks for one nor has a rule that held.
std::string transition_section(const campaign::CampaignView& view);

}  // namespace foray::app
