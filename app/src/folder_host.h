#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foray/service/campaign_host.h"

namespace foray::app {

/// Campaigns of the service as run folders under one folder, each run by a thread of its own.
///
/// Called by one thread (the service's), but for the destructor.
class FolderHost final : public service::CampaignHost {
 public:
  /// @param folder  is made when it is not there; run folders in it can be taken up.
  /// @throws std::runtime_error when it cannot be made.
  explicit FolderHost(std::filesystem::path folder);

  /// Leaves all campaigns at their next step and writes their reports; they can be taken up again.
  ~FolderHost() override;
  FolderHost(const FolderHost&) = delete;
  FolderHost& operator=(const FolderHost&) = delete;
  FolderHost(FolderHost&&) = delete;
  FolderHost& operator=(FolderHost&&) = delete;

  /// The id is the campaign's name, with a number behind it when that is taken.
  /// @throws std::invalid_argument also for an instrument that would start a program or keep a file
  ///         outside the run folder: that is for people at this machine (`foray run`).
  ///         So are weights with a network of somebody else's, here and in reopen().
  std::string create(const std::string& file, const std::string& who) override;
  void reopen(const std::string& id, const std::string& who) override;
  [[nodiscard]] std::vector<std::string> list() const override;
  [[nodiscard]] std::optional<service::OpenCampaign> find(const std::string& id) const override;
  [[nodiscard]] std::vector<campaign::JournalEntry> entries(const std::string& id,
                                                            std::int64_t from) const override;
  void on_entry(service::EntryListener listener) override;

 private:
  class Run;
  struct Listeners;

  std::filesystem::path folder_;
  std::shared_ptr<Listeners> listeners_;
  std::map<std::string, std::unique_ptr<Run>> runs_;
};

}  // namespace foray::app
