#include "event_feed.h"

#include <algorithm>
#include <utility>

#include "foray/codec/record_codec.h"

namespace foray::service {

namespace {

// The members of the params of events.entry, to be put after the subscription's number.
std::string entry_text(const std::string& campaign, const campaign::JournalEntry& entry) {
  const codec::Json head = {{"campaign", campaign},
                            {"sequence", entry.sequence},
                            {"time_s", entry.time_s},
                            {"kind", campaign::kind_name(entry.record)},
                            {"who", entry.who}};
  std::string text = codec::write_json(head);
  text.pop_back();
  return text.substr(1) + ",\"body\":" + codec::write_record(entry.record);
}

}  // namespace

EventFeed::Tail& EventFeed::tail(const std::string& campaign) {
  const auto known = tails_.find(campaign);
  if (known != tails_.end()) return known->second;
  Tail read;
  for (const auto& entry : host_.entries(campaign, 1)) append(read, campaign, entry);
  return tails_.emplace(campaign, std::move(read)).first->second;
}

void EventFeed::append(Tail& tail, const std::string& campaign,
                       const campaign::JournalEntry& entry) {
  tail.entries.push_back(entry_text(campaign, entry));
  if (const auto* created = std::get_if<campaign::CampaignCreated>(&entry.record)) {
    for (const campaign::ReactRule& rule : created->spec.react)
      tail.rule_sets_objective.push_back(rule.objective.has_value());
    tail.objective_revision = entry.sequence;
  } else if (std::holds_alternative<campaign::ObjectiveSet>(entry.record)) {
    tail.objective_revision = entry.sequence;
  } else if (const auto* reacted = std::get_if<campaign::Reacted>(&entry.record)) {
    const auto rule = static_cast<std::size_t>(reacted->rule);
    if (rule < tail.rule_sets_objective.size() && tail.rule_sets_objective[rule])
      tail.objective_revision = entry.sequence;
  }
}

EventFeed::Subscribed EventFeed::subscribe(ConnectionId connection, const std::string& campaign,
                                           std::int64_t from) {
  const Tail& known = tail(campaign);
  const auto end = static_cast<std::int64_t>(known.entries.size()) + 1;
  const std::int64_t next = from == 0 ? end : from;
  const std::int64_t id = ++last_id_;
  subscriptions_[id] = {connection, campaign, next};
  return {id, next};
}

bool EventFeed::unsubscribe(ConnectionId connection, std::int64_t subscription) {
  const auto found = subscriptions_.find(subscription);
  if (found == subscriptions_.end() || found->second.connection != connection) return false;
  subscriptions_.erase(found);
  return true;
}

void EventFeed::entry(const std::string& campaign, const campaign::JournalEntry& entry) {
  const auto known = tails_.find(campaign);
  if (known == tails_.end()) return;  // read as a whole when somebody asks
  Tail& tail = known->second;
  const auto next = static_cast<std::int64_t>(tail.entries.size()) + 1;
  if (entry.sequence < next) return;  // came with the reading
  if (entry.sequence > next) {
    for (const auto& missed : host_.entries(campaign, next)) append(tail, campaign, missed);
  } else {
    append(tail, campaign, entry);
  }
  std::vector<std::int64_t> ids;
  for (const auto& [id, subscription] : subscriptions_)
    if (subscription.campaign == campaign) ids.push_back(id);
  for (const std::int64_t id : ids) pump(id);
}

void EventFeed::pump(std::int64_t id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  Subscription& subscription = found->second;
  const std::vector<std::string>& entries = tail(subscription.campaign).entries;
  const std::size_t& unread = unread_[subscription.connection];  // grows with each send
  const std::string start =
      R"({"jsonrpc":"2.0","method":"events.entry","params":{"subscription":)" + std::to_string(id) +
      ",";
  while (subscription.next <= static_cast<std::int64_t>(entries.size()) && unread < unread_limit_) {
    std::string text = start + entries[static_cast<std::size_t>(subscription.next - 1)] + "}}";
    ++subscription.next;
    send_(subscription.connection, std::move(text));
  }
}

void EventFeed::written(ConnectionId connection, std::size_t bytes) {
  const auto unread = unread_.find(connection);
  if (unread == unread_.end()) return;
  unread->second -= std::min(unread->second, bytes);
  std::vector<std::int64_t> ids;
  for (const auto& [id, subscription] : subscriptions_)
    if (subscription.connection == connection) ids.push_back(id);
  for (const std::int64_t id : ids) pump(id);
}

void EventFeed::closed(ConnectionId connection) {
  std::erase_if(subscriptions_,
                [connection](const auto& item) { return item.second.connection == connection; });
  unread_.erase(connection);
}

std::int64_t EventFeed::last_sequence(const std::string& campaign) {
  return static_cast<std::int64_t>(tail(campaign).entries.size());
}

std::int64_t EventFeed::objective_revision(const std::string& campaign) {
  return tail(campaign).objective_revision;
}

}  // namespace foray::service
