#pragma once

#include <string>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/codec/json.h"
#include "foray/service/remote_instrument.h"

namespace foray::service {

// Params of instrument.measure: {"campaign", "measurement", "position": {"x": 1, ...},
// "exposure_s"}.
codec::Json measure_params(const std::string& campaign, const campaign::MeasureRequest& request);

// Schema of what a client answers to instrument.measure.
codec::Json measure_result_schema();

// Schema of what a client answers to instrument.outcome.
codec::Json outcome_result_schema();

// Reads an answer to instrument.measure. What cannot be understood becomes a fault (kMalformed, its
// text kept; kNotFinite for a value that is null), never an exception.
RemoteAnswer read_measure_answer(campaign::MeasurementId id, const codec::Json& result);

// An error answer of the client: the measurement was refused.
RemoteAnswer refused_answer(campaign::MeasurementId id, const codec::Json& error);

// Reads an answer to instrument.outcome; anything not understood is kUnknown. A result that comes
// with "done" is put into `answer`.
campaign::RequestState read_outcome(campaign::MeasurementId id, const codec::Json& result,
                                    std::optional<RemoteAnswer>& answer);

}  // namespace foray::service
