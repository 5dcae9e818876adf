#pragma once

#include <memory>

#include "deadline_worker.h"
#include "foray/codec/instrument_spec.h"

namespace foray::instruments {

// The calls to the devices of a specification, made by one thread; any of them may hang.
std::unique_ptr<SlowWork> make_tango_devices(const codec::TangoInstrumentSpec& spec);

}  // namespace foray::instruments
