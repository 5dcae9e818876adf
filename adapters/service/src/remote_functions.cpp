#include "foray/service/remote_functions.h"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

namespace foray::service {

namespace {

std::string unanswered(const optimizer::FunctionRequest& request, bool attached) {
  std::ostringstream text;
  text << "remote function \"" << request.function << "\": ";
  if (attached) {
    text << "its client has not answered for " << request.timeout_s << " s";
  } else {
    text << "no client is registered for it (acquisition.register); waited for "
         << request.timeout_s << " s";
  }
  return text.str();
}

}  // namespace

std::int64_t FunctionLink::attach(const std::string& function, AskFunction ask) {
  const Lock lock(mutex_);
  Client& client = clients_[function];
  forget(client.attachment);
  client = {++last_attachment_, std::move(ask)};
  changed_.notify_all();
  return last_attachment_;
}

void FunctionLink::detach(std::int64_t attachment) {
  const Lock lock(mutex_);
  std::erase_if(clients_,
                [attachment](const auto& item) { return item.second.attachment == attachment; });
  forget(attachment);
  changed_.notify_all();
}

void FunctionLink::forget(std::int64_t attachment) {
  if (waiting_ && waiting_->asked_of == attachment) waiting_->asked_of = 0;
}

bool FunctionLink::awaited(std::int64_t question) const {
  return waiting_ && waiting_->asked_of != 0 && waiting_->question == question;
}

bool FunctionLink::attached(const std::string& function) const {
  const Lock lock(mutex_);
  return clients_.count(function) > 0;
}

void FunctionLink::deliver(std::int64_t question, Eigen::VectorXd values) {
  const Lock lock(mutex_);
  if (!awaited(question)) return;
  waiting_->values = std::move(values);
  changed_.notify_all();
}

void FunctionLink::refuse(std::int64_t question, std::string why) {
  const Lock lock(mutex_);
  if (!awaited(question)) return;
  waiting_->refusal = std::move(why);
  changed_.notify_all();
}

// Asks whoever computes the function now, unless it was asked already.
void FunctionLink::ask_again(const optimizer::FunctionRequest& request) {
  AskFunction ask;
  std::int64_t question = 0;
  {
    const Lock lock(mutex_);
    const auto client = clients_.find(request.function);
    if (client == clients_.end() || client->second.attachment == waiting_->asked_of) return;
    waiting_->asked_of = client->second.attachment;
    question = waiting_->question = ++last_question_;
    ask = client->second.ask;
  }
  ask(question, request);
}

Eigen::VectorXd FunctionLink::evaluate(const optimizer::FunctionRequest& request,
                                       const std::function<bool()>& given_up) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kSlice{20};  // so soon it is given up
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(request.timeout_s));
  {
    const Lock lock(mutex_);
    waiting_ = Waiting{};
  }
  for (;;) {
    ask_again(request);
    const bool leave = given_up();
    Lock lock(mutex_);
    if (!waiting_->values && waiting_->refusal.empty() && !leave && Clock::now() < deadline) {
      changed_.wait_until(lock.waitable(), std::min(deadline, Clock::now() + kSlice));
      if (!waiting_->values && waiting_->refusal.empty()) continue;
    }
    const Waiting ended = std::move(*waiting_);
    waiting_.reset();
    if (ended.values) return *ended.values;
    if (!ended.refusal.empty())
      throw optimizer::FunctionFailed("remote function \"" + request.function +
                                      "\": " + ended.refusal);
    if (leave)
      throw optimizer::FunctionGivenUp("remote function \"" + request.function +
                                       "\": given up, as something else comes first");
    throw optimizer::FunctionFailed(unanswered(request, clients_.count(request.function) > 0));
  }
}

}  // namespace foray::service
