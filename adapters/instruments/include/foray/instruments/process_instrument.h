#pragma once

#include <memory>
#include <string>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"

namespace foray::instruments {

/// An instrument in a process of its own, reached by a Unix or TCP socket or started as a command.
///
/// Protocol: one JSON object a line, UTF-8, either way, `do` from here and `say` from there.
///
///     {"do": "submit", "request": {"id": 3, "names": ["x"], "position": [1.5], "exposure_s": 1}}
///     {"do": "outcome", "id": 3}
///     {"do": "abort"}
///     {"say": "result", "result": {"id": 3, "fault": "none", "read_back": [1.5], ...}}
///     {"say": "outcome", "id": 3, "state": "done"}     or "not_started", "unknown"
///
/// After "done" the result follows (again). A request is idempotent by its id. When the connection
/// is lost it is made again for as long as it takes, and what was sent and not answered is asked
/// for: what is done is delivered, what was never begun is sent again, and what the instrument
/// cannot tell is reported as kDisconnected. A command that ended is started again.
///
/// One thread of its own owns the connection. outcome() waits up to `answer_timeout_s` and then
/// says kUnknown.
class ProcessInstrument final : public campaign::Instrument {
 public:
  /// @throws std::invalid_argument on an address that is not "unix:PATH" or "tcp:HOST:PORT" (HOST a
  ///         number, like 127.0.0.1), naming it.
  explicit ProcessInstrument(codec::ProcessInstrumentSpec spec);
  ~ProcessInstrument() override;
  ProcessInstrument(const ProcessInstrument&) = delete;
  ProcessInstrument& operator=(const ProcessInstrument&) = delete;
  ProcessInstrument(ProcessInstrument&&) = delete;
  ProcessInstrument& operator=(ProcessInstrument&&) = delete;

  [[nodiscard]] std::string description() const override;
  void submit(const campaign::MeasureRequest& request) override;
  std::optional<campaign::MeasureResult> poll(std::chrono::milliseconds timeout) override;
  campaign::RequestState outcome(campaign::MeasurementId id) override;
  void abort() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::instruments
