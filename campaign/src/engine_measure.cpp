#include <cmath>
#include <utility>

#include "engine.h"
#include "measurement_check.h"

namespace foray::campaign {
// After a restart: what became of the requests that have no result; whether there was anything to
// find out.
bool Campaign::Impl::resolve_doubts() {
  if (!in_doubt_) {
    return false;
  }
  for (const MeasurementId id : view_.in_state(MeasurementState::kRequested)) {
    RequestState outcome = RequestState::kUnknown;
    try {
      outcome = ports_.instrument.outcome(id);
    } catch (const std::exception& error) {
      pause_itself(std::string("the instrument cannot be asked what became of measurement ") +
                   std::to_string(id) + ": " + error.what());
      return true;
    }
    submitted_s_[id] = ports_.clock.steady();
    if (outcome == RequestState::kUnknown) {
      record(PossibleDuplicate{id,
                               "the instrument cannot tell whether it was carried out; it is "
                               "measured again"},
             kSelf);
    }
    if (outcome != RequestState::kDone) {
      request(id);
    }
  }
  in_doubt_ = false;
  return true;
}

void Campaign::Impl::request(MeasurementId id) {
  const MeasurementView& measurement = view_.measurement(id);
  const Eigen::VectorXd position = measurement.requested;
  if (const auto refusal = planner_->refusal(view_, position)) {
    record(MeasureFailed{id, FaultKind::kRefused, *refusal, {}, 0, 0, {}, 0}, kSelf);
    return;
  }
  MeasureRequest request;
  request.id = id;
  for (const auto& parameter : view_.spec().parameters) {
    request.names.push_back(parameter.name);
    if (parameter.role == optimizer::ParameterRole::kContext) {
      request.measured.push_back(parameter.name);
    }
  }
  request.position = position;
  request.exposure_s = exposure_of(view_.spec(), position);
  record(MeasureRequested{id, measurement.attempts + 1, position, request.exposure_s}, kSelf);
  submitted_s_[id] = ports_.clock.steady();
  try {
    ports_.instrument.submit(request);
  } catch (const std::exception& error) {
    record(MeasureFailed{id, FaultKind::kDisconnected, error.what(), {}, 0, 0, {}, 0}, kSelf);
  }
}

void Campaign::Impl::take_results(std::chrono::milliseconds patience) {
  if (!held_.empty()) {
    MeasureResult result;
    {
      const std::scoped_lock lock(mutex_);
      result = std::move(held_.front());
      held_.pop_front();
    }
    take(std::move(result));
    return;
  }
  std::optional<MeasureResult> result;
  try {
    result = ports_.instrument.poll(patience);
  } catch (const std::exception& error) {
    if (view_.state() == CampaignState::kRunning) {
      pause_itself(std::string("the instrument cannot be asked for results: ") + error.what());
    }
    return;
  }
  if (result) {
    take(std::move(*result));
  }
}

void Campaign::Impl::take(MeasureResult result) {
  if (!view_.has(result.id)) {
    const std::scoped_lock lock(mutex_);
    note_ = "the instrument delivered a result of measurement " + std::to_string(result.id) +
            ", which was never requested; it was ignored";
    return;
  }
  const MeasurementView& known = view_.measurement(result.id);
  // What could not be saved is taken once more, later.
  if (result.arrived_s == 0) result.arrived_s = ports_.clock.now();
  std::optional<Trouble> wrong;
  if (result.fault != FaultKind::kNone) {
    wrong = Trouble{result.fault, result.message};
  } else {
    wrong = what_is_wrong(result, view_.spec().parameters.size());
    if (!wrong) {
      wrong = take_context(view_.spec().parameters, known.requested,
                           result.arrived_s - view_.created_at_s(), result);
    }
  }
  if (known.state != MeasurementState::kRequested) {
    take_late(result, wrong);
  } else if (wrong) {
    take_fault(result, wrong->fault, wrong->message);
  } else {
    take_done(result);
  }
}

double Campaign::Impl::elapsed_ms(MeasurementId id) const {
  const auto submitted = submitted_s_.find(id);
  return submitted == submitted_s_.end() ? 0 : 1e3 * (ports_.clock.steady() - submitted->second);
}

// Tries once more to save what could not be saved.
void Campaign::Impl::save_held() {
  for (std::size_t i = held_.size(); i > 0; --i) {
    take_results(std::chrono::milliseconds(0));
  }
}

// Saves the raw measurement; nothing when it could not be saved: the result is held and the
// campaign pauses. What no file can hold is not saved, and `malformed` says why.
std::optional<MeasureDone> Campaign::Impl::save(const MeasureResult& result,
                                                std::string& malformed) {
  MeasureDone done;
  done.id = result.id;
  done.read_back = result.read_back;
  done.motion_s = result.motion_s;
  done.exposure_s = result.exposure_s;
  done.instrument_ms = elapsed_ms(result.id);
  if (!result.measurement) {
    return done;
  }
  if (const auto* values = std::get_if<scattering::Values>(&*result.measurement)) {
    if (result.fault == FaultKind::kNone &&
        !what_is_wrong(result, view_.spec().parameters.size())) {
      done.values = *values;
    }
    return done;
  }
  const double begin = ports_.clock.steady();
  try {
    done.file = ports_.store.save(result.id, *result.measurement);
  } catch (const std::invalid_argument& error) {
    malformed = error.what();
  } catch (const std::exception& error) {
    {
      const std::scoped_lock lock(mutex_);
      held_.push_back(result);
    }
    pause_itself("measurement " + std::to_string(result.id) +
                 " could not be saved; it is kept in memory and saved when the campaign goes on: " +
                 error.what());
    return std::nullopt;
  }
  done.save_ms = 1e3 * (ports_.clock.steady() - begin);
  return done;
}

void Campaign::Impl::take_done(const MeasureResult& result) {
  std::string malformed;
  const auto done = save(result, malformed);
  if (!done) {
    return;
  }
  if (!malformed.empty()) {
    record_failure(result, FaultKind::kMalformed, malformed, *done);
    return;
  }
  record(*done, kSelf);
  score(result.id, *result.measurement);
}

void Campaign::Impl::take_fault(const MeasureResult& result, FaultKind fault,
                                const std::string& message) {
  std::string malformed;
  const auto done = save(result, malformed);
  if (done) {
    const std::string unkept = malformed.empty() ? "" : "; what came could not be kept: ";
    record_failure(result, fault, message + unkept + malformed, *done);
  }
}

void Campaign::Impl::record_failure(const MeasureResult& result, FaultKind fault,
                                    const std::string& message, const MeasureDone& done) {
  Eigen::VectorXd read_back = result.read_back;
  if (!read_back.allFinite() ||
      read_back.size() != static_cast<Eigen::Index>(view_.spec().parameters.size())) {
    read_back.resize(0);
  }
  record(MeasureFailed{result.id, fault, message, read_back, finite_or_zero(done.motion_s),
                       finite_or_zero(done.exposure_s), done.file, done.instrument_ms},
         kSelf);
}

// A result of a request that was given up, or one that is already on record.
void Campaign::Impl::take_late(const MeasureResult& result, const std::optional<Trouble>& wrong) {
  const MeasurementView& known = view_.measurement(result.id);
  const bool given_up = known.state == MeasurementState::kFailed &&
                        view_.state() != CampaignState::kStopped &&
                        view_.state() != CampaignState::kFinished;
  LateResult late;
  late.done.id = result.id;
  late.used = given_up && !wrong;
  if (late.used) {
    std::string malformed;
    const auto done = save(result, malformed);
    if (!done) {
      return;
    }
    late.used = malformed.empty();
    late.message = malformed;
    if (late.used) {
      late.done = *done;
    } else {
      late.fault = FaultKind::kMalformed;
    }
  } else {
    late.fault = wrong ? wrong->fault : FaultKind::kNone;
    late.message = wrong ? wrong->message : "a result of this measurement is already on record";
  }
  record(late, kSelf);
  if (late.used) {
    score(result.id, *result.measurement);
  }
}

void Campaign::Impl::score(MeasurementId id, const scattering::Measurement& measurement) {
  const double begin = ports_.clock.steady();
  Scored scored;
  scored.id = id;
  scattering::Score result;
  try {
    result = ports_.scorer.score(measurement);
  } catch (const std::exception& error) {
    record(MeasureFailed{id, FaultKind::kMalformed, error.what(), {}, 0, 0, {}, 0}, kSelf);
    return;
  }
  scored.score_ms = 1e3 * (ports_.clock.steady() - begin);
  scored.observables = in_order(view_.spec(), result.observables);
  scored.classes = finite_classes(result.classes);
  scored.reduction = result.reduction;
  if (view_.spec().transitions && view_.spec().transitions->of.empty() &&
      result.features.allFinite()) {
    scored.features = result.features;
  }
  try {
    scored.curve = ports_.store.save_score(id, result);
  } catch (const std::exception& error) {
    // The raw measurement is safe and the curve can be made again from it.
    const std::scoped_lock lock(mutex_);
    note_ = error.what();
  }
  scored.journal_ms = std::exchange(journal_ms_, 0.0);
  record(scored, kSelf);
}

// What has been waited for longer than it may take.
std::vector<MeasurementId> Campaign::Impl::overdue() {
  std::vector<MeasurementId> late;
  for (const MeasurementId id : view_.in_state(MeasurementState::kRequested)) {
    submitted_s_.try_emplace(id, ports_.clock.steady());
    if (elapsed_ms(id) / 1e3 > view_.spec().patience.measurement_timeout_s) {
      late.push_back(id);
    }
  }
  return late;
}

void Campaign::Impl::check_deadlines() {
  const double limit_s = view_.spec().patience.measurement_timeout_s;
  for (const MeasurementId id : overdue()) {
    MeasureFailed failed;
    failed.id = id;
    failed.fault = FaultKind::kTimeout;
    failed.message = "no answer within " + std::to_string(limit_s) + " s";
    failed.instrument_ms = elapsed_ms(id);
    failed.motion_s = failed.instrument_ms / 1e3;
    record(failed, kSelf);
  }
}

}  // namespace foray::campaign
