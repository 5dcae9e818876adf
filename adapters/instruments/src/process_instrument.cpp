#include "foray/instruments/process_instrument.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "child_process.h"
#include "foray/codec/measure_json.h"
#include "foray/common/check.h"
#include "foray/common/mutex.h"
#include "line_channel.h"

namespace foray::instruments {
namespace {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using campaign::RequestState;
using std::chrono::milliseconds;

std::string submit_line(const MeasureRequest& request) {
  return codec::write_json({{"do", "submit"}, {"request", codec::json_from_request(request)}});
}

std::string outcome_line(MeasurementId id) {
  return codec::write_json({{"do", "outcome"}, {"id", id}});
}

// A request that has not been answered.
struct Waiting {
  MeasureRequest request;
  bool known = false;  // false: only its result is waited for (asked for by outcome())
  bool sent = false;   // on this or an earlier connection
  bool asked = false;  // after a reconnection: outcome is asked for
};

}  // namespace

struct ProcessInstrument::Impl {
  explicit Impl(codec::ProcessInstrumentSpec the_spec) : spec(std::move(the_spec)) {
    if (spec.command.empty()) {
      address = parse_address(spec.address);
    }
    require_in_range("process instrument: reconnect_s", spec.reconnect_s, 1e-3, 1e6);
    require_in_range("process instrument: answer_timeout_s", spec.answer_timeout_s, 1e-3, 1e6);
    wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    worker = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      const Lock lock(mutex);
      stopping = true;
    }
    wake_worker();
    changed.notify_all();
    worker.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  Impl(Impl&&) = delete;
  Impl& operator=(Impl&&) = delete;

  void wake_worker() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof(one));
  }

  // The worker's.
  void run();
  void talk(int socket);
  std::vector<std::string> take_outgoing(bool reconnected);
  bool handle(const std::string& line);
  void handle_result(const codec::Json& value, const std::string& line);
  void handle_outcome(MeasurementId id, RequestState state);

  codec::ProcessInstrumentSpec spec;
  SocketAddress address;
  Descriptor wake;
  ChildProcess child;  // the worker's

  Mutex mutex;
  std::condition_variable changed;
  bool stopping FORAY_GUARDED_BY(mutex) = false;
  bool abort_asked FORAY_GUARDED_BY(mutex) = false;
  std::map<MeasurementId, Waiting> waiting FORAY_GUARDED_BY(mutex);
  std::deque<MeasureResult> results FORAY_GUARDED_BY(mutex);
  std::map<MeasurementId, bool> questions
      FORAY_GUARDED_BY(mutex);  // outcome() waits; whether it was sent
  std::map<MeasurementId, RequestState> answers FORAY_GUARDED_BY(mutex);
  std::thread worker;  // last: it uses all of the above
};

void ProcessInstrument::Impl::run() {
  Lock lock(mutex);
  while (!stopping) {
    lock.unlock();
    Descriptor socket = spec.command.empty() ? connect_to(address) : child.start(spec.command);
    if (socket.open()) {
      talk(socket.get());
      socket.reset();
      child.stop();
    }
    lock.lock();
    changed.wait_for(lock.waitable(), std::chrono::duration<double>(spec.reconnect_s),
                     [this]() FORAY_REQUIRES(mutex) { return stopping; });
  }
}

// What is to be sent now. After a reconnection all that was sent before is asked for.
std::vector<std::string> ProcessInstrument::Impl::take_outgoing(bool reconnected) {
  const Lock lock(mutex);
  std::vector<std::string> lines;
  if (abort_asked) {
    lines.push_back(codec::write_json({{"do", "abort"}}));
    abort_asked = false;
  }
  for (auto& [id, item] : waiting) {
    if (!item.sent && item.known) {
      lines.push_back(submit_line(item.request));
      item.sent = true;
    } else if (reconnected) {
      lines.push_back(outcome_line(id));
      item.asked = true;
    }
  }
  for (auto& [id, sent] : questions) {
    if (!sent || reconnected) {
      lines.push_back(outcome_line(id));
      sent = true;
    }
  }
  return lines;
}

void ProcessInstrument::Impl::talk(int socket) {
  LineChannel channel(socket, socket);
  bool reconnected = true;
  while (true) {
    for (const std::string& line : take_outgoing(reconnected)) {
      if (!channel.send(line)) {
        return;
      }
    }
    reconnected = false;
    wait_readable({socket, wake.get()}, milliseconds(1000));
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake.get(), &count, sizeof(count));
    std::vector<std::string> lines;
    const bool open = channel.receive(lines);
    for (const std::string& line : lines) {
      if (!handle(line)) {
        return;
      }
    }
    const Lock lock(mutex);
    if (!open || stopping) {
      return;
    }
  }
}

