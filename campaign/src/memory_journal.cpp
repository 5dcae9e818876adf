#include "foray/campaign/memory_journal.h"

#include <utility>

namespace foray::campaign {

MemoryJournal::MemoryJournal(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) {
    const auto expected = static_cast<std::int64_t>(entries_.size()) + 1;
    if (entry.sequence != expected) {
      throw JournalError("journal in memory: expected entry " + std::to_string(expected) +
                         ", found entry " + std::to_string(entry.sequence));
    }
    append(entry.record, entry.who, entry.time_s);
  }
}

JournalEntry MemoryJournal::append(const Record& record, const std::string& who, double time_s) {
  const Lock lock(mutex_);
  const std::string key = idempotency_key(record);
  if (!key.empty() && !keys_.insert(key).second) {
    throw JournalError("journal in memory: expected one record \"" + key + "\", got a second");
  }
  JournalEntry entry;
  entry.sequence = static_cast<std::int64_t>(entries_.size()) + 1;
  entry.time_s = time_s;
  entry.record = record;
  entry.who = who;
  entries_.push_back(entry);
  return entry;
}

std::vector<JournalEntry> MemoryJournal::read(std::int64_t from) const {
  const Lock lock(mutex_);
  std::vector<JournalEntry> found;
  for (const JournalEntry& entry : entries_) {
    if (entry.sequence >= from) {
      found.push_back(entry);
    }
  }
  return found;
}

}  // namespace foray::campaign
