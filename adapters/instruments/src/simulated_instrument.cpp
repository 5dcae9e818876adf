#include "foray/instruments/simulated_instrument.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "fault_draw.h"
#include "foray/common/check.h"
#include "request_log.h"

namespace foray::instruments {
namespace {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using campaign::RequestState;

double value_or(const std::map<std::string, double>& values, const std::string& name,
                double fallback) {
  const auto found = values.find(name);
  return found == values.end() ? fallback : found->second;
}

// Seconds of moving and settling: the slowest axis, then settling when any moved.
// That the way of measuring takes besides the exposure.
double way_seconds(const codec::SimulationSpec& spec, const MeasureRequest& request) {
  double seconds = 0;
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    const auto known = spec.way_s.find(request.names[i]);
    if (known == spec.way_s.end()) continue;
    const auto found = known->second.find(request.position(static_cast<Eigen::Index>(i)));
    if (found != known->second.end()) seconds += found->second;
  }
  return seconds;
}

double motion_seconds(const codec::SimulationSpec& spec, const MeasureRequest* from,
                      const MeasureRequest& to) {
  if (from == nullptr || from->names != to.names) {
    return 0;  // where it stood is not known
  }
  double slowest = 0;
  bool moved = false;
  for (std::size_t i = 0; i < to.names.size(); ++i) {
    const auto index = static_cast<Eigen::Index>(i);
    const double distance = std::abs(to.position[index] - from->position[index]);
    const double speed = value_or(spec.speed, to.names[i], 0);
    moved = moved || (distance > 0 && speed > 0);
    slowest = std::max(slowest, speed > 0 ? distance / speed : 0);
  }
  return slowest + (moved ? spec.settle_s : 0);
}

// A table may hold NaN where nothing could be measured.
void refuse_values_that_are_not_finite(MeasureResult& result) {
  const auto* values = std::get_if<scattering::Values>(&*result.measurement);
  if (values == nullptr) {
    return;
  }
  for (const scattering::NamedValue& item : *values) {
    if (!std::isfinite(item.value) || !std::isfinite(item.variance)) {
      result.fault = FaultKind::kNotFinite;
      result.message = item.name + ": expected a number, got " + std::to_string(item.value) +
                       " with variance " + std::to_string(item.variance);
      result.measurement.reset();
      return;
    }
  }
}

// What a request came to: faults of the motors and of the beam included.
struct Exposed {
  Eigen::VectorXd read_back;  // where the motors say that they are
  Eigen::VectorXd position;   // where the sample stood
  FaultDraw faults;
};

Exposed exposed(const codec::SimulationSpec& spec, const LoggedRequest& entry) {
  const codec::FaultSpec& faults = spec.faults;
  const MeasureRequest& request = entry.request;
  Exposed result{request.position, request.position, draw_faults(faults, spec.seed, request.id)};
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    const auto index = static_cast<Eigen::Index>(i);
    result.read_back[index] += value_or(faults.read_back_offset, request.names[i], 0);
    result.position[index] =
        result.read_back[index] +
        value_or(faults.drift_per_hour, request.names[i], 0) * entry.start_s / 3600;
  }
  const bool in_gap =
      entry.start_s >= faults.beam_off_from_s && entry.start_s < faults.beam_off_until_s;
  result.faults.beam_off = result.faults.beam_off || in_gap;
  return result;
}

// A request that was accepted and whose answer has not been given yet.
struct Pending {
  LoggedRequest entry;
  double due_s = 0;
  FaultDraw faults;
};

}  // namespace

struct SimulatedInstrument::Impl {
  Impl(std::unique_ptr<MeasurementSource> the_source, codec::SimulationSpec the_spec,
       SimulatedClock* the_clock)
      : source(std::move(the_source)),
        spec(std::move(the_spec)),
        clock(the_clock),
        log(spec.log_file) {
    if (const LoggedRequest* last = log.last()) {
      elapsed = last->due_s;  // its clock goes on where it was
      busy_until = last->due_s;
      kept_its_place = true;
    }
    origin = clock != nullptr ? clock->steady() : 0;
    started = std::chrono::steady_clock::now();
    base = elapsed;
  }

