#include "client_desk.h"

#include <algorithm>
#include <optional>

#include "function_codec.h"
#include "measure_codec.h"
#include "rpc.h"

namespace foray::service {

using campaign::MeasurementId;
using campaign::MeasureRequest;
using campaign::RequestState;
using codec::Json;

namespace {

// What a client answered about a measurement that it may have made before.
void tell_outcome(RemoteLink& link, MeasurementId id, const Json* result) {
  std::optional<RemoteAnswer> done;
  RequestState state = RequestState::kUnknown;  // also when the client knows no such method
  if (result != nullptr) state = read_outcome(id, *result, done);
  if (done) link.deliver(std::move(*done));
  link.tell_outcome(id, state);
}

void take_values(FunctionLink& link, std::int64_t question, Eigen::Index count, const Json* result,
                 const Json* error) {
  if (result == nullptr) return link.refuse(question, refusal_of(*error));
  try {
    link.deliver(question, read_values(*result, count));
  } catch (const codec::CodecError& problem) {
    link.refuse(question, problem.what());
  }
}

}  // namespace

ClientDesk::~ClientDesk() {
  gate_->close();
  for (auto& [name, enrolment] : enrolments_) detach(enrolment);
}

std::vector<std::string> ClientDesk::enrol(ConnectionId connection, Post post,
                                           const std::string& name, const std::string& campaign,
                                           bool take_over) {
  const Name key{post, name};
  const auto held = enrolments_.find(key);
  if (held != enrolments_.end()) {
    if (held->second.connection != connection && !take_over)
      throw RpcError(kConflict, "/params/name: another client is registered as " + name +
                                    "; take_over replaces it");
    detach(held->second);
    enrolments_.erase(held);
  }
  Enrolment& enrolment = enrolments_[key];
  enrolment.connection = connection;
  enrolment.campaign = campaign;
  std::vector<std::string> served;
  for (const std::string& id : host_.list())
    if (attach(key, enrolment, id)) served.push_back(id);
  return served;
}

bool ClientDesk::attach(const Name& name, Enrolment& enrolment, const std::string& campaign) {
  if (!enrolment.campaign.empty() && enrolment.campaign != campaign) return false;
  return name.first == Post::kInstrument ? attach_instrument(name.second, enrolment, campaign)
                                         : attach_function(name.second, enrolment, campaign);
}

bool ClientDesk::attach_instrument(const std::string& name, Enrolment& enrolment,
                                   const std::string& campaign) {
  const auto open = host_.find(campaign);
  if (!open || !open->link || open->link->options().name != name) return false;
  const auto number =
      open->link->attach(client_of(enrolment.connection, campaign, open->link), true);
  if (!number) return false;
  enrolment.detaches[campaign] = [link = open->link, number = *number] { link->detach(number); };
  return true;
}

// Of every open campaign: which function it names may change while it runs.
bool ClientDesk::attach_function(const std::string& name, Enrolment& enrolment,
                                 const std::string& campaign) {
  const auto open = host_.find(campaign);
  if (!open || !open->functions) return false;
  const std::int64_t number =
      open->functions->attach(name, function_of(enrolment.connection, campaign, open->functions));
  enrolment.detaches[campaign] = [link = open->functions, number] { link->detach(number); };
  const optimizer::AcquisitionSpec acquisition = open->campaign->view().acquisition();
  return acquisition.kind == optimizer::AcquisitionKind::kRemote && acquisition.function == name;
}

void ClientDesk::detach(Enrolment& enrolment) {
  for (const auto& [campaign, detach_from] : enrolment.detaches) detach_from();
  enrolment.detaches.clear();
}

bool ClientDesk::dismiss(ConnectionId connection, Post post, const std::string& name) {
  const auto held = enrolments_.find({post, name});
  if (held == enrolments_.end() || held->second.connection != connection) return false;
  detach(held->second);
  enrolments_.erase(held);
  return true;
}

void ClientDesk::opened(const std::string& campaign) {
  for (auto& [name, enrolment] : enrolments_) attach(name, enrolment, campaign);
}

// The link calls from the campaign's thread; everything is posted to the worker.
RemoteClient ClientDesk::client_of(ConnectionId connection, const std::string& campaign,
                                   const std::weak_ptr<RemoteLink>& link) {
  RemoteClient client;
  client.measure = [this, gate = gate_, connection, campaign, link](const MeasureRequest& request) {
    gate->post([this, connection, campaign, link, request] {
      const auto alive = link.lock();
      if (!alive) return;
      ask(connection, "instrument.measure", measure_params(campaign, request),
          [alive, id = request.id](const Json* result, const Json* error) {
            alive->deliver(result != nullptr ? read_measure_answer(id, *result)
                                             : refused_answer(id, *error));
          });
    });
  };
  client.ask_outcome = [this, gate = gate_, connection, campaign, link](MeasurementId id) {
    gate->post([this, connection, campaign, link, id] {
      const auto alive = link.lock();
      if (!alive) return;
      ask(connection, "instrument.outcome", {{"campaign", campaign}, {"measurement", id}},
          [alive, id](const Json* result, const Json* /*error*/) {
            tell_outcome(*alive, id, result);
          });
    });
  };
  client.abort = [this, gate = gate_, connection, campaign] {
    gate->post([this, connection, campaign] {
      send_(connection, notification_text("instrument.abort", {{"campaign", campaign}}));
    });
  };
  return client;
}

AskFunction ClientDesk::function_of(ConnectionId connection, const std::string& campaign,
                                    const std::weak_ptr<FunctionLink>& link) {
  return [this, gate = gate_, connection, campaign, link](
             std::int64_t question, const optimizer::FunctionRequest& request) {
    gate->post([this, connection, campaign, link, question, request] {
      const auto alive = link.lock();
      if (!alive) return;
      ask(connection, "acquisition.evaluate", evaluate_params(campaign, request),
          [alive, question, count = request.points.cols()](const Json* result, const Json* error) {
            take_values(*alive, question, count, result, error);
          });
    });
  };
}

void ClientDesk::ask(ConnectionId connection, const std::string& method, const Json& params,
                     Answered answered) {
  // Posted by a link while its client went away: the link knows that it has to ask again.
  const bool here = std::any_of(enrolments_.begin(), enrolments_.end(), [&](const auto& item) {
    return item.second.connection == connection;
  });
  if (!here) return;
  const std::string id = "foray-" + std::to_string(++last_question_);
  questions_[id] = {connection, std::move(answered)};
  send_(connection, request_text(id, method, params));
}

void ClientDesk::answer(ConnectionId connection, const Json& id, const Json* result,
                        const Json* error) {
  if (!id.is_string()) return;
  const auto found = questions_.find(id.get<std::string>());
  if (found == questions_.end() || found->second.connection != connection) return;
  const Question question = found->second;
  questions_.erase(found);
  question.answered(result, error);
}

void ClientDesk::closed(ConnectionId connection) {
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
