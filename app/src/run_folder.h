#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "foray/campaign/campaign.h"
#include "foray/campaign/journal.h"
#include "foray/campaign/ports.h"
#include "foray/codec/campaign_codec.h"

namespace foray::app {

/// The folder that a campaign leaves: journal.sqlite, measurements/, reduced/, campaign.json,
/// origin.txt, summary.json and report.html.
class RunFolder {
 public:
  /// Makes a new folder for a campaign and keeps its file in it.
  /// @param origin  where the file came from: relative names in it start there; empty: the run
  ///        folder itself.
  /// @throws std::runtime_error when the folder holds a campaign already or cannot be written.
  static RunFolder create(const std::filesystem::path& path, const std::string& campaign_text,
                          const std::filesystem::path& origin = {});

  /// Opens a folder that create() made.
  /// @throws std::invalid_argument when there is no campaign file in it.
  static RunFolder open(const std::filesystem::path& path);

  /// Takes back what create() made, where no journal was begun.
  void remove_unless_begun() const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path campaign_file() const { return path_ / "campaign.json"; }
  [[nodiscard]] std::filesystem::path journal() const { return path_ / "journal.sqlite"; }

  /// The campaign file, verbatim.
  [[nodiscard]] std::string campaign_text() const;

  /// Where relative names of files to read start.
  [[nodiscard]] std::filesystem::path origin() const;

  /// Its journal, to write; made when a process ended before it could make it.
  /// @throws campaign::JournalError.
  [[nodiscard]] std::unique_ptr<campaign::Journal> open_journal() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Keeps each measurement as one NeXus file (NXsas for frames, NXcanSAS for curves) in
/// measurements/, which never changes once its hash is in the journal, and the curve that was
/// reduced from it under the same name in reduced/. Values that an instrument answered with are in
/// the journal and need no file.
class FolderStore final : public campaign::MeasurementStore {
 public:
  explicit FolderStore(const RunFolder& folder) : folder_(folder.path()) {}

  campaign::SavedFile save(campaign::MeasurementId id,
                           const scattering::Measurement& measurement) override;
  campaign::SavedFile save_score(campaign::MeasurementId id,
                                 const scattering::Score& score) override;
  [[nodiscard]] scattering::Measurement load(campaign::MeasurementId id,
                                             const campaign::SavedFile& file) override;

 private:
  std::filesystem::path folder_;
};

/// The campaign of a run folder: a new one where nothing is on record yet, else taken up from its
/// journal (see campaign::Campaign::resume).
std::unique_ptr<campaign::Campaign> open_campaign(const codec::CampaignFile& file,
                                                  const std::string& text, campaign::Ports ports,
                                                  const std::string& who);

/// Reads a whole file.
/// @throws std::invalid_argument naming the file and the system's reason.
std::string read_text(const std::filesystem::path& path);

}  // namespace foray::app