  // Seconds on the instrument's own clock.
  [[nodiscard]] double now() const {
    if (spec.time == codec::InstrumentTime::kReal) {
      const std::chrono::duration<double> real = std::chrono::steady_clock::now() - started;
      return base + real.count() / spec.time_scale;
    }
    return clock != nullptr ? base + clock->steady() - origin : elapsed;
  }

  void accept(const MeasureRequest& request);
  MeasureResult measure(const Pending& pending) const;
  // Lets time pass until `due` or for the timeout; whether `due` was reached.
  bool wait_until(double due, std::chrono::milliseconds timeout);
  void pass(std::chrono::milliseconds timeout) const;

  std::unique_ptr<MeasurementSource> source;
  codec::SimulationSpec spec;
  SimulatedClock* clock;
  RequestLog log;
  std::vector<Pending> pending;
  std::vector<MeasureResult> immediate;  // refusals: nothing was done
  double elapsed = 0;                    // simulated time without a clock [s]
  double base = 0;
  double origin = 0;
  double busy_until = 0;
  bool kept_its_place = false;
  std::chrono::steady_clock::time_point started;
};

void SimulatedInstrument::Impl::accept(const MeasureRequest& request) {
  Pending item;
  item.faults = draw_faults(spec.faults, spec.seed, request.id);
  if (item.faults.refused) {
    MeasureResult refusal;
    refusal.id = request.id;
    refusal.fault = FaultKind::kRefused;
    refusal.message = "simulated fault: the request was refused";
    immediate.push_back(std::move(refusal));
    return;
  }
  const LoggedRequest* last = log.last();
  item.entry.request = request;
  item.entry.start_s = std::max(now(), busy_until);
  item.entry.motion_s = motion_seconds(spec, last != nullptr ? &last->request : nullptr, request);
  const double end =
      item.entry.start_s + item.entry.motion_s + request.exposure_s + way_seconds(spec, request);
  item.entry.due_s = end;
  busy_until = end;
  item.due_s = end + spec.latency_s + (item.faults.late ? spec.faults.late_s : 0);
  log.started(item.entry);
  pending.push_back(std::move(item));
}

MeasureResult SimulatedInstrument::Impl::measure(const Pending& item) const {
  const MeasureRequest& request = item.entry.request;
  Exposed here = exposed(spec, item.entry);
  MeasureResult result;
  result.id = request.id;
  result.motion_s = item.entry.motion_s;
  result.exposure_s = request.exposure_s + way_seconds(spec, request);
  result.read_back = std::move(here.read_back);
  SourceRequest asked{request.id,         request.names, std::move(here.position),
                      request.exposure_s, spec.seed,     !here.faults.beam_off};
  asked.time_s = item.entry.start_s + item.entry.motion_s;
  for (const LoggedRequest* entry : log.before(item.entry.start_s)) {
    Exposed before = exposed(spec, *entry);
    if (before.faults.beam_off) continue;  // no dose without beam
    asked.earlier.push_back(
        {entry->request.names, std::move(before.position), entry->request.exposure_s});
  }
  try {
    SourceReading reading = source->read(asked);
    result.measurement = std::move(reading.measurement);
    if (reading.position.size() == result.read_back.size()) {
      result.read_back = std::move(reading.position);
    }
    apply_faults(here.faults, result);
    if (result.measurement) {
      refuse_values_that_are_not_finite(result);
    }
  } catch (const std::invalid_argument& error) {
    result.fault = FaultKind::kRefused;
    result.message = error.what();
  } catch (const std::runtime_error& error) {
    result.fault = FaultKind::kMalformed;
    result.message = error.what();
  }
  return result;
}

void SimulatedInstrument::Impl::pass(std::chrono::milliseconds timeout) const {
  if (spec.time == codec::InstrumentTime::kSimulated && clock != nullptr) {
    clock->advance(std::chrono::duration<double>(timeout).count());
  } else {
    std::this_thread::sleep_for(timeout);
  }
}

bool SimulatedInstrument::Impl::wait_until(double due, std::chrono::milliseconds timeout) {
  const double wait = due - now();
  const double patience = std::chrono::duration<double>(timeout).count();
  if (spec.time == codec::InstrumentTime::kReal) {
    const double real = wait * spec.time_scale;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::clamp(real, 0.0, patience)));
    return real <= patience;
  }
  if (clock == nullptr) {
    elapsed = std::max(elapsed, due);
    return true;
  }
  clock->advance(std::clamp(wait, 0.0, patience));
  return wait <= patience;
}

