#include "run_folder.h"

#include <fmt/core.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "foray/files/atomic_write.h"
#include "foray/files/measurement_store.h"
#include "foray/journal/sqlite_journal.h"

namespace foray::app {

namespace fs = std::filesystem;

namespace {

constexpr char kMeasurements[] = "measurements";
constexpr char kReduced[] = "reduced";
constexpr char kOrigin[] = "origin.txt";

}  // namespace

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (fs::is_directory(path)) {
    throw std::invalid_argument(fmt::format("{}: expected a file, found a folder", path.string()));
  }
  if (!file || !(text << file.rdbuf())) {
    throw std::invalid_argument(fmt::format("{}: cannot be read: {}", path.string(),
                                            std::generic_category().message(errno)));
  }
  return text.str();
}

RunFolder RunFolder::create(const fs::path& path, const std::string& campaign_text,
                            const fs::path& origin) {
  RunFolder folder(path);
  if (fs::exists(folder.journal())) {
    throw std::runtime_error(fmt::format(
        "{}: holds a campaign already; continue it with `foray resume {}` or name another folder",
        path.string(), path.string()));
  }
  for (const char* kind : {kMeasurements, kReduced}) {
    std::error_code error;
    fs::create_directories(path / kind, error);
    if (error) {
      throw std::runtime_error(
          fmt::format("{}: the run folder cannot be made: {}", path.string(), error.message()));
    }
  }
  if (!origin.empty()) {
    files::write_atomically((path / kOrigin).string(), fs::absolute(origin).string());
  }
  files::write_atomically(folder.campaign_file().string(), campaign_text);
  return folder;
}

RunFolder RunFolder::open(const fs::path& path) {
  RunFolder folder(path);
  if (!fs::exists(folder.campaign_file())) {
    throw std::invalid_argument(fmt::format(
        "{}: expected the folder of a run, found no campaign.json in it", path.string()));
  }
  return folder;
}

void RunFolder::remove_unless_begun() const {
  if (fs::exists(journal())) return;
  std::error_code error;  // a folder with something else in it stays
  for (const fs::path& made :
       {campaign_file(), path_ / kOrigin, path_ / kMeasurements, path_ / kReduced, path_}) {
    fs::remove(made, error);
  }
}

std::string RunFolder::campaign_text() const { return read_text(campaign_file()); }

fs::path RunFolder::origin() const {
  return fs::exists(path_ / kOrigin) ? fs::path(read_text(path_ / kOrigin)) : path_;
}

std::unique_ptr<campaign::Journal> RunFolder::open_journal() const {
  if (fs::exists(journal())) return journal::SqliteJournal::open(journal());
  return journal::SqliteJournal::create(journal());
}

std::unique_ptr<campaign::Campaign> open_campaign(const codec::CampaignFile& file,
                                                  const std::string& text, campaign::Ports ports,
                                                  const std::string& who) {
  if (!ports.journal.read(1).empty()) return campaign::Campaign::resume(ports, who);
  return std::make_unique<campaign::Campaign>(file.campaign, text, ports, who);
}

namespace {

campaign::SavedFile saved_in(const fs::path& folder, const char* kind, campaign::MeasurementId id,
                             const scattering::Measurement& measurement, files::Metadata metadata) {
  metadata["measurement_id"] = static_cast<double>(id);
  const files::SavedFile saved =
      files::save_measurement((folder / kind).string(), id, measurement, nullptr, metadata);
  return {fs::path(saved.path).lexically_relative(folder).string(), saved.sha256};
}

}  // namespace

campaign::SavedFile FolderStore::save(campaign::MeasurementId id,
                                      const scattering::Measurement& measurement) {
  return saved_in(folder_, kMeasurements, id, measurement, {});
}

campaign::SavedFile FolderStore::save_score(campaign::MeasurementId id,
                                            const scattering::Score& score) {
  if (!score.curve) return {};
  files::Metadata metadata{{"reduction", score.reduction}};
  for (const scattering::Observable& observable : score.observables) {
    if (observable.status == scattering::ObservableStatus::kPresent) {
      metadata[observable.name] = observable.value;
    }
  }
  return saved_in(folder_, kReduced, id, *score.curve, std::move(metadata));
}

scattering::Measurement FolderStore::load(campaign::MeasurementId /*id*/,
                                          const campaign::SavedFile& file) {
  return files::load_measurement((folder_ / file.path).string(), file.sha256).measurement;
}

}  // namespace foray::app
