#include "foray/instruments/tango_instrument.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "deadline_worker.h"
#include "foray/common/check.h"
#include "tango_devices.h"

namespace foray::instruments {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using campaign::RequestState;

namespace {

// Results kept for outcome(); frames are large, and a campaign asks for its latest only.
constexpr std::size_t kMostKept = 4;

// Why a request must not be carried out; "" when nothing speaks against it.
std::string objection(const codec::TangoInstrumentSpec& spec, const MeasureRequest& request) {
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    const std::string& name = request.names[i];
    const double value = request.position[static_cast<Eigen::Index>(i)];
    if (std::find(request.measured.begin(), request.measured.end(), name) !=
        request.measured.end()) {
      continue;  // It is not set.
    }
    if (!std::isfinite(value)) {
      return name + ": expected a finite number, got " + std::to_string(value);
    }
    const auto limit = spec.limits.find(name);
    if (limit != spec.limits.end() &&
        (value < limit->second.first || value > limit->second.second)) {
      return name + ": expected a value within its limits [" + std::to_string(limit->second.first) +
             ", " + std::to_string(limit->second.second) + "], got " + std::to_string(value);
    }
  }
  return "";
}

}  // namespace

struct TangoInstrument::Impl {
  explicit Impl(codec::TangoInstrumentSpec the_spec)
      : spec(std::move(the_spec)),
        worker([copy = spec] { return make_tango_devices(copy); },
               std::chrono::duration<double>(spec.deadline_s)) {}

  codec::TangoInstrumentSpec spec;
  std::deque<MeasureResult> ready;  // refused at once, or asked for again
  std::deque<MeasureResult> kept;   // delivered lately
  DeadlineWorker worker;
};

bool TangoInstrument::available() { return true; }

TangoInstrument::TangoInstrument(codec::TangoInstrumentSpec spec) {
  require(!spec.device.empty(), "tango instrument: expected a device, got none");
  require(!spec.parameters.empty(), "tango instrument: expected parameters, got none");
  require(spec.observables.empty() != spec.image.empty(),
          "tango instrument: expected either observables or an image");
  require_in_range("tango instrument: deadline_s", spec.deadline_s, 1e-3, 1e6);
  require_in_range("tango instrument: call_timeout_s", spec.call_timeout_s, 1e-3, 1e6);
  impl_ = std::make_unique<Impl>(std::move(spec));
}

TangoInstrument::~TangoInstrument() = default;

std::string TangoInstrument::description() const { return "tango " + impl_->spec.device; }

void TangoInstrument::submit(const MeasureRequest& request) {
  const std::string problem = objection(impl_->spec, request);
  if (problem.empty()) {
    impl_->worker.submit(request);
    return;
  }
  MeasureResult refusal;
  refusal.id = request.id;
  refusal.fault = FaultKind::kRefused;
  refusal.message = problem;
  impl_->ready.push_back(std::move(refusal));
}

std::optional<MeasureResult> TangoInstrument::poll(std::chrono::milliseconds timeout) {
  std::optional<MeasureResult> result;
  if (!impl_->ready.empty()) {
    result = std::move(impl_->ready.front());
    impl_->ready.pop_front();
    return result;
  }
  result = impl_->worker.poll(timeout);
  if (result && result->measurement) {
    impl_->kept.push_back(*result);
    if (impl_->kept.size() > kMostKept) {
      impl_->kept.pop_front();
    }
  }
  return result;
}

RequestState TangoInstrument::outcome(MeasurementId id) {
  if (impl_->worker.waits_for(id)) {
    return RequestState::kDone;  // accepted and on its way: poll() delivers it
  }
  for (const MeasureResult& result : impl_->kept) {
    if (result.id == id) {
      impl_->ready.push_back(result);
      return RequestState::kDone;
    }
  }
  return RequestState::kUnknown;
}

void TangoInstrument::abort() {
  impl_->ready.clear();
  impl_->worker.abort();
}

}  // namespace foray::instruments
