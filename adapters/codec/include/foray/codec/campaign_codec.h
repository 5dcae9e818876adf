#pragma once

#include <string>
#include <string_view>

#include "foray/campaign/spec.h"
#include "foray/codec/codec_error.h"
#include "foray/codec/instrument_spec.h"

namespace foray::codec {

/// A campaign file: what is asked, and what carries it out.
struct CampaignFile {
  campaign::CampaignSpec campaign;
  InstrumentSpec instrument;
  ScorerSpec scorer;
};

/// Reads a campaign file.
///
/// First against the published JSON Schema, then for sense: names used once, ranges that go up,
/// objectives and rules whose observables and parameters exist.
///
/// @throws CodecError with every problem found, one line each:
///         `/parameters/0/range: expected two increasing numbers, got [20,0]`,
///         `/objektive: unknown key; did you mean "objective"?`.
CampaignFile read_campaign(std::string_view text);

/// Writes a campaign file that reads back as the same campaign; defaults are written out.
/// @throws CodecError naming a number that is not finite or a string that is not UTF-8.
std::string write_campaign(const CampaignFile& file);

/// The JSON Schema (draft-07) of a campaign file, as text.
std::string_view campaign_schema();

/// Reads an objective by itself: `{"kind": "maximise", "observable": "grain_size"}`. Whether its
/// observables exist is for the campaign to say (campaign::validate_objective).
/// @throws CodecError as read_campaign.
optimizer::Objective read_objective(std::string_view text);

/// Writes an objective that reads back as the same objective.
std::string write_objective(const optimizer::Objective& objective);

}  // namespace foray::codec
