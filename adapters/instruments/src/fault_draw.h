#pragma once

#include <cstdint>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"

namespace foray::instruments {

// The faults that one measurement has: a function of (seed, id).
struct FaultDraw {
  bool refused = false;
  bool lost = false;
  bool late = false;
  bool beam_off = false;
  bool saturated = false;
  bool wrong = false;
  bool not_finite = false;
};

FaultDraw draw_faults(const codec::FaultSpec& faults, std::uint64_t seed,
                      campaign::MeasurementId id);

// Turns a good result into what the faults make of it.
void apply_faults(const FaultDraw& draw, campaign::MeasureResult& result);

}  // namespace foray::instruments
