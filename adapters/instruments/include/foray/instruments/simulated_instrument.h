#pragma once

#include <memory>
#include <string>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"
#include "foray/instruments/measurement_source.h"
#include "foray/instruments/simulated_clock.h"

namespace foray::instruments {

/// An instrument that measures a source: it moves, settles, exposes and answers, one request after
/// another, with the faults that its specification switches on.
///
/// Noise and faults of a measurement follow from (seed, id) alone, so results do not depend on
/// their order. A request is idempotent by its id: asked again it delivers what was measured. With
/// a log file, outcome() also knows what an instrument before a restart did: what it finished is
/// kDone (and measured again in the same stream gives the same data), what it had begun is
/// kUnknown, anything else kNotStarted.
///
/// Time: with `time` simulated a result is there at once; with a SimulatedClock time moves on to
/// when it would have come, and poll() without a result moves it on by its timeout. With `time`
/// real everything lasts as long as it says, times `time_scale`.
class SimulatedInstrument final : public campaign::Instrument {
 public:
  /// @param clock  moved on by poll(); nullptr: a clock of its own. Not owned, must outlive this.
  /// @throws std::invalid_argument on a field out of range, naming it; std::runtime_error when the
  ///         log file cannot be read or written.
  SimulatedInstrument(std::unique_ptr<MeasurementSource> source, codec::SimulationSpec spec,
                      SimulatedClock* clock = nullptr);
  ~SimulatedInstrument() override;
  SimulatedInstrument(const SimulatedInstrument&) = delete;
  SimulatedInstrument& operator=(const SimulatedInstrument&) = delete;
  SimulatedInstrument(SimulatedInstrument&&) = delete;
  SimulatedInstrument& operator=(SimulatedInstrument&&) = delete;

  [[nodiscard]] std::string description() const override;
  void submit(const campaign::MeasureRequest& request) override;
  std::optional<campaign::MeasureResult> poll(std::chrono::milliseconds timeout) override;
  /// Where its log file was begun by an earlier process.
  [[nodiscard]] bool kept_its_place() const override;
  campaign::RequestState outcome(campaign::MeasurementId id) override;
  void abort() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// @throws std::invalid_argument naming the first field that is out of range.
void validate(const codec::SimulationSpec& spec);

}  // namespace foray::instruments
