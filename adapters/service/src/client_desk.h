#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foray/codec/json.h"
#include "foray/common/mutex.h"
#include "foray/service/campaign_host.h"
#include "foray/service/transport.h"
#include "worker.h"

namespace foray::service {

// What a client can register as.
enum class Post { kInstrument, kFunction };

// Connects clients that registered as instruments or as acquisition functions with the campaigns
// that name them: carries requests to the client and its answers back. Owned and called by the
// service's worker.
class ClientDesk {
 public:
  using Send = std::function<void(ConnectionId, std::string)>;

  ClientDesk(CampaignHost& host, Worker& worker, Send send)
      : host_(host), gate_(std::make_shared<Gate>(worker)), send_(std::move(send)) {}
  ~ClientDesk();  // campaigns that go on find their clients disconnected
  ClientDesk(const ClientDesk&) = delete;
  ClientDesk& operator=(const ClientDesk&) = delete;
  ClientDesk(ClientDesk&&) = delete;
  ClientDesk& operator=(ClientDesk&&) = delete;

  // Makes a connection what is called by that name, for one campaign or (campaign empty) for all
  // that name it, now and later. Returns the campaigns that name it now.
  // @throws RpcError kConflict when another connection holds the name and not `take_over`.
  std::vector<std::string> enrol(ConnectionId connection, Post post, const std::string& name,
                                 const std::string& campaign, bool take_over);

  // False when the connection does not hold the name.
  bool dismiss(ConnectionId connection, Post post, const std::string& name);

  // A campaign was created or taken up.
  void opened(const std::string& campaign);

  // An answer of a client to a request of ours.
  void answer(ConnectionId connection, const codec::Json& id, const codec::Json* result,
              const codec::Json* error);

  void closed(ConnectionId connection);

 private:
  // The way from a campaign's thread to the worker; shared by the desk and the clients that it gave
  // to links, which may still be called while the service ends.
  class Gate {
   public:
    explicit Gate(Worker& worker) : worker_(&worker) {}
    void post(Worker::Task task) {
      const Lock lock(mutex_);
      if (worker_ != nullptr) worker_->post(std::move(task));
    }
    void close() {
      const Lock lock(mutex_);
      worker_ = nullptr;
    }

   private:
    Mutex mutex_;
    Worker* worker_ FORAY_GUARDED_BY(mutex_);
  };
  using Name = std::pair<Post, std::string>;
  struct Enrolment {
    ConnectionId connection = 0;
    std::string campaign;                                   // "": all
    std::map<std::string, std::function<void()>> detaches;  // by campaign
  };
  // One of the two is null.
  using Answered = std::function<void(const codec::Json* result, const codec::Json* error)>;
  struct Question {
    ConnectionId connection = 0;
    Answered answered;
  };

  bool attach(const Name& name, Enrolment& enrolment, const std::string& campaign);
  bool attach_instrument(const std::string& name, Enrolment& enrolment,
                         const std::string& campaign);
  bool attach_function(const std::string& name, Enrolment& enrolment, const std::string& campaign);
  static void detach(Enrolment& enrolment);
  RemoteClient client_of(ConnectionId connection, const std::string& campaign,
                         const std::weak_ptr<RemoteLink>& link);
  AskFunction function_of(ConnectionId connection, const std::string& campaign,
                          const std::weak_ptr<FunctionLink>& link);
  void ask(ConnectionId connection, const std::string& method, const codec::Json& params,
           Answered answered);

  CampaignHost& host_;
  std::shared_ptr<Gate> gate_;
  Send send_;
  std::map<Name, Enrolment> enrolments_;
  std::map<std::string, Question> questions_;  // by id of the request
  std::int64_t last_question_ = 0;
};

}  // namespace foray::service
