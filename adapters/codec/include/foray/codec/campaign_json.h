#pragma once

// Private to the adapters and the program: the same codecs on parsed JSON.

#include <string>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/json.h"

namespace foray::codec {

/// As read_campaign(); `path` is where the value stands in a larger text ("/params/campaign").
CampaignFile campaign_from_json(const Json& value, const std::string& path = "");

Json json_from_campaign(const CampaignFile& file);

/// Refuses a campaign that is to begin where an observable or a context is made of a named value
/// that its instrument does not give, as far as the instrument's settings say what it gives. No
/// part of reading: what has begun can be gone on with and reported whatever it asks for.
/// @throws CodecError with every such place, below `path`.
void require_given_values(const CampaignFile& file, const std::string& path = "");

/// A campaign without its adapters, for the journal: reads what json_from_spec() wrote.
campaign::CampaignSpec spec_from_json(const Json& value, const std::string& path = "");

/// The members of a campaign file that define the campaign itself.
Json json_from_spec(const campaign::CampaignSpec& spec);

/// As read_objective().
optimizer::Objective objective_from_json(const Json& value, const std::string& path = "");

Json json_from_objective(const optimizer::Objective& objective);

/// As the `acquisition` of a campaign file, without what is of the whole campaign: "batch", "joint"
/// and "learn_cost" are passed over.
optimizer::AcquisitionSpec acquisition_from_json(const Json& value, const std::string& path = "");

/// Refuses these three: for an acquisition function that is set while a campaign runs.
/// @throws CodecError
void require_function_only(const Json& acquisition, const std::string& path);

Json json_from_acquisition(const optimizer::AcquisitionSpec& acquisition);

/// A value of a parameter as people write it: the name of a category, else a number.
double value_from_json(const Json& value, const optimizer::Parameter& parameter,
                       const std::string& path);

Json json_from_value(double value, const optimizer::Parameter& parameter);

/// As the `instrument` of a campaign file.
InstrumentSpec instrument_from_json(const Json& value, const std::string& path = "");

Json json_from_instrument(const InstrumentSpec& instrument);

scattering::Geometry geometry_from_json(const Json& value, const std::string& path = "");

Json json_from_geometry(const scattering::Geometry& geometry);

}  // namespace foray::codec
