#include "engine.h"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

#include "foray/common/check.h"
#include "trainer.h"
#include "transition.h"

namespace foray::campaign {
namespace {

constexpr std::chrono::milliseconds kSlice{50};  // so soon commands are taken while waiting

// Scores of other files than those at the start could not be compared with what is on record.
void require_same_inputs(const std::map<std::string, std::string>& recorded,
                         const std::map<std::string, std::string>& now) {
  for (const auto& [name, sha256] : recorded) {
    const auto found = now.find(name);
    if (found == now.end() || found->second != sha256) {
      throw JournalError("Campaign: expected the file \"" + name +
                         "\" that it was started with, of SHA-256 " + sha256 + ", found " +
                         (found == now.end() ? "none" : "one of " + found->second));
    }
  }
}

bool satisfied(const ReactRule& rule, const scattering::Observable& observable) {
  return observable.status == scattering::ObservableStatus::kPresent &&
         (!rule.at_least || observable.value >= *rule.at_least) &&
         (!rule.at_most || observable.value <= *rule.at_most);
}

}  // namespace

Campaign::Impl::Impl(CampaignSpec spec, std::string file, Ports ports, const std::string& who)
    : ports_(ports) {
  validate(spec);
  const auto entries = ports_.journal.read(1);
  if (!entries.empty()) {
    throw JournalError("Campaign: expected an empty journal, found " +
                       std::to_string(entries.size()) + " entries");
  }
  CampaignCreated created{std::move(spec), ports_.instrument.description(), std::move(file),
                          ports_.scorer.inputs()};
  // Refuses constraints that cannot be met before anything is written.
  [[maybe_unused]] const optimizer::SearchSpace space(
      created.spec.parameters, created.spec.constraints, candidate_positions(created.spec));
  record(created, who);
  planner_ = std::make_unique<Planner>(view_);
}

Campaign::Impl::Impl(Ports ports, const std::string& who) : ports_(ports) {
  const auto entries = ports_.journal.read(1);
  if (entries.empty()) {
    throw JournalError("Campaign: expected a journal of a campaign, found an empty one");
  }
  view_ = CampaignView(entries);
  require_same_inputs(view_.inputs(), ports_.scorer.inputs());
  planner_ = std::make_unique<Planner>(view_);
  refresh_models();
  const bool over =
      view_.state() == CampaignState::kStopped || view_.state() == CampaignState::kFinished;
  if (!over) {
    in_doubt_ = true;
    record(CampaignReopened{ports_.instrument.description(), ports_.instrument.kept_its_place()},
           who);
  }
}

std::int64_t Campaign::Impl::record(const Record& record, const std::string& who) {
  if (failed_) {
    throw JournalError(note_);
  }
  const double begin = ports_.clock.steady();
  JournalEntry entry;
  try {
    entry = ports_.journal.append(record, who, ports_.clock.now());
    const std::scoped_lock lock(mutex_);
    view_.apply(entry);
  } catch (const JournalError& error) {
    const std::scoped_lock lock(mutex_);
    note_ = error.what();
    failed_ = true;
    throw;
  }
  journal_ms_ += 1e3 * (ports_.clock.steady() - begin);
  try {
    ports_.events.on_entry(entry);
  } catch (const std::exception&) {
    // Who listens must not stop a campaign; the entry is on record.
  }
  return entry.sequence;
}

CampaignState Campaign::Impl::run() {
  heard_s_ = ports_.clock.steady();
  while (!leaving_ && !failed_) {
    try {
      commands_.run_all();
      if (view_.state() == CampaignState::kStopped || view_.state() == CampaignState::kFinished) {
        break;
      }
      if (!failed_) {
        step();
      }
    } catch (const JournalError& error) {
      const std::scoped_lock lock(mutex_);
      note_ = error.what();
      failed_ = true;
    } catch (const std::exception& error) {
      // Not foreseen; the campaign waits for a person rather than taking the program with it.
      pause_after(error);
    }
  }
  if (!failed_) {
    try {
      save_held();  // with this process goes what it keeps in memory
    } catch (const JournalError&) {
      // record() has taken note of it.
    }
  }
  closed_ = true;
  commands_.close();
  return failed_ ? CampaignState::kFailed : view_.state();
}

void Campaign::Impl::pause_after(const std::exception& error) {
  try {
    if (view_.state() == CampaignState::kRunning) {
      pause_itself(std::string("unforeseen: ") + error.what());
    } else {
      commands_.wait(kSlice);
    }
  } catch (const JournalError&) {
    // record() has taken note of it.
  }
}

void Campaign::Impl::leave() {
  leaving_ = true;
  commands_.wake();
}

void Campaign::Impl::heartbeat() { heard_s_ = ports_.clock.steady(); }

void Campaign::Impl::step() {
  if (view_.state() == CampaignState::kCreated) {
    commands_.wait(kSlice);
    return;
  }
  if (view_.state() == CampaignState::kPaused) {
    if (!in_doubt_ && held_.empty()) {
      wait_for_instrument();
      settle_scores();
    } else {
      commands_.wait(kSlice);
    }
    return;
  }
  // Each of these is a step of its own, so that commands are taken between them in every life.
  if (resolve_doubts() || settle_scores()) {
    return;
  }
  if (view_.state() != CampaignState::kRunning || silent_client() || look_for_transition() ||
      react() || enough_faults()) {
    return;
  }
  train_if_due();
  refresh_models();
  const auto& reason = reason_to_end();
  if (reason && outstanding() == 0) {
    record(CampaignFinished{*reason}, kSelf);
    return;
  }
  // What is proposed is measured, even if a reason to end came up since: a rule may look at the
  // proposal itself, or somebody may tell a result between the two steps.
  if (!request_proposed() && (reason || !refill())) {
    wait_for_instrument();
  }
}

const std::optional<std::string>& Campaign::Impl::reason_to_end() {
  if (reason_sequence_ != view_.sequence()) {
    reason_to_end_ = reason_to_finish(view_, models_, ports_.fitter);
    reason_sequence_ = view_.sequence();
  }
  return reason_to_end_;
}

std::int64_t Campaign::Impl::outstanding() const {
  std::int64_t count = 0;
  for (const MeasurementView& measurement : view_.measurements()) {
    const bool open = measurement.state == MeasurementState::kProposed ||
                      measurement.state == MeasurementState::kRequested ||
                      measurement.state == MeasurementState::kDone;
    count += open && measurement.source != ProposalSource::kAsked ? 1 : 0;
  }
  return count;
}

// Requests the first measurement that is proposed and not requested; whether there was one.
bool Campaign::Impl::request_proposed() {
  for (const MeasurementView& measurement : view_.measurements()) {
    if (measurement.state == MeasurementState::kProposed &&
        measurement.source != ProposalSource::kAsked) {
      request(measurement.id);
      return true;
    }
  }
  return false;
}

// Proposes the next measurement if there is room for one; whether it tried.
bool Campaign::Impl::refill() {
  // Operators' points are measured even where the campaign proposes nothing by itself.
  const std::int64_t room = std::max(view_.spec().in_flight, view_.queue().empty() ? 0 : 1);
  if (outstanding() >= room || !budget_allows_proposal(view_)) {
    return false;
  }
  try {
    if (outstanding() > 0 && planner_->begins_batch(view_)) {
      return false;  // all of the one before first
    }
    propose(false, kSelf);
  } catch (const JournalError&) {
    throw;
  } catch (const optimizer::FunctionGivenUp&) {
    return true;  // what came first is done next, and then it is asked again
  } catch (const optimizer::FunctionFailed& error) {
    pause_itself(std::string("no proposal could be made: ") + error.what());
  } catch (const std::exception& error) {
    if (outstanding() > 0) {
      return false;  // results may open the way
    }
    pause_itself(std::string("no proposal could be made: ") + error.what());
  }
  return true;
}

void Campaign::Impl::propose(bool asked, const std::string& who) {
  const double begin = ports_.clock.steady();
  Proposed proposed = planner_->next(view_, models_, asked, search_limits());
  proposed.propose_ms = 1e3 * (ports_.clock.steady() - begin);
  record(proposed, who);
}

std::function<bool()> Campaign::Impl::deadline() const {
  const double end = ports_.clock.steady() + view_.spec().decision_budget_s / 2;
  const Clock& clock = ports_.clock;
  return [end, &clock] { return clock.steady() > end; };
}

optimizer::ProposeOptions Campaign::Impl::search_limits() const {
  optimizer::ProposeOptions limits;
  struct Limit {
    std::function<bool()> expired;
    bool answered = false;
  };
  const auto limit = std::make_shared<Limit>();
  limit->expired = deadline();
  limits.expired = [limit] { return limit->expired(); };
  limits.evaluate = [this, limit](const optimizer::FunctionRequest& request) {
    if (ports_.functions == nullptr) {
      throw optimizer::FunctionFailed(
          "remote function \"" + request.function +
          "\": expected a running service (foray serve), at which a client registers it");
    }
    Eigen::VectorXd values =
        ports_.functions->evaluate(request, [this] { return leaving_ || commands_.urgent(); });
    // Time counts from the first answer: a client may have to be waited for, after a restart
    // longer than before, and what is proposed must not depend on that.
    if (!limit->answered) {
      limit->expired = deadline();
    }
    limit->answered = true;
    return values;
  };
  return limits;
}

// Scores what was measured and not scored when a process ended; whether there was anything.
bool Campaign::Impl::settle_scores() {
  const auto unscored = view_.in_state(MeasurementState::kDone);
  for (const MeasurementId id : unscored) {
    const MeasurementView& measurement = view_.measurement(id);
    try {
      score(id, measurement.values ? scattering::Measurement(*measurement.values)
                                   : ports_.store.load(id, measurement.file));
    } catch (const JournalError&) {
      throw;
    } catch (const std::exception& error) {
      record(MeasureFailed{id, FaultKind::kMalformed, error.what(), {}, 0, 0, {}, 0}, kSelf);
    }
  }
  return !unscored.empty();
}

// Looks for a transition in what became known; whether there is something to tell of one.
bool Campaign::Impl::look_for_transition() {
  if (!view_.spec().transitions || looked_ == view_.scored().size()) {
    return false;
  }
  looked_ = view_.scored().size();
  const auto found = find_transition(view_);
  const auto& known = view_.transition();
  if (found.has_value() == known.has_value() && (!found || same_place(*found, *known))) {
    return false;
  }
  if (found) {
    record(*found, kSelf);
  } else {
    record(TransitionLost{view_.scored().back()}, kSelf);
  }
  return true;
}

// Applies the first react rule that holds and has not been applied; whether there was one.
bool Campaign::Impl::react() {
  for (std::size_t i = 0; i < view_.spec().react.size(); ++i) {
    if (view_.reacted(static_cast<std::int64_t>(i))) {
      continue;
    }
    if (const auto reacted = reaction(i)) {
      record(*reacted, kSelf);
      return true;
    }
  }
  return false;
}

// What a rule does now; nothing where it does not hold.
std::optional<Reacted> Campaign::Impl::reaction(std::size_t rule) const {
  const ReactRule& asked = view_.spec().react[rule];
  Reacted reacted{static_cast<std::int64_t>(rule), 0, "react rule " + std::to_string(rule) + ": "};
  if (asked.transition_within) {
    const auto& found = view_.transition();
    if (!found || found->between.upper - found->between.lower > *asked.transition_within) {
      return std::nullopt;
    }
    reacted.id = found->id;
    std::ostringstream text;
    text << "transition in " << view_.spec().transitions->along << " between "
         << found->between.lower << " and " << found->between.upper;
    if (asked.around > 0) {
      reacted.range = narrowed(view_, asked, *found);
      if (!reacted.range) text << "; the range cannot be narrowed to it";
    }
    reacted.message += text.str();
    return reacted;
  }
  for (const MeasurementId id : view_.scored()) {
    if (!optimizer::at_full_fidelity(view_.parameters(), view_.measurement(id).position)) {
      continue;
    }
    for (const auto& observable : view_.measurement(id).observables) {
      if (observable.name == asked.observable && satisfied(asked, observable)) {
        reacted.id = id;
        reacted.message += observable.name + " = " + std::to_string(observable.value) +
                           " in measurement " + std::to_string(id);
        return reacted;
      }
    }
  }
  return std::nullopt;
}

bool Campaign::Impl::enough_faults() {
  if (view_.consecutive_faults() < view_.spec().patience.consecutive_faults) {
    return false;
  }
  std::string last;
  for (const MeasurementView& measurement : view_.measurements()) {
    if (measurement.state == MeasurementState::kFailed) {
      last = fault_name(measurement.fault) + ", " + measurement.message;
    }
  }
  pause_itself(std::to_string(view_.consecutive_faults()) +
               " measurements in a row failed; the last: " + last);
  return true;
}

bool Campaign::Impl::silent_client() {
  const double limit = view_.spec().patience.dead_man_s;
  const double silence = ports_.clock.steady() - heard_s_;
  if (limit <= 0 || silence <= limit) {
    return false;
  }
  pause_itself("the controlling client was not heard of for " + std::to_string(silence) +
               " s, allowed are " + std::to_string(limit) + " s");
  return true;
}

void Campaign::Impl::pause_itself(const std::string& reason) {
  record(CampaignPaused{reason}, kSelf);
}

void Campaign::Impl::train_if_due() {
  if (!needs_training(view_)) {
    return;
  }
  const double begin = ports_.clock.steady();
  Trained trained = train(view_, planner_->space(view_), ports_.fitter, deadline());
  trained.train_ms = 1e3 * (ports_.clock.steady() - begin);
  record(trained, kSelf);
}

void Campaign::Impl::refresh_models() {
  const auto results = static_cast<std::int64_t>(view_.scored().size());
  if (results == models_results_ && view_.trainings().size() == models_trainings_) {
    return;
  }
  const bool current = !view_.trainings().empty() &&
                       view_.trainings().back().ranges_version == view_.ranges_version();
  Models rebuilt = current ? Models::at(view_, ports_.fitter, results, planner_->space(view_))
                           : Models::at(view_, ports_.fitter);
  std::map<std::string, double> uncertainty;
  for (const ObservableChoice& choice : view_.spec().observables) {
    if (rebuilt.find(choice.spec.name) != nullptr) {
      uncertainty[choice.spec.name] = mean_uncertainty(rebuilt, choice.spec.name);
    }
  }
  models_results_ = results;
  models_trainings_ = view_.trainings().size();
  const std::scoped_lock lock(mutex_);
  models_ = std::move(rebuilt);
  uncertainty_ = std::move(uncertainty);
}

void Campaign::Impl::wait_for_instrument() {
  const bool asked_instrument = !view_.in_state(MeasurementState::kRequested).empty();
  std::chrono::milliseconds patience = asked_instrument ? kSlice : std::chrono::milliseconds(0);
  std::int64_t before = 0;
  // What came while a proposal was made, which may wait for somebody else, came in time: before
  // something is late all that is there is taken. What is held came, too.
  do {
    before = view_.sequence();
    take_results(patience);
    patience = std::chrono::milliseconds(0);
  } while (view_.sequence() != before && held_.empty() && !overdue().empty());
  if (held_.empty()) {
    check_deadlines();
  }
  if (!asked_instrument) {
    commands_.wait(kSlice);
  }
}

}  // namespace foray::campaign
