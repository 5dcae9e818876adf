#pragma once

#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/surrogate/model_fitter.h"
#include "run_folder.h"

namespace foray::app {

/// summary.json of a run.
std::string summary_json(const campaign::CampaignView& view);

/// report.html of a run: one page without scripts or anything from elsewhere, with the maps, the
/// curves, the classes found, sample frames and every setting.
std::string report_html(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                        const RunFolder& folder);

/// Writes both files of a run folder.
/// @throws std::runtime_error naming the file that could not be written.
void write_report(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter,
                  const RunFolder& folder);

/// The page around some HTML sections: head, style, heading.
std::string html_page(const std::string& title, const std::string& body);

/// A table: a row of headings and rows of cells, all text escaped.
std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<std::string>>& rows);

/// Colour of the k-th class or line, distinguishable with colour-blind eyes (Okabe and Ito, 2008).
Rgb class_colour(std::size_t k);

}  // namespace foray::app
