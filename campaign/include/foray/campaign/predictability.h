#pragma once

#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"
#include "foray/surrogate/calibration.h"

namespace foray::campaign {

/// How well the surrogate of an observable predicts each result from all others.
struct Predictability {
  std::string observable;
  /// On the scale that the surrogate learns; bounds among the results are left out.
  surrogate::Calibration calibration;
};

/// Of every observable that has a surrogate of its own, which can tell, and at least three results
/// that are no bounds. The
/// hyperparameters have seen the result that is left out: with few results the figures flatter.
/// @param models  the surrogates of all results.
[[nodiscard]] std::vector<Predictability> predictability(const CampaignView& view,
                                                         const Models& models);

}  // namespace foray::campaign
