#pragma once

#include <set>
#include <string>
#include <vector>

#include "foray/campaign/journal.h"
#include "foray/common/mutex.h"

namespace foray::campaign {

/// A journal that lives in memory: for simulated studies and tests.
class MemoryJournal final : public Journal {
 public:
  MemoryJournal() = default;

  /// Takes up earlier entries, which must be numbered 1, 2, 3 ...
  /// @throws JournalError on a gap or on an idempotency key that occurs twice.
  explicit MemoryJournal(const std::vector<JournalEntry>& entries);

  JournalEntry append(const Record& record, const std::string& who, double time_s) override;
  [[nodiscard]] std::vector<JournalEntry> read(std::int64_t from) const override;

 private:
  mutable Mutex mutex_;
  std::vector<JournalEntry> entries_ FORAY_GUARDED_BY(mutex_);
  std::set<std::string> keys_ FORAY_GUARDED_BY(mutex_);
};

}  // namespace foray::campaign
