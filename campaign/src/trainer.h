#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "foray/campaign/campaign_view.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::campaign {

// Fewer results say nothing about lengthscales: no surrogate is trained, and nothing is known to be
// safe.
inline constexpr std::int64_t kFirstTraining = 3;

// Whether the surrogates are to be trained now: a function of the journal alone.
bool needs_training(const CampaignView& view);

// Trains the surrogate of every observable that has data. Depends on the journal and, through
// `expired`, on the clock; what came out is journaled and never computed again.
Trained train(const CampaignView& view, const std::shared_ptr<const optimizer::SearchSpace>& space,
              const surrogate::ModelFitter& fitter, const std::function<bool()>& expired);

}  // namespace foray::campaign
