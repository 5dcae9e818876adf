#include "foray/campaign/campaign_view.h"

#include <algorithm>
#include <utility>

#include "faults.h"
#include "foray/campaign/learning.h"
#include "foray/common/check.h"

namespace foray::campaign {
namespace {

bool ended(CampaignState state) {
  return state == CampaignState::kStopped || state == CampaignState::kFinished;
}

std::string id_text(MeasurementId id) { return "measurement " + std::to_string(id); }

bool all_failed(const std::vector<scattering::Observable>& observables) {
  return !observables.empty() &&
         std::all_of(observables.begin(), observables.end(), [](const auto& observable) {
           return observable.status == scattering::ObservableStatus::kFailed;
         });
}

}  // namespace

std::string state_name(CampaignState state) {
  switch (state) {
    case CampaignState::kCreated:
      return "created";
    case CampaignState::kRunning:
      return "running";
    case CampaignState::kPaused:
      return "paused";
    case CampaignState::kStopped:
      return "stopped";
    case CampaignState::kFinished:
      return "finished";
    case CampaignState::kFailed:
      return "failed";
  }
  return "unknown";
}

CampaignView::CampaignView(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) {
    apply(entry);
  }
}

void CampaignView::apply(const JournalEntry& entry) {
  entry_ = &entry;
  expect(entry.sequence == sequence_ + 1, "entry " + std::to_string(sequence_ + 1),
         "entry " + std::to_string(entry.sequence));
  const bool creates = std::holds_alternative<CampaignCreated>(entry.record);
  expect(creates == (sequence_ == 0), creates ? "no second creation" : "campaign.created",
         kind_name(entry.record));
  std::visit([this](const auto& record) { on(record); }, entry.record);
  sequence_ = entry.sequence;
  last_entry_at_s_ = entry.time_s;
  entry_ = nullptr;
}

void CampaignView::expect(bool condition, const std::string& expected,
                          const std::string& found) const {
  if (!condition) {
    throw JournalError("journal entry " + std::to_string(entry_->sequence) + " (" +
                       kind_name(entry_->record) + "): expected " + expected + ", found " + found);
  }
}

const MeasurementView& CampaignView::measurement(MeasurementId id) const {
  const auto found = index_of_.find(id);
  require(found != index_of_.end(), "CampaignView: no " + id_text(id));
  return measurements_[found->second];
}

std::vector<MeasurementId> CampaignView::in_state(MeasurementState state) const {
  std::vector<MeasurementId> ids;
  for (const MeasurementView& measurement : measurements_) {
    if (measurement.state == state) {
      ids.push_back(measurement.id);
    }
  }
  return ids;
}

bool CampaignView::reacted(std::int64_t rule) const {
  return std::any_of(reactions_.begin(), reactions_.end(),
                     [rule](const Reacted& one) { return one.rule == rule; });
}

const TrainingView* CampaignView::training_at(std::int64_t count) const {
  const TrainingView* found = nullptr;
  for (const TrainingView& training : trainings_) {
    if (training.results <= count) {
      found = &training;
    }
  }
  return found;
}

ObservableData CampaignView::data(std::size_t k, const optimizer::SearchSpace& space,
                                  std::int64_t count) const {
  const auto known = static_cast<std::int64_t>(scored_.size());
  const std::int64_t limit = count < 0 ? known : std::min(count, known);
  std::vector<Result> results;
  for (std::int64_t i = 0; i < limit; ++i) {
    const MeasurementView& from = measurement(scored_[static_cast<std::size_t>(i)]);
    results.push_back({from.position, &from.observables.at(k)});
  }
  Lesson learned = lesson(spec_, k, space, results);
  ObservableData data;
  data.points = std::move(learned.points);
  for (const std::size_t i : learned.from) data.ids.push_back(scored_[i]);
  return data;
}

MeasurementView& CampaignView::find(MeasurementId id) {
  const auto found = index_of_.find(id);
  expect(found != index_of_.end(), "a measurement that was proposed", id_text(id));
  return measurements_[found->second];
}

