#pragma once

#include <optional>

#include "foray/campaign/campaign_view.h"

namespace foray::campaign {

// Where a transition is, as far as all results tell; nothing where they show none, or the campaign
// watches none. A function of the view alone.
std::optional<TransitionFound> find_transition(const CampaignView& view);

// Whether the two say the same of where it is and in what it shows.
bool same_place(const TransitionFound& a, const TransitionFound& b);

// The range to which a rule narrows the axis that is watched: its width about the transition,
// within the range in force. Nothing where none of it can be measured.
std::optional<Interval> narrowed(const CampaignView& view, const ReactRule& rule,
                                 const TransitionFound& transition);

// Where to measure next as a rule that has come to hold asks for more about the transition: in the
// widest gap in which it may be (physical, one value a parameter); nothing where it is known well
// enough or enough was measured.
std::optional<Eigen::VectorXd> denser_place(const CampaignView& view,
                                            const optimizer::SearchSpace& space);

// What chose such a place.
inline constexpr const char* kDensified = "transition";

}  // namespace foray::campaign
