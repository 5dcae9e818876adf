#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "foray/campaign/journal.h"
#include "foray/campaign/ports.h"

namespace foray::app {

/// The folder that a campaign leaves: journal.sqlite, measurements/, campaign.json, summary.json
/// and report.html.
class RunFolder {
 public:
  /// Makes a new folder for a campaign and keeps its file in it.
  /// @throws std::runtime_error when the folder holds a campaign already or cannot be written.
  static RunFolder create(const std::filesystem::path& path, const std::string& campaign_text);

  /// Opens a folder that create() made.
  /// @throws std::invalid_argument when there is no campaign in it.
  static RunFolder open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path journal() const { return path_ / "journal.sqlite"; }
  [[nodiscard]] std::filesystem::path measurements() const { return path_ / "measurements"; }

  /// The campaign file, verbatim.
  [[nodiscard]] std::string campaign_text() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Keeps each measurement as one NeXus file (NXsas for frames, NXcanSAS for curves) in a run
/// folder, and what was reduced from it beside it. Values that an instrument answered with are in
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

/// Reads a whole file.
/// @throws std::invalid_argument naming the file and the system's reason.
std::string read_text(const std::filesystem::path& path);

}  // namespace foray::app