void CampaignView::on(const CampaignCreated& record) {
  spec_ = record.spec;
  file_ = record.file;
  instrument_ = record.instrument;
  inputs_ = record.inputs;
  objective_ = record.spec.objective;
  acquisition_ = record.spec.acquisition;
  parameters_ = record.spec.parameters;
  created_at_s_ = entry_->time_s;
}

void CampaignView::on(const CampaignStarted& /*record*/) {
  expect(state_ == CampaignState::kCreated, "a campaign that was not started", state_name(state_));
  state_ = CampaignState::kRunning;
  reason_.clear();
}

void CampaignView::on(const CampaignPaused& record) {
  expect(!ended(state_), "a campaign that goes on", state_name(state_));
  state_ = CampaignState::kPaused;
  reason_ = record.reason;
}

void CampaignView::on(const CampaignResumed& /*record*/) {
  expect(state_ == CampaignState::kPaused, "a paused campaign", state_name(state_));
  state_ = CampaignState::kRunning;
  reason_.clear();
  consecutive_faults_ = 0;
}

void CampaignView::on(const CampaignReopened& record) {
  instrument_ = record.instrument;
  astray_ = astray_ || !record.kept_its_place;
}

void CampaignView::end(CampaignState state, const std::string& reason) {
  expect(!ended(state_), "a campaign that goes on", state_name(state_));
  state_ = state;
  reason_ = reason;
  retries_.clear();
  companions_.clear();
  for (MeasurementView& measurement : measurements_) {
    if (measurement.state == MeasurementState::kProposed ||
        measurement.state == MeasurementState::kRequested) {
      fail(measurement, FaultKind::kAborted, "the campaign ended");
    }
  }
}

void CampaignView::on(const CampaignStopped& record) {
  end(CampaignState::kStopped, record.reason);
}

void CampaignView::on(const CampaignFinished& record) {
  end(CampaignState::kFinished, record.reason);
}

void CampaignView::on(const ObjectiveSet& record) {
  objective_ = record.objective;
  if (record.acquisition) {
    acquisition_ = *record.acquisition;
  }
  companions_.clear();
}

void CampaignView::set_range(const std::string& parameter, double lower, double upper) {
  const auto found =
      std::find_if(parameters_.begin(), parameters_.end(),
                   [&](const optimizer::Parameter& known) { return known.name == parameter; });
  expect(found != parameters_.end(), "a parameter of the campaign", "\"" + parameter + "\"");
  found->lower = lower;
  found->upper = upper;
  ++ranges_version_;
  companions_.clear();
}

void CampaignView::on(const RangeSet& record) {
  set_range(record.parameter, record.lower, record.upper);
}

void CampaignView::on(const PointQueued& record) {
  expect(record.queue_id == queued_ + 1, "queued point " + std::to_string(queued_ + 1),
         "queued point " + std::to_string(record.queue_id));
  queue_.push_back(record);
  ++queued_;
}

void CampaignView::on(const Proposed& record) {
  expect(index_of_.count(record.id) == 0, "a new measurement", id_text(record.id));
  expect(record.position.size() == static_cast<Eigen::Index>(parameters_.size()),
         std::to_string(parameters_.size()) + " coordinates",
         std::to_string(record.position.size()));
  MeasurementView measurement;
  if (record.source == ProposalSource::kOperator) {
    expect(!queue_.empty() && queue_.front().queue_id == record.index, "the next queued point",
           "queued point " + std::to_string(record.index));
    queue_.pop_front();
  } else if (record.source == ProposalSource::kRetry) {
    expect(!retries_.empty() && retries_.front() == record.index, "the next retry",
           "the retry of " + id_text(record.index));
    measurement.retry_depth = find(record.index).retry_depth + 1;
    retries_.pop_front();
  } else if (record.source == ProposalSource::kOptimizer && !companions_.empty()) {
    expect(companions_.front().position == record.position, "what was chosen with the one before",
           "another position");
    companions_.pop_front();
  } else if (record.source == ProposalSource::kOptimizer) {
    companions_.assign(record.companions.begin(), record.companions.end());
  }
  initial_proposed_ += record.source == ProposalSource::kInitial ? 1 : 0;
  optimizer_proposed_ += record.source == ProposalSource::kOptimizer ? 1 : 0;
  asked_proposed_ += record.source == ProposalSource::kAsked ? 1 : 0;
  measurement.id = record.id;
  measurement.source = record.source;
  measurement.index = record.index;
  measurement.requested = record.position;
  measurement.position = record.position;
  measurement.acquisition = record.acquisition;
  measurement.acquisition_value = record.value;
  measurement.gain = record.gain;
  measurement.expected_seconds = record.seconds;
  measurement.search_cut = record.cut;
  measurement.propose_ms = record.propose_ms;
  index_of_[record.id] = measurements_.size();
  measurements_.push_back(std::move(measurement));
  next_id_ = std::max(next_id_, record.id + 1);
}