// False when the other side does not speak the protocol: the connection is given up.
bool ProcessInstrument::Impl::handle(const std::string& line) {
  try {
    const codec::Json value = codec::parse_json(line, codec::kMeasurementLimits);
    const std::string what = codec::text_of(codec::member(value, "say", ""), "/say");
    if (what == "result") {
      handle_result(codec::member(value, "result", ""), line);
    } else if (what == "outcome") {
      handle_outcome(codec::integer_of(codec::member(value, "id", ""), "/id"),
                     codec::request_state_from_json(codec::member(value, "state", ""), "/state"));
    }
    return true;
  } catch (const codec::CodecError&) {
    return false;
  }
}

void ProcessInstrument::Impl::handle_result(const codec::Json& value, const std::string& line) {
  const MeasurementId id = codec::integer_of(codec::member(value, "id", "/result"), "/result/id");
  MeasureResult result;
  try {
    result = codec::result_from_json(value, "/result");
  } catch (const codec::CodecError& error) {
    result = {};
    result.id = id;
    result.fault = FaultKind::kMalformed;
    result.message = std::string(error.what()) + "; the answer was " + line.substr(0, 500);
  }
  const Lock lock(mutex);
  if (waiting.erase(id) > 0) {  // else it was delivered before
    results.push_back(std::move(result));
    changed.notify_all();
  }
}

void ProcessInstrument::Impl::handle_outcome(MeasurementId id, RequestState state) {
  const Lock lock(mutex);
  if (questions.erase(id) > 0) {
    answers[id] = state;
    if (state == RequestState::kDone) {
      waiting.try_emplace(id, Waiting{}).first->second.sent = true;
    }
    changed.notify_all();
  }
  const auto found = waiting.find(id);
  if (found == waiting.end() || !found->second.asked) {
    return;
  }
  found->second.asked = false;
  if (state == RequestState::kNotStarted && found->second.known) {
    found->second.sent = false;  // goes out again with the next lines
    wake_worker();
  } else if (state != RequestState::kDone) {
    MeasureResult result;
    result.id = id;
    result.fault = FaultKind::kDisconnected;
    result.message =
        "the connection to the instrument was lost; it cannot tell whether it had measured";
    waiting.erase(found);
    results.push_back(std::move(result));
    changed.notify_all();
  }
}

ProcessInstrument::ProcessInstrument(codec::ProcessInstrumentSpec spec)
    : impl_(std::make_unique<Impl>(std::move(spec))) {}

ProcessInstrument::~ProcessInstrument() = default;

std::string ProcessInstrument::description() const {
  return "process " +
         (impl_->spec.command.empty() ? impl_->spec.address : impl_->spec.command.front());
}

void ProcessInstrument::submit(const MeasureRequest& request) {
  {
    const Lock lock(impl_->mutex);
    impl_->waiting[request.id] = {request, true, false, false};
  }
  impl_->wake_worker();
}

std::optional<MeasureResult> ProcessInstrument::poll(milliseconds timeout) {
  Lock lock(impl_->mutex);
  impl_->changed.wait_for(lock.waitable(), timeout, [this]() FORAY_REQUIRES(impl_->mutex) {
    return !impl_->results.empty();
  });
  if (impl_->results.empty()) {
    return std::nullopt;
  }
  MeasureResult result = std::move(impl_->results.front());
  impl_->results.pop_front();
  return result;
}

RequestState ProcessInstrument::outcome(MeasurementId id) {
  Lock lock(impl_->mutex);
  for (const MeasureResult& result : impl_->results) {
    if (result.id == id) {
      return RequestState::kDone;  // poll() delivers it
    }
  }
  impl_->answers.erase(id);
  impl_->questions[id] = false;
  impl_->wake_worker();
  impl_->changed.wait_for(
      lock.waitable(), std::chrono::duration<double>(impl_->spec.answer_timeout_s),
      [&]() FORAY_REQUIRES(impl_->mutex) { return impl_->answers.contains(id); });
  impl_->questions.erase(id);
  const auto answer = impl_->answers.find(id);
  return answer == impl_->answers.end() ? RequestState::kUnknown : answer->second;
}

void ProcessInstrument::abort() {
  {
    const Lock lock(impl_->mutex);
    impl_->waiting.clear();
    impl_->results.clear();
    impl_->abort_asked = true;
  }
  impl_->wake_worker();
}

}  // namespace foray::instruments