SimulatedInstrument::SimulatedInstrument(std::unique_ptr<MeasurementSource> source,
                                         codec::SimulationSpec spec, SimulatedClock* clock) {
  validate(spec);
  impl_ = std::make_unique<Impl>(std::move(source), std::move(spec), clock);
}

SimulatedInstrument::~SimulatedInstrument() = default;

std::string SimulatedInstrument::description() const { return impl_->source->description(); }

bool SimulatedInstrument::kept_its_place() const { return impl_->kept_its_place; }

void SimulatedInstrument::submit(const MeasureRequest& request) {
  const auto same = [&](const Pending& item) { return item.entry.request.id == request.id; };
  if (std::any_of(impl_->pending.begin(), impl_->pending.end(), same)) {
    return;  // it is on its way
  }
  const LoggedRequest* before = impl_->log.find(request.id);
  if (before != nullptr && before->done) {
    outcome(request.id);  // delivers again what was measured
    return;
  }
  impl_->accept(request);
}

std::optional<MeasureResult> SimulatedInstrument::poll(std::chrono::milliseconds timeout) {
  Impl& self = *impl_;
  if (!self.immediate.empty()) {
    MeasureResult result = std::move(self.immediate.front());
    self.immediate.erase(self.immediate.begin());
    return result;
  }
  const double give_up = self.now() + std::chrono::duration<double>(timeout).count();
  while (!self.pending.empty()) {
    const auto next =
        std::min_element(self.pending.begin(), self.pending.end(),
                         [](const Pending& a, const Pending& b) { return a.due_s < b.due_s; });
    if (!self.wait_until(next->due_s, timeout)) {
      return std::nullopt;
    }
    const Pending item = std::move(*next);
    self.pending.erase(next);
    self.log.done(item.entry.request.id);
    if (!item.faults.lost) {
      return self.measure(item);
    }
    // Measured, and the answer is lost: only outcome() will tell.
    if (self.now() >= give_up) {
      return std::nullopt;
    }
  }
  self.pass(timeout);
  return std::nullopt;
}

RequestState SimulatedInstrument::outcome(MeasurementId id) {
  for (const Pending& item : impl_->pending) {
    if (item.entry.request.id == id) {
      return RequestState::kDone;  // accepted and on its way: poll() delivers it
    }
  }
  const LoggedRequest* entry = impl_->log.find(id);
  if (entry == nullptr) {
    return RequestState::kNotStarted;
  }
  if (!entry->done) {
    return RequestState::kUnknown;  // begun by an instrument that ended before it was finished
  }
  Pending again;
  again.entry = *entry;
  again.due_s = impl_->now();
  again.faults = draw_faults(impl_->spec.faults, impl_->spec.seed, id);
  again.faults.lost = false;
  impl_->pending.push_back(std::move(again));
  return RequestState::kDone;
}

void SimulatedInstrument::abort() {
  for (const Pending& item : impl_->pending) {
    const LoggedRequest* entry = impl_->log.find(item.entry.request.id);
    if (entry != nullptr && !entry->done) {
      impl_->log.forget(item.entry.request.id);
    }
  }
  impl_->pending.clear();
  impl_->immediate.clear();
  impl_->busy_until = impl_->now();
}

void validate(const codec::SimulationSpec& spec) {
  const codec::FaultSpec& faults = spec.faults;
  const std::pair<const char*, double> chances[] = {
      {"late", faults.late},         {"lost", faults.lost},
      {"wrong", faults.wrong},       {"saturated", faults.saturated},
      {"beam_off", faults.beam_off}, {"not_finite", faults.not_finite},
      {"refused", faults.refused}};
  for (const auto& [name, chance] : chances) {
    require_in_range(std::string("faults.") + name, chance, 0, 1);
  }
  constexpr double kLongest = 1e9;
  require_in_range("faults.late_s", faults.late_s, 0, kLongest);
  require_in_range("time_scale", spec.time_scale, 1e-9, kLongest);
  require_in_range("latency_s", spec.latency_s, 0, kLongest);
  require_in_range("settle_s", spec.settle_s, 0, kLongest);
  for (const auto& [name, speed] : spec.speed) {
    require(std::isfinite(speed) && speed > 0,
            "speed." + name + ": expected a number > 0, got " + std::to_string(speed));
  }
}

}  // namespace foray::instruments
