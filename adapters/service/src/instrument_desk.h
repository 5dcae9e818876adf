#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foray/codec/json.h"
#include "foray/common/mutex.h"
#include "foray/service/campaign_host.h"
#include "foray/service/transport.h"
#include "worker.h"

namespace foray::service {

// Connects clients that registered as instruments with the campaigns that name them: carries
// requests to the client and its answers back. Owned and called by the service's worker.
class InstrumentDesk {
 public:
  using Send = std::function<void(ConnectionId, std::string)>;

  InstrumentDesk(CampaignHost& host, Worker& worker, Send send)
      : host_(host), gate_(std::make_shared<Gate>(worker)), send_(std::move(send)) {}
  ~InstrumentDesk();  // campaigns that go on find their instrument disconnected
  InstrumentDesk(const InstrumentDesk&) = delete;
  InstrumentDesk& operator=(const InstrumentDesk&) = delete;
  InstrumentDesk(InstrumentDesk&&) = delete;
  InstrumentDesk& operator=(InstrumentDesk&&) = delete;

  // Makes a connection the instrument of that name, for one campaign or (campaign empty) for all
  // that name it, now and later. Returns the campaigns that it serves now.
  // @throws RpcError kConflict when another connection holds the name and not `take_over`.
  std::vector<std::string> enrol(ConnectionId connection, const std::string& name,
                                 const std::string& campaign, bool take_over);

  // False when the connection does not hold the name.
  bool dismiss(ConnectionId connection, const std::string& name);

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
  struct Attachment {
    std::shared_ptr<RemoteLink> link;
    std::int64_t number = 0;
  };
  struct Enrolment {
    ConnectionId connection = 0;
    std::string campaign;                           // "": all
    std::map<std::string, Attachment> attachments;  // by campaign
  };
  struct Question {
    ConnectionId connection = 0;
    std::shared_ptr<RemoteLink> link;
    campaign::MeasurementId measurement = 0;
    bool outcome = false;
  };

  bool attach(const std::string& name, Enrolment& enrolment, const std::string& campaign);
  static void detach(Enrolment& enrolment);
  RemoteClient client_of(ConnectionId connection, const std::string& campaign,
                         const std::weak_ptr<RemoteLink>& link);
  void ask(const Question& question, const std::string& method, const codec::Json& params);

  CampaignHost& host_;
  std::shared_ptr<Gate> gate_;
  Send send_;
  std::map<std::string, Enrolment> enrolments_;  // by name of the instrument
  std::map<std::string, Question> questions_;    // by id of the request
  std::int64_t last_question_ = 0;
};

}  // namespace foray::service
