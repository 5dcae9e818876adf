#include "run_folder.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "foray/files/atomic_write.h"
#include "foray/files/nexus.h"
#include "foray/files/read_measurement.h"

namespace foray::app {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (fs::is_directory(path)) {
    throw std::invalid_argument(fmt::format("{}: expected a file, found a folder", path.string()));
  }
  if (!file || !(text << file.rdbuf())) {
    throw std::invalid_argument(
        fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  }
  return text.str();
}

RunFolder RunFolder::create(const fs::path& path, const std::string& campaign_text) {
  const RunFolder folder(path);
  if (fs::exists(folder.journal())) {
    throw std::runtime_error(fmt::format(
        "{}: holds a campaign already; continue it with `foray resume {}` or name another folder",
        path.string(), path.string()));
  }
  std::error_code error;
  fs::create_directories(folder.measurements(), error);
  if (error) {
    throw std::runtime_error(
        fmt::format("{}: the run folder cannot be made: {}", path.string(), error.message()));
  }
  files::write_atomically((path / "campaign.json").string(), campaign_text);
  return folder;
}

RunFolder RunFolder::open(const fs::path& path) {
  const RunFolder folder(path);
  if (!fs::exists(folder.journal())) {
    throw std::invalid_argument(fmt::format(
        "{}: expected the folder of a run, found no journal.sqlite in it", path.string()));
  }
  return folder;
}

std::string RunFolder::campaign_text() const { return read_text(path_ / "campaign.json"); }

campaign::SavedFile FolderStore::save(campaign::MeasurementId id,
                                      const scattering::Measurement& measurement) {
  const std::string name = fmt::format("measurements/{:06d}.nxs", id);
  const std::string path = (folder_ / name).string();
  const files::Metadata metadata{{"measurement_id", static_cast<double>(id)}};
  if (const auto* frame = std::get_if<scattering::Frame>(&measurement)) {
    return {name, files::write_nxsas(path, *frame, metadata)};
  }
  if (const auto* curve = std::get_if<scattering::Curve>(&measurement)) {
    return {name, files::write_nxcansas(path, *curve, metadata)};
  }
  if (const auto* image = std::get_if<scattering::QImage>(&measurement)) {
    return {name, files::write_nxcansas(path, *image, metadata)};
  }
  return {};
}

campaign::SavedFile FolderStore::save_score(campaign::MeasurementId id,
                                            const scattering::Score& score) {
  if (!score.curve) return {};
  const std::string name = fmt::format("measurements/{:06d}.reduced.nxs", id);
  files::Metadata metadata{{"measurement_id", static_cast<double>(id)},
                           {"reduction", score.reduction}};
  for (const scattering::Observable& observable : score.observables) {
    if (observable.status == scattering::ObservableStatus::kPresent) {
      metadata[observable.name] = observable.value;
    }
  }
  return {name, files::write_nxcansas((folder_ / name).string(), *score.curve, metadata)};
}

scattering::Measurement FolderStore::load(campaign::MeasurementId id,
                                          const campaign::SavedFile& file) {
  const std::string path = (folder_ / file.path).string();
  const std::string found = files::sha256_of_file(path);
  if (found != file.sha256) {
    throw std::runtime_error(
        fmt::format("{}: expected the file of measurement {} with SHA-256 {}, found one with {}",
                    path, id, file.sha256, found));
  }
  return files::read_measurement(path).items.at(0).measurement;
}

}  // namespace foray::app
