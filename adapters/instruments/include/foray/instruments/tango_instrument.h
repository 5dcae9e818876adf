#pragma once

#include <memory>
#include <string>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"

namespace foray::instruments {

/// Attributes of Tango devices as an instrument: parameters are written and read back, observables
/// (or a detector image) are read.
///
/// One measurement: the parameters' attributes are written, then it waits while their devices are
/// MOVING, reads them back, writes the exposure, runs the trigger command, waits again, and reads
/// the observables or the image. What lies outside `limits`, or is refused by the device (a value
/// out of the attribute's range, an attribute that does not exist), is kRefused and nothing was
/// measured; a quality of INVALID is kMalformed; ALARM, WARNING and CHANGING are noted in the
/// message of a good result.
///
/// Calls to a device run on a thread of their own and `deadline_s` is kept even when one of them
/// hangs (a frozen server holds a call for 12 s whatever its timeout): the result is kTimeout then,
/// and what still comes is delivered late. While the device cannot be reached the measurement is
/// tried again, ever less often, until its deadline; then it is kDisconnected. A restarted server
/// is found again.
///
/// outcome() knows what this object has measured and says kUnknown otherwise: a device remembers
/// nothing of requests.
class TangoInstrument final : public campaign::Instrument {
 public:
  /// Whether this build has the Tango library.
  static bool available();

  /// Connects when it is first asked to measure.
  /// @throws std::invalid_argument on a field out of range, or when available() is false.
  explicit TangoInstrument(codec::TangoInstrumentSpec spec);
  ~TangoInstrument() override;
  TangoInstrument(const TangoInstrument&) = delete;
  TangoInstrument& operator=(const TangoInstrument&) = delete;
  TangoInstrument(TangoInstrument&&) = delete;
  TangoInstrument& operator=(TangoInstrument&&) = delete;

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
