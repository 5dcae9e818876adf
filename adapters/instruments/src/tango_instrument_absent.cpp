#include <stdexcept>

#include "foray/instruments/tango_instrument.h"

// The build without the Tango library: the instrument exists, cannot be made, and says so.

namespace foray::instruments {

struct TangoInstrument::Impl {};

bool TangoInstrument::available() { return false; }

TangoInstrument::TangoInstrument(codec::TangoInstrumentSpec spec) {
  throw std::invalid_argument("tango instrument " + spec.device +
                              ": this build lacks Tango; build with -DFORAY_TANGO=ON and "
                              "libtango-dev");
}

TangoInstrument::~TangoInstrument() = default;
std::string TangoInstrument::description() const { return ""; }
void TangoInstrument::submit(const campaign::MeasureRequest& /*request*/) {}
std::optional<campaign::MeasureResult> TangoInstrument::poll(
    std::chrono::milliseconds /*timeout*/) {
  return std::nullopt;
}
campaign::RequestState TangoInstrument::outcome(campaign::MeasurementId /*id*/) {
  return campaign::RequestState::kUnknown;
}
void TangoInstrument::abort() {}

}  // namespace foray::instruments
