#pragma once

#include <functional>
#include <string>

#include "foray/campaign/instrument.h"

namespace foray::instruments {

/// How an instrument is served.
struct InstrumentServerOptions {
  /// "unix:PATH", "tcp:HOST:PORT" (port 0: a free one), or "stdio" for a parent's pipes.
  std::string address = "tcp:127.0.0.1:0";
  std::function<void(const std::string&)> on_ready;  ///< called with the address to connect to.
  std::function<bool()> stop;  ///< asked every few milliseconds; true ends the server.
};

/// Serves an instrument to one client at a time in the protocol of ProcessInstrument; a new client
/// replaces the one before. Results that come while nobody is connected are left to outcome().
/// Returns when `stop` says so or, for "stdio", at the end of the input.
/// @throws std::invalid_argument on a bad address; std::runtime_error when it cannot listen.
void serve_instrument(campaign::Instrument& instrument, const InstrumentServerOptions& options);

}  // namespace foray::instruments
