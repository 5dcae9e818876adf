#pragma once

#include <string>
#include <vector>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/json.h"

namespace foray::codec {

// What a schema cannot say: names used once, ranges that go up, names that exist. `value` is the
// document, for the messages; one line each problem.
std::vector<std::string> check_spec(const campaign::CampaignSpec& spec, const Json& value,
                                    const std::string& path);

// Parameters that the instrument's settings name must exist.
std::vector<std::string> check_instrument(const CampaignFile& file, const std::string& path);

}  // namespace foray::codec
