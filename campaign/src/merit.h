#pragma once

#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"

namespace foray::campaign {

// A measured observable; null where it is absent, failed or unknown.
const scattering::Observable* present(const CampaignView& view, const MeasurementView& from,
                                      const std::string& name);

// Whether the measured values satisfy learned constraints.
bool satisfies(const CampaignView& view, const MeasurementView& from,
               const std::vector<optimizer::OutcomeConstraint>& constraints);

// What a value is worth to a term that looks for a place; larger is better.
double merit(const optimizer::ObjectiveTerm& term, double value);

}  // namespace foray::campaign
