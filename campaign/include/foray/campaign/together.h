#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/optimizer/search_space.h"
#include "foray/surrogate/model.h"
#include "foray/surrogate/output_model.h"

namespace foray::campaign {

/// The group that an observable is learned in; null: it is learned by itself.
[[nodiscard]] const OutputGroup* group_of(const CampaignSpec& spec, const std::string& observable);

/// Places of a group's observables in the spec.
[[nodiscard]] std::vector<std::size_t> members_of(const CampaignSpec& spec,
                                                  const OutputGroup& group);

/// What the one surrogate of a group learns from.
/// @param members  the points of each lesson(...), in the group's order.
[[nodiscard]] surrogate::Stacked lesson_together(
    const CampaignSpec& spec, const OutputGroup& group, const optimizer::SearchSpace& space,
    const std::vector<surrogate::Observations>& members);

/// The surrogates of a group's observables, in its order, that a model of `stacked.points` makes;
/// null for those of which nothing is known.
[[nodiscard]] std::vector<std::unique_ptr<surrogate::Model>> complete_together(
    const std::shared_ptr<const surrogate::Model>& joint, const surrogate::Stacked& stacked,
    const CampaignSpec& spec, const OutputGroup& group, const optimizer::SearchSpace& space,
    const std::vector<surrogate::Observations>& members);

/// Refuses a group that cannot be learned together.
/// @throws std::invalid_argument naming the field: fewer than two observables, one that does not
///         exist, is in two groups, is given others or has a kernel or mean that only it could
///         have; a rank or coordinates that do not fit.
void validate_together(const CampaignSpec& spec, const OutputGroup& group);

}  // namespace foray::campaign
