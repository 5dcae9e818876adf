#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/campaign/records.h"

namespace foray::campaign {

/// The journal could not be read or written; the message names the file, the place in it, what was
/// expected and what was found. Nothing that had been recorded is lost.
class JournalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One entry of a campaign's journal. Append-only; the state of a campaign is the replay of these.
struct JournalEntry {
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... without gaps; also the number of the event.
  double time_s = 0;          ///< seconds since 1970-01-01 UTC on the campaign's clock.
  Record record;
  std::string who;  ///< who asked for it: "foray", or the name of an operator's session.
};

/// Port: where a campaign writes down each step before it takes the next. append() is called by one
/// thread (the campaign's); read() may be called by any.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Appends durably (it is on disk when this returns) and returns the entry with its sequence.
  /// @throws JournalError when it could not be written, or when its idempotency key is already on
  ///         record; nothing was recorded then.
  virtual JournalEntry append(const Record& record, const std::string& who, double time_s) = 0;

  /// All entries with a sequence of at least `from`, in order.
  /// @throws JournalError on an entry that cannot be read.
  [[nodiscard]] virtual std::vector<JournalEntry> read(std::int64_t from) const = 0;
};

}  // namespace foray::campaign
