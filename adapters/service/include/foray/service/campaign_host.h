#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/campaign.h"
#include "foray/campaign/journal.h"
#include "foray/service/remote_functions.h"
#include "foray/service/remote_instrument.h"

namespace foray::service {

/// A campaign that is open in this process: some thread of the host calls its run().
struct OpenCampaign {
  /// Shared with the host, so that a call that is being answered outlives the campaign's end.
  std::shared_ptr<campaign::Campaign> campaign;
  std::shared_ptr<RemoteLink> link;  ///< null unless a client of the service is the instrument.
  std::shared_ptr<FunctionLink> functions;  ///< its port to acquisition functions of clients.
};

/// Told of every entry right after it was written, on the campaign's thread; must return quickly.
using EntryListener =
    std::function<void(const std::string& id, const campaign::JournalEntry& entry)>;

/// What the service needs of the program: campaigns by name. The service calls from one thread.
/// All methods throw std::runtime_error for what could not be done (a folder that cannot be
/// written, a journal that cannot be read) and std::invalid_argument for what was asked wrongly.
class CampaignHost {
 public:
  virtual ~CampaignHost() = default;

  /// Makes a new campaign, created and not yet started; returns its id, which is a valid name of a
  /// folder.
  /// @param file  the campaign file as text.
  virtual std::string create(const std::string& file, const std::string& who) = 0;

  /// Takes up from its journal a campaign that is not open.
  virtual void reopen(const std::string& id, const std::string& who) = 0;

  /// Ids of all campaigns, open or not, sorted.
  [[nodiscard]] virtual std::vector<std::string> list() const = 0;

  /// The open campaign of that id; nothing when it is not open.
  [[nodiscard]] virtual std::optional<OpenCampaign> find(const std::string& id) const = 0;

  /// Entries of a campaign's journal, open or not, with a sequence of at least `from`.
  [[nodiscard]] virtual std::vector<campaign::JournalEntry> entries(const std::string& id,
                                                                    std::int64_t from) const = 0;

  /// Sets who is told of entries; an empty listener ends it, and returns when no call is under way.
  virtual void on_entry(EntryListener listener) = 0;
};

}  // namespace foray::service
