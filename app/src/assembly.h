#pragma once

#include <filesystem>
#include <memory>

#include "foray/campaign/ports.h"
#include "foray/codec/campaign_codec.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::app {

/// The parts that a campaign file names, built.
struct Assembly {
  std::unique_ptr<campaign::Instrument> instrument;
  std::unique_ptr<scattering::Scorer> scorer;
  std::unique_ptr<surrogate::ModelFitter> fitter;
};

/// Builds the instrument, the scorer and the fitter of a campaign.
///
/// @param folder  where relative paths of the file start, and where an instrument keeps what it
///        must remember.
/// @throws std::invalid_argument naming what cannot be had (a table that is not there, a network
///         that this build lacks).
Assembly assemble(const codec::CampaignFile& file, const std::filesystem::path& folder);

/// The scorer alone: for values, or with a classifier for frames.
std::unique_ptr<scattering::Scorer> make_scorer(const codec::CampaignFile& file);

/// The fitter alone.
std::unique_ptr<surrogate::ModelFitter> make_fitter(const campaign::SurrogateChoice& choice);

}  // namespace foray::app
