#pragma once

#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/comparison.h"
#include "foray/campaign/predictability.h"
#include "foray/surrogate/model_fitter.h"
#include "run_folder.h"

namespace foray::app {

/// How a run did, as far as its surrogates know.
struct Assessment {
  campaign::Comparison comparison;                         ///< with points at random, or even ones.
  std::vector<campaign::Predictability> predictabilities;  ///< of its observables.
};

/// summary.json of a run.
std::string summary_json(const campaign::CampaignView& view, const Assessment& assessment);

/// report.html of a run: one page without scripts or anything from elsewhere, with the maps, the
/// curves, the classes found, sample frames and every setting.
std::string report_html(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                        const Assessment& assessment, const RunFolder& folder);

/// Writes both files of a run folder.
/// @throws std::runtime_error naming the file that could not be written.
void write_report(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                  const RunFolder& folder);

}  // namespace foray::app
