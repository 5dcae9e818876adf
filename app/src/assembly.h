#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "foray/campaign/ports.h"
#include "foray/codec/campaign_codec.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::app {

/// Reads the text of a campaign file and looks for a point that its constraints allow.
/// @param where  the file, for messages.
/// @param begins  whether to look too for values that the instrument does not give: a campaign that
///        has begun goes on without them.
/// @throws std::invalid_argument with every problem, one a line, each beginning with the file.
codec::CampaignFile parse_campaign(const std::string& text, const std::string& where, bool begins);

/// The parts that a campaign file names, built.
struct Assembly {
  std::unique_ptr<campaign::Instrument> instrument;
  std::unique_ptr<scattering::Scorer> scorer;
  std::unique_ptr<surrogate::ModelFitter> fitter;
};

/// Builds the instrument, the scorer and the fitter of a campaign.
///
/// @param folder  where an instrument keeps what it must remember.
/// @param inputs  where relative names of files to read (a table, weights) start; empty: `folder`.
/// @param no_trunk_at  as of make_scorer().
/// @throws std::invalid_argument naming what cannot be had (a table that is not there, a network
///         that this build lacks).
Assembly assemble(const codec::CampaignFile& file, const std::filesystem::path& folder,
                  const std::filesystem::path& inputs = {}, const std::string& no_trunk_at = "");

/// Refuses what only a running service has: an acquisition function that a client computes.
/// @throws std::invalid_argument naming its place in the file `where`.
void require_no_service(const codec::CampaignFile& file, const std::string& where);

/// The scorer alone: for values, or with a classifier for frames.
///
/// @param no_trunk_at  where the file stands, for messages: weights with a network of somebody
///        else's, which is a program, are refused before it is loaded. Empty: they are taken.
/// @throws std::invalid_argument as assemble(), std::runtime_error on damaged weights.
std::unique_ptr<scattering::Scorer> make_scorer(const codec::CampaignFile& file,
                                                const std::filesystem::path& inputs = {},
                                                const std::string& no_trunk_at = "");

/// The fitter alone; what it makes does not depend on the number of threads.
std::unique_ptr<surrogate::ModelFitter> make_fitter(int threads);

}  // namespace foray::app