void CampaignView::on(const MeasureRequested& record) {
  MeasurementView& measurement = find(record.id);
  expect(measurement.state == MeasurementState::kProposed ||
             measurement.state == MeasurementState::kRequested,
         "a measurement without a result", id_text(record.id) + ", which has one");
  measurement.state = MeasurementState::kRequested;
  measurement.started_anew = std::exchange(astray_, false);
  measurement.attempts = record.attempt;
  measurement.exposure_s = record.exposure_s;
  measurement.requested_at_s = entry_->time_s;
}

void CampaignView::take_costs(MeasurementView& measurement, double motion_s, double exposure_s) {
  measurement.motion_s = motion_s;
  measurement.exposure_s = exposure_s;
  beam_s_ += motion_s + exposure_s;
}

void CampaignView::take_result(const MeasureDone& done, MeasurementView& measurement) {
  measurement.state = MeasurementState::kDone;
  astray_ = false;  // It went on by itself, or has been asked for since.
  if (done.read_back.size() > 0) {
    measurement.position = done.read_back;
  }
  take_costs(measurement, done.motion_s, done.exposure_s);
  measurement.file = done.file;
  measurement.values = done.values;
  measurement.instrument_ms = done.instrument_ms;
  measurement.save_ms = done.save_ms;
  measurement.done_at_s = entry_->time_s;
}

void CampaignView::on(const MeasureDone& record) {
  MeasurementView& measurement = find(record.id);
  expect(measurement.state == MeasurementState::kRequested, "a measurement that was requested",
         id_text(record.id) + ", which was not or has a result");
  take_result(record, measurement);
}

void CampaignView::fail(MeasurementView& measurement, FaultKind fault, const std::string& message) {
  measurement.state = MeasurementState::kFailed;
  measurement.fault = fault;
  measurement.message = message;
  measurement.done_at_s = entry_->time_s;
  ++failures_;
}

void CampaignView::on(const MeasureFailed& record) {
  MeasurementView& measurement = find(record.id);
  expect(measurement.state != MeasurementState::kScored &&
             measurement.state != MeasurementState::kFailed,
         "a measurement without an outcome", id_text(record.id) + ", which has one");
  const bool was_done = measurement.state == MeasurementState::kDone;
  fail(measurement, record.fault, record.message);
  if (!was_done) {
    if (record.read_back.size() > 0) {
      measurement.position = record.read_back;
    }
    take_costs(measurement, record.motion_s, record.exposure_s);
    measurement.file = record.file;
    measurement.instrument_ms = record.instrument_ms;
  }
  if (record.fault == FaultKind::kAborted) {
    return;
  }
  ++consecutive_faults_;
  if (worth_retrying(record.fault) && !was_done && measurement.source != ProposalSource::kAsked &&
      measurement.retry_depth < spec_.patience.retries) {
    retries_.push_back(measurement.id);
  }
}

void CampaignView::on(const LateResult& record) {
  MeasurementView& measurement = find(record.done.id);
  if (!record.used) {
    return;
  }
  expect(measurement.state == MeasurementState::kFailed, "a measurement that was given up",
         id_text(record.done.id) + ", which was not");
  beam_s_ -= measurement.motion_s + measurement.exposure_s;
  take_result(record.done, measurement);
  measurement.late = true;
  measurement.fault = FaultKind::kNone;
  --failures_;
  retries_.erase(std::remove(retries_.begin(), retries_.end(), measurement.id), retries_.end());
}

