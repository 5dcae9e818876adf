#include "instrument_desk.h"

#include <algorithm>
#include <utility>

#include "measure_codec.h"
#include "rpc.h"

namespace foray::service {

using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::RequestState;

InstrumentDesk::~InstrumentDesk() {
  gate_->close();
  for (auto& [name, enrolment] : enrolments_) detach(enrolment);
}

std::vector<std::string> InstrumentDesk::enrol(ConnectionId connection, const std::string& name,
                                               const std::string& campaign, bool take_over) {
  const auto held = enrolments_.find(name);
  if (held != enrolments_.end()) {
    if (held->second.connection != connection && !take_over)
      throw RpcError(kConflict, "/params/name: another client is registered as " + name +
                                    "; take_over replaces it");
    detach(held->second);
    enrolments_.erase(held);
  }
  Enrolment& enrolment = enrolments_[name];
  enrolment.connection = connection;
  enrolment.campaign = campaign;
  std::vector<std::string> served;
  for (const std::string& id : host_.list())
    if (attach(name, enrolment, id)) served.push_back(id);
  return served;
}

bool InstrumentDesk::attach(const std::string& name, Enrolment& enrolment,
                            const std::string& campaign) {
  if (!enrolment.campaign.empty() && enrolment.campaign != campaign) return false;
  const auto open = host_.find(campaign);
  if (!open || !open->link || open->link->options().name != name) return false;
  const auto number =
      open->link->attach(client_of(enrolment.connection, campaign, open->link), true);
  if (!number) return false;
  enrolment.attachments[campaign] = {open->link, *number};
  return true;
}

void InstrumentDesk::detach(Enrolment& enrolment) {
  for (auto& [campaign, attachment] : enrolment.attachments)
    attachment.link->detach(attachment.number);
  enrolment.attachments.clear();
}

bool InstrumentDesk::dismiss(ConnectionId connection, const std::string& name) {
  const auto held = enrolments_.find(name);
  if (held == enrolments_.end() || held->second.connection != connection) return false;
  detach(held->second);
  enrolments_.erase(held);
  return true;
}

void InstrumentDesk::opened(const std::string& campaign) {
  for (auto& [name, enrolment] : enrolments_) attach(name, enrolment, campaign);
}

// The link calls from the campaign's thread; everything is posted to the worker.
RemoteClient InstrumentDesk::client_of(ConnectionId connection, const std::string& campaign,
                                       const std::weak_ptr<RemoteLink>& link) {
  RemoteClient client;
  client.measure = [this, gate = gate_, connection, campaign, link](const MeasureRequest& request) {
    gate->post([this, connection, campaign, link, request] {
      if (const auto alive = link.lock())
        ask({connection, alive, request.id, false}, "instrument.measure",
            measure_params(campaign, request));
    });
  };
  client.ask_outcome = [this, gate = gate_, connection, campaign, link](MeasurementId id) {
    gate->post([this, connection, campaign, link, id] {
      if (const auto alive = link.lock())
        ask({connection, alive, id, true}, "instrument.outcome",
            {{"campaign", campaign}, {"measurement", id}});
    });
  };
  client.abort = [this, gate = gate_, connection, campaign] {
    gate->post([this, connection, campaign] {
      send_(connection, notification_text("instrument.abort", {{"campaign", campaign}}));
    });
  };
  return client;
}

void InstrumentDesk::ask(const Question& question, const std::string& method,
                         const codec::Json& params) {
  // Posted by a link while its client went away: the link knows the request is in doubt.
  const bool here = std::any_of(enrolments_.begin(), enrolments_.end(), [&](const auto& item) {
    return item.second.connection == question.connection;
  });
  if (!here) return;
  const std::string id = "foray-" + std::to_string(++last_question_);
  questions_[id] = question;
  send_(question.connection, request_text(id, method, params));
}

void InstrumentDesk::answer(ConnectionId connection, const codec::Json& id,
                            const codec::Json* result, const codec::Json* error) {
  if (!id.is_string()) return;
  const auto found = questions_.find(id.get<std::string>());
  if (found == questions_.end() || found->second.connection != connection) return;
  const Question question = found->second;
  questions_.erase(found);
  if (!question.outcome) {
    question.link->deliver(result != nullptr ? read_measure_answer(question.measurement, *result)
                                             : refused_answer(question.measurement, *error));
    return;
  }
  std::optional<RemoteAnswer> done;
  RequestState state = RequestState::kUnknown;  // also when the client knows no such method
  if (result != nullptr) state = read_outcome(question.measurement, *result, done);
  if (done) question.link->deliver(std::move(*done));
  question.link->tell_outcome(question.measurement, state);
}

void InstrumentDesk::closed(ConnectionId connection) {
  for (auto it = enrolments_.begin(); it != enrolments_.end();) {
    if (it->second.connection == connection) {
      detach(it->second);
      it = enrolments_.erase(it);
    } else {
      ++it;
    }
  }
  std::erase_if(questions_,
                [connection](const auto& item) { return item.second.connection == connection; });
}

}  // namespace foray::service
