#pragma once

// Private to the adapters and the program: requests to instruments and their results as JSON.

#include <string>

#include "foray/campaign/instrument.h"
#include "foray/codec/json.h"

namespace foray::codec {

/// Limits for a text that may hold a detector image.
inline constexpr JsonLimits kMeasurementLimits{
    .bytes = 256U << 20U, .depth = 16, .values = 64'000'000};

/// `{"id": 3, "names": ["x"], "position": [1.5], "exposure_s": 1}`
Json json_from_request(const campaign::MeasureRequest& request);

/// @throws CodecError naming the path, what was expected and what came.
campaign::MeasureRequest request_from_json(const Json& value, const std::string& path = "");

/// `{"id": 3, "fault": "none", "message": "", "read_back": [1.5], "motion_s": 0.5, "exposure_s": 1,
/// "measurement": {"values": [{"name": "f", "value": 2, "variance": 0.1}]}}`; a frame is
/// `{"frame": {"shape": [slow, fast], "counts": [...], "mask": [[first, count, value], ...],
/// ...}}`.
///
/// A number that is not finite is written as null in counts and refused elsewhere.
Json json_from_result(const campaign::MeasureResult& result);

/// @throws CodecError naming the path, what was expected and what came.
campaign::MeasureResult result_from_json(const Json& value, const std::string& path = "");

/// "done", "not_started" or "unknown".
std::string request_state_name(campaign::RequestState state);
campaign::RequestState request_state_from_json(const Json& value, const std::string& path = "");

}  // namespace foray::codec