void CampaignView::on(const Scored& record) {
  MeasurementView& measurement = find(record.id);
  expect(measurement.state == MeasurementState::kDone, "a measurement that was done",
         id_text(record.id) + ", which was not or is scored");
  expect(record.observables.size() == spec_.observables.size(),
         std::to_string(spec_.observables.size()) + " observables",
         std::to_string(record.observables.size()));
  measurement.state = MeasurementState::kScored;
  measurement.observables = record.observables;
  measurement.classes = record.classes;
  measurement.features = record.features;
  measurement.reduction = record.reduction;
  measurement.curve = record.curve;
  measurement.score_ms = record.score_ms;
  measurement.journal_ms = record.journal_ms;
  scored_.push_back(record.id);
  consecutive_faults_ = all_failed(record.observables) ? consecutive_faults_ + 1 : 0;
}

void CampaignView::on(const Told& record) {
  expect(record.observables.size() == spec_.observables.size(),
         std::to_string(spec_.observables.size()) + " observables",
         std::to_string(record.observables.size()));
  if (index_of_.count(record.id) == 0) {
    MeasurementView measurement;
    measurement.id = record.id;
    measurement.source = ProposalSource::kAsked;
    measurement.index = -1;
    measurement.requested = record.position;
    index_of_[record.id] = measurements_.size();
    measurements_.push_back(std::move(measurement));
    next_id_ = std::max(next_id_, record.id + 1);
  }
  MeasurementView& measurement = find(record.id);
  expect(measurement.state == MeasurementState::kProposed, "a measurement that was asked for",
         id_text(record.id) + ", which the campaign makes itself or which has a result");
  measurement.state = MeasurementState::kScored;
  measurement.position = record.position;
  measurement.observables = record.observables;
  measurement.reduction = "told";
  measurement.done_at_s = entry_->time_s;
  take_costs(measurement, 0, record.cost_s);
  scored_.push_back(record.id);
}

void CampaignView::on(const Trained& record) {
  if (!scored_.empty()) {
    find(scored_.back()).train_ms += record.train_ms;
  }
  trainings_.push_back(
      {record, static_cast<std::int64_t>(scored_.size()), parameters_, ranges_version_});
}

void CampaignView::on(const PossibleDuplicate& record) {
  find(record.id).possible_duplicate = true;
}

void CampaignView::on(const Reacted& record) {
  expect(record.rule >= 0 && record.rule < static_cast<std::int64_t>(spec_.react.size()),
         "a react rule of the campaign", "rule " + std::to_string(record.rule));
  const ReactRule& rule = spec_.react[static_cast<std::size_t>(record.rule)];
  if (!rule.range_of.empty()) {
    set_range(rule.range_of, rule.lower, rule.upper);
  }
  if (record.range) {
    expect(spec_.transitions.has_value(), "a rule that waits for a transition", "another");
    set_range(spec_.transitions->along, record.range->lower, record.range->upper);
  }
  if (rule.objective) {
    objective_ = *rule.objective;
    companions_.clear();
  }
  if (rule.pause) {
    state_ = CampaignState::kPaused;
    reason_ = record.message;
  }
  reactions_.push_back(record);
}

void CampaignView::on(const TransitionFound& record) {
  expect(spec_.transitions.has_value(), "a campaign that looks for transitions", "another");
  for (const MeasurementId id : {record.id, record.below, record.above}) find(id);
  transition_ = record;
  transitions_.push_back(record);
}

void CampaignView::on(const TransitionLost& record) {
  expect(transition_.has_value(), "a transition that was found",
         "none before " + id_text(record.id));
  transition_.reset();
}

void CampaignView::on(const Aborted& record) {
  for (const MeasurementId id : record.forgotten) {
    MeasurementView& measurement = find(id);
    if (measurement.state == MeasurementState::kProposed ||
        measurement.state == MeasurementState::kRequested) {
      fail(measurement, FaultKind::kAborted, record.reason);
    }
  }
}

}  // namespace foray::campaign
