#include "foray/instruments/instrument_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "foray/codec/measure_json.h"
#include "line_channel.h"

namespace foray::instruments {
namespace {

using std::chrono::milliseconds;

std::string written(const SocketAddress& address) {
  return address.path.empty() ? "tcp:" + address.host + ":" + std::to_string(address.port)
                              : "unix:" + address.path;
}

std::string error_line(const std::string& message) {
  return codec::write_json({{"say", "error"}, {"message", message}});
}

// Does what a line asks for; the line to answer with, "" for none.
std::string obey(campaign::Instrument& instrument, const std::string& line) {
  try {
    const codec::Json value = codec::parse_json(line);
    const std::string what = codec::text_of(codec::member(value, "do", ""), "/do");
    if (what == "submit") {
      instrument.submit(codec::request_from_json(codec::member(value, "request", ""), "/request"));
      return "";
    }
    if (what == "outcome") {
      const auto id = codec::integer_of(codec::member(value, "id", ""), "/id");
      return codec::write_json({{"say", "outcome"},
                                {"id", id},
                                {"state", codec::request_state_name(instrument.outcome(id))}});
    }
    if (what == "abort") {
      instrument.abort();
      return codec::write_json({{"say", "aborted"}});
    }
    return error_line("/do: expected submit, outcome or abort, got " + what);
  } catch (const codec::CodecError& error) {
    return error_line(error.what());
  }
}

std::string result_line(const campaign::MeasureResult& result) {
  return codec::write_json({{"say", "result"}, {"result", codec::json_from_result(result)}});
}

// Answers what was asked and passes results on; false when the client is gone.
bool serve_once(campaign::Instrument& instrument, LineChannel& channel) {
  std::vector<std::string> lines;
  const bool open = channel.receive(lines);
  for (const std::string& line : lines) {
    const std::string answer = obey(instrument, line);
    if (!answer.empty() && !channel.send(answer)) {
      return false;
    }
  }
  return open;
}

// Passes one result on when there is one; false when the client is gone.
bool pass_result(campaign::Instrument& instrument, LineChannel* channel) {
  if (const auto result = instrument.poll(milliseconds(0))) {
    return channel == nullptr || channel->send(result_line(*result));
  }
  return true;
}

void serve_parent(campaign::Instrument& instrument, const InstrumentServerOptions& options) {
  LineChannel channel(STDIN_FILENO, STDOUT_FILENO);
  while (!(options.stop && options.stop())) {
    wait_readable({STDIN_FILENO}, milliseconds(5));
    if (!serve_once(instrument, channel) || !pass_result(instrument, &channel)) {
      return;
    }
  }
}

}  // namespace

void serve_instrument(campaign::Instrument& instrument, const InstrumentServerOptions& options) {
  if (options.address == "stdio") {
    serve_parent(instrument, options);
    return;
  }
  SocketAddress address = parse_address(options.address);
  const Descriptor listener = listen_at(address);
  if (options.on_ready) {
    options.on_ready(written(address));
  }
  Descriptor client;
  std::optional<LineChannel> channel;
  while (!(options.stop && options.stop())) {
    std::vector<int> readable = {listener.get()};
    if (client.open()) {
      readable.push_back(client.get());
    }
    wait_readable(readable, milliseconds(5));
    Descriptor next(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (next.open()) {
      client = std::move(next);
      channel.emplace(client.get(), client.get());
    }
    const bool there = channel && serve_once(instrument, *channel);
    const bool passed = pass_result(instrument, there ? &*channel : nullptr);
    if (channel && !(there && passed)) {
      channel.reset();
      client.reset();
    }
  }
}

}  // namespace foray::instruments
