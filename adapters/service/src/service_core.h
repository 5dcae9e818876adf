#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "client_desk.h"
#include "event_feed.h"
#include "foray/service/service.h"
#include "rpc.h"
#include "worker.h"

namespace foray::service {

// What a subscription, a session and the methods share. Members below `worker` are owned by it.
struct ServiceCore {
  ServiceCore(CampaignHost& campaign_host, ServiceOptions service_options);

  CampaignHost& host;
  const ServiceOptions options;
  Access access;
  const std::string instance;  // of this server: a client sees that it was restarted
  std::uint16_t port = 0;
  std::function<void(ConnectionId, std::string)> send;
  std::function<void(ConnectionId, std::uint16_t, std::string)> close;
  Worker worker;

  Dispatcher dispatcher;
  EventFeed feed;
  ClientDesk desk;
  std::map<ConnectionId, Caller> sessions;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }

  // The open campaign of that id.
  // @throws RpcError kNotFound when there is none, kRefused when it is not open.
  [[nodiscard]] OpenCampaign open(const std::string& id) const;
  // @throws RpcError kNotFound
  void require_known(const std::string& id) const;

  // Answers when the campaign has taken the command: `finish` makes the result of its value.
  template <class T>
  void answer_when_ready(std::future<T> future, const Responder& responder,
                         std::function<codec::Json(T)> finish) {
    auto shared = std::make_shared<std::future<T>>(std::move(future));
    waiting_.push_back([shared, responder, finish = std::move(finish)] {
      if (shared->wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
      try {
        responder.result(finish(shared->get()));
      } catch (const RpcError& error) {
        responder.error(error);
      } catch (const std::invalid_argument& error) {
        responder.error(RpcError(kInvalidParams, error.what()));
      } catch (const campaign::CommandRefused& error) {
        responder.error(RpcError(kRefused, error.what()));
      } catch (const std::exception& error) {
        responder.error(RpcError(kUnavailable, error.what()));
      }
      return true;
    });
    if (waiting_.size() == 1) look_after_futures();
  }

 private:
  void look_after_futures();

  std::list<std::function<bool()>> waiting_;  // each answers and returns true when it can
};

// Each adds its methods to the table; `core` may be null where the table is only described.
void add_session_methods(Dispatcher& table, ServiceCore* core);
void add_campaign_methods(Dispatcher& table, ServiceCore* core);
void add_measurement_methods(Dispatcher& table, ServiceCore* core);
void add_model_methods(Dispatcher& table, ServiceCore* core);
void add_live_methods(Dispatcher& table, ServiceCore* core);
void add_all_methods(Dispatcher& table, ServiceCore* core);

}  // namespace foray::service
