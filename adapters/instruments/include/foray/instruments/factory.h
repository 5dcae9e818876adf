#pragma once

#include <filesystem>
#include <memory>

#include "foray/campaign/instrument.h"
#include "foray/codec/campaign_codec.h"
#include "foray/instruments/replay_source.h"
#include "foray/instruments/simulated_clock.h"

namespace foray::instruments {

/// What an instrument needs beside its specification.
struct InstrumentContext {
  std::filesystem::path folder = ".";  ///< where relative names of files that it keeps start.
  std::filesystem::path inputs = {};   ///< likewise of files that it reads; empty: the same folder.
  MeasurementReader reader = {};       ///< of frame files, for a replay of frames.
  SimulatedClock* clock = nullptr;     ///< for simulated time; not owned, outlives the instrument.
};

/// Makes the instrument of a campaign file.
///
/// Simulated instruments without speeds of their own move with the campaign's, and settle as its
/// slowest parameter does.
/// @throws std::invalid_argument naming what cannot be had: an unknown sample, a table without a
///         parameter's column, a parameter that a Tango specification does not map, a build without
///         Tango, or a registered instrument, which only the service has.
std::unique_ptr<campaign::Instrument> make_instrument(const codec::CampaignFile& file,
                                                      const InstrumentContext& context = {});

}  // namespace foray::instruments
