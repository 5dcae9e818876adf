#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "foray/service/campaign_host.h"

namespace foray::test {

/// Campaigns of the tests: each runs on a thread of its own, with its journal in memory. The
/// instrument is a smooth function f of the first parameter, answered at once, or, for the adapter
/// "registered", a client of the service. Observables are the values of the same name.
class MemoryHost final : public service::CampaignHost {
 public:
  explicit MemoryHost(service::RemoteOptions remote = {});
  ~MemoryHost() override;
  MemoryHost(const MemoryHost&) = delete;
  MemoryHost& operator=(const MemoryHost&) = delete;
  MemoryHost(MemoryHost&&) = delete;
  MemoryHost& operator=(MemoryHost&&) = delete;

  std::string create(const std::string& file, const std::string& who) override;
  void reopen(const std::string& id, const std::string& who) override;
  [[nodiscard]] std::vector<std::string> list() const override;
  [[nodiscard]] std::optional<service::OpenCampaign> find(const std::string& id) const override;
  [[nodiscard]] std::vector<campaign::JournalEntry> entries(const std::string& id,
                                                            std::int64_t from) const override;
  void on_entry(service::EntryListener listener) override;

  /// Ends the campaign's thread as a lost process would; its journal stays.
  void shut(const std::string& id);

  /// Waits until the campaign's thread has ended by itself.
  campaign::CampaignState wait(const std::string& id);

 private:
  struct Run;
  struct Listeners;
  void open(Run& run, const std::string& who, bool resumed);

  service::RemoteOptions remote_;
  std::shared_ptr<Listeners> listeners_;
  std::map<std::string, std::unique_ptr<Run>> runs_;
};

}  // namespace foray::test
