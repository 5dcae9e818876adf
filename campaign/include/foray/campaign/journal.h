#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foray::campaign {

/// One entry of a campaign's journal. Append-only; the state of a campaign is the replay of these.
struct JournalEntry {
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... without gaps; also the number of the event.
  double time_s = 0;          ///< seconds since 1970-01-01 UTC on the campaign's clock.
  std::string kind;           ///< "campaign.created", "measure.requested", ...
  std::string body;           ///< the typed record of that kind as text (JSON), written by a codec.
  std::string who;            ///< who asked for it: "foray", or the name of an operator's session.
};

/// Port: where a campaign writes down each step before it takes the next.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Appends durably (it is on disk when this returns) and returns the entry with its sequence.
  /// @throws JournalError when it could not be written; nothing was recorded then.
  virtual JournalEntry append(const std::string& kind, const std::string& body,
                              const std::string& who, double time_s) = 0;

  /// All entries with a sequence of at least `from`, in order.
  [[nodiscard]] virtual std::vector<JournalEntry> read(std::int64_t from) const = 0;
};

}  // namespace foray::campaign
