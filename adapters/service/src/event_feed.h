#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "foray/codec/json.h"
#include "foray/service/campaign_host.h"
#include "foray/service/transport.h"

namespace foray::service {

// Tells subscribers the entries of journals: first those on record from the sequence that they
// name, then each new one, none twice and none left out.
//
// A subscription is a cursor into the journal, so replay and live are one thing. A client that
// reads slowly gets the next entries when it has read the last ones. Owned and called by the
// service's worker.
class EventFeed {
 public:
  using Send = std::function<void(ConnectionId, std::string)>;

  // @param unread_limit  so many bytes wait for one client at most.
  EventFeed(CampaignHost& host, std::size_t unread_limit, Send send)
      : host_(host), unread_limit_(unread_limit), send_(std::move(send)) {}

  struct Subscribed {
    std::int64_t subscription = 0;
    std::int64_t next_sequence = 0;  // of the first entry that will be told
  };

  // @param from  first sequence wanted; 0: only entries that are still to come.
  Subscribed subscribe(ConnectionId connection, const std::string& campaign, std::int64_t from);

  // Sends what a new subscription has to catch up with; after its answer was sent.
  void start(std::int64_t subscription) { pump(subscription); }

  // False when the connection has no such subscription.
  bool unsubscribe(ConnectionId connection, std::int64_t subscription);

  // A new entry of any campaign.
  void entry(const std::string& campaign, const campaign::JournalEntry& entry);

  // Bytes of any message that is sent to the connection, and that have left; the connection is
  // gone.
  void sent(ConnectionId connection, std::size_t bytes) { unread_[connection] += bytes; }
  void written(ConnectionId connection, std::size_t bytes);
  void closed(ConnectionId connection);

  // Sequence of the last entry of a campaign, and of the one that set its present objective.
  std::int64_t last_sequence(const std::string& campaign);
  std::int64_t objective_revision(const std::string& campaign);

 private:
  // A journal as far as it is known here.
  struct Tail {
    std::vector<std::string> entries;  // params of events.entry without braces; [sequence - 1]
    std::int64_t objective_revision = 0;
    std::vector<bool> rule_sets_objective;  // by index of the react rule
  };
  struct Subscription {
    ConnectionId connection = 0;
    std::string campaign;
    std::int64_t next = 1;
  };

  Tail& tail(const std::string& campaign);
  void append(Tail& tail, const std::string& campaign, const campaign::JournalEntry& entry);
  void pump(std::int64_t id);

  CampaignHost& host_;
  const std::size_t unread_limit_;
  Send send_;
  std::map<std::string, Tail> tails_;
  std::map<std::int64_t, Subscription> subscriptions_;
  std::map<ConnectionId, std::size_t> unread_;  // bytes sent and not written yet
  std::int64_t last_id_ = 0;
};

}  // namespace foray::service
