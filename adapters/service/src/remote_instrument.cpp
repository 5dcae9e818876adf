#include "foray/service/remote_instrument.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace foray::service {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using campaign::RequestState;

namespace {

RemoteAnswer fault_answer(MeasurementId id, FaultKind kind, std::string message) {
  RemoteAnswer answer;
  answer.result.id = id;
  answer.result.fault = kind;
  answer.result.message = std::move(message);
  return answer;
}

}  // namespace

std::optional<std::int64_t> RemoteLink::attach(RemoteClient client, bool take_over) {
  std::vector<MeasureRequest> to_send;
  std::set<MeasurementId> to_ask;
  RemoteClient now;
  std::int64_t number = 0;
  {
    const Lock lock(mutex_);
    if (client_ && !take_over) return std::nullopt;
    for (auto& [id, pending] : pending_) {
      // With another client that is being replaced, or with one that went away: in doubt.
      if (pending.where != Where::kHere) {
        pending.where = Where::kInDoubt;
        to_ask.insert(id);
        continue;
      }
      pending.where = Where::kWithClient;
      to_send.push_back(pending.request);
    }
    to_ask.insert(outcomes_asked_.begin(), outcomes_asked_.end());
    client_ = std::move(client);
    now = *client_;
    number = ++attachment_;
    changed_.notify_all();
  }
  for (const MeasurementId id : to_ask) now.ask_outcome(id);
  for (const MeasureRequest& request : to_send) now.measure(request);
  return number;
}

void RemoteLink::detach(std::int64_t attachment) {
  const Lock lock(mutex_);
  if (!client_ || attachment != attachment_) return;
  client_.reset();
  alone_since_ = Clock::now();
  for (auto& [id, pending] : pending_)
    if (pending.where == Where::kWithClient) pending.where = Where::kInDoubt;
  changed_.notify_all();
}

bool RemoteLink::attached() const {
  const Lock lock(mutex_);
  return client_.has_value();
}

void RemoteLink::finish(MeasurementId id, RemoteAnswer answer) {
  pending_.erase(id);
  answers_.push_back(std::move(answer));
  changed_.notify_all();
}

bool RemoteLink::deliver(RemoteAnswer answer) {
  const Lock lock(mutex_);
  const MeasurementId id = answer.result.id;
  const bool waited_for = pending_.count(id) > 0 || outcomes_asked_.count(id) > 0;
  if (!waited_for) return false;
  finish(id, std::move(answer));
  return true;
}

void RemoteLink::tell_outcome(MeasurementId id, RequestState state) {
  std::optional<MeasureRequest> again;
  std::optional<RemoteClient> client;
  {
    const Lock lock(mutex_);
    if (outcomes_asked_.count(id) > 0) {
      outcomes_[id] = state;
      changed_.notify_all();
    }
    const auto found = pending_.find(id);
    if (found == pending_.end() || found->second.where != Where::kInDoubt) return;
    if (state == RequestState::kNotStarted && client_) {
      found->second.where = Where::kWithClient;
      again = found->second.request;
      client = client_;
    } else {
      finish(id, fault_answer(id, FaultKind::kDisconnected,
                              "the instrument registered again and does not know what became of "
                              "this measurement"));
    }
  }
  if (again) client->measure(*again);
}

std::vector<MeasureRequest> RemoteLink::open() const {
  const Lock lock(mutex_);
  std::vector<MeasureRequest> requests;
  requests.reserve(pending_.size());
  for (const auto& [id, pending] : pending_) requests.push_back(pending.request);
  return requests;
}

void RemoteLink::submit(const MeasureRequest& request) {
  std::optional<RemoteClient> client;
  {
    const Lock lock(mutex_);
    pending_[request.id] = {request, client_ ? Where::kWithClient : Where::kHere};
    client = client_;
  }
  if (client) client->measure(request);
}

void RemoteLink::fault_orphans() {
  if (client_) return;
  if (Clock::now() - alone_since_ < options_.reconnect) return;
  while (!pending_.empty()) {
    const auto& [id, pending] = *pending_.begin();
    const char* what = pending.where == Where::kHere
                           ? "no client is registered as the instrument; it was not started"
                           : "the client that measured has disconnected and did not return";
    finish(id, fault_answer(id, FaultKind::kDisconnected, what));
  }
}

std::optional<RemoteAnswer> RemoteLink::poll(std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    fault_orphans();
    if (!answers_.empty()) {
      RemoteAnswer answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    }
    if (Clock::now() >= deadline) return std::nullopt;
    auto until = deadline;
    if (!client_ && !pending_.empty()) until = std::min(until, alone_since_ + options_.reconnect);
    changed_.wait_until(lock.waitable(), until);
  }
}

RequestState RemoteLink::outcome(MeasurementId id) {
  std::optional<RemoteClient> client;
  {
    const Lock lock(mutex_);
    outcomes_asked_.insert(id);
    client = client_;
  }
  if (client) client->ask_outcome(id);
  Lock lock(mutex_);
  changed_.wait_for(lock.waitable(), options_.outcome_wait,
                    [&]() FORAY_REQUIRES(mutex_) { return outcomes_.count(id) > 0; });
  const auto told = outcomes_.find(id);
  const RequestState state = told == outcomes_.end() ? RequestState::kUnknown : told->second;
  outcomes_.erase(id);
  outcomes_asked_.erase(id);
  return state;
}

void RemoteLink::abort() {
  std::optional<RemoteClient> client;
  {
    const Lock lock(mutex_);
    pending_.clear();
    client = client_;
  }
  if (client) client->abort();
}

RemoteInstrument::RemoteInstrument(std::shared_ptr<RemoteLink> link, std::string description,
                                   std::vector<std::string> names, MeasurementReader reader)
    : link_(std::move(link)),
      description_(std::move(description)),
      names_(std::move(names)),
      reader_(std::move(reader)) {}

void RemoteInstrument::submit(const MeasureRequest& request) { link_->submit(request); }

std::optional<MeasureResult> RemoteInstrument::poll(std::chrono::milliseconds timeout) {
  auto answer = link_->poll(timeout);
  if (!answer) return std::nullopt;
  return finished(std::move(*answer));
}

MeasureResult RemoteInstrument::finished(RemoteAnswer answer) const {
  MeasureResult result = std::move(answer.result);
  const auto malformed = [&](const std::string& why) {
    if (result.fault != FaultKind::kNone) return;
    result.fault = FaultKind::kMalformed;
    result.message = why;
  };
  if (!answer.read_back.empty()) {
    result.read_back.resize(static_cast<Eigen::Index>(names_.size()));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto found = answer.read_back.find(names_[i]);
      if (found == answer.read_back.end()) {
        malformed("read_back: expected a value of every parameter, got none of " + names_[i]);
        result.read_back.resize(0);
        break;
      }
      result.read_back[static_cast<Eigen::Index>(i)] = found->second;
    }
  }
  if (!answer.file.empty()) {
    try {
      if (!reader_) throw std::invalid_argument("this campaign takes no files from a client");
      result.measurement = reader_(answer.file);
    } catch (const std::exception& error) {
      malformed("file " + answer.file + ": " + error.what());
    }
  }
  return result;
}

RequestState RemoteInstrument::outcome(MeasurementId id) { return link_->outcome(id); }

void RemoteInstrument::abort() { link_->abort(); }

}  // namespace foray::service
