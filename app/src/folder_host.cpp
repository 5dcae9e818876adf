#include "folder_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "assembly.h"
#include "foray/campaign/campaign.h"
#include "foray/codec/campaign_codec.h"
#include "foray/common/mutex.h"
#include "foray/files/read_measurement.h"
#include "foray/journal/sqlite_journal.h"
#include "report.h"
#include "run_folder.h"

namespace foray::app {

namespace fs = std::filesystem;

namespace {

// A name that is a folder everywhere: no separators, no leading dot.
std::string folder_name(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || (c == '.' && !safe.empty());
    safe += keep ? c : '_';
  }
  return safe.empty() ? "campaign" : safe.substr(0, 100);
}

bool stays_inside(const std::string& file) {
  const fs::path path(file);
  return !path.is_absolute() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

std::string log_file_of(const codec::InstrumentSpec& instrument) {
  return std::visit(
      [](const auto& spec) -> std::string {
        if constexpr (requires { spec.simulation; }) return spec.simulation.log_file;
        return "";
      },
      instrument.settings);
}

// Whether they hold a network of somebody else's is seen when they are loaded (make_scorer).
void require_own_weights(const std::string& weights) {
  if (fs::path(weights).is_absolute() || stays_inside(weights)) return;
  throw std::invalid_argument(
      "/params/file/scorer/classifier: expected a full name or a file within the run folder, got " +
      weights);
}

// What a client of the service may not do with this machine.
void require_harmless(const codec::CampaignFile& file) {
  const auto* process = std::get_if<codec::ProcessInstrumentSpec>(&file.instrument.settings);
  if (process != nullptr && !process->command.empty()) {
    throw std::invalid_argument(
        "/params/file/instrument/command: the service starts no programs; expected an address, or "
        "a registered instrument");
  }
  const std::string log_file = log_file_of(file.instrument);
  if (!stays_inside(log_file)) {
    throw std::invalid_argument(
        "/params/file/instrument/log_file: expected a file within the run folder, got " + log_file);
  }
  require_own_weights(file.scorer.classifier);
  const std::string distance = "distance:";
  for (std::size_t i = 0; i < file.campaign.observables.size(); ++i) {
    const std::string& from = file.campaign.observables[i].spec.from;
    if (from.rfind(distance, 0) != 0 || stays_inside(from.substr(distance.size()))) continue;
    throw std::invalid_argument(fmt::format(
        "/params/file/observables/{}/from: expected a file within the run folder, got {}", i,
        from.substr(distance.size())));
  }
}

scattering::Measurement read_first(const fs::path& folder, const std::string& path) {
  return files::read_measurement((folder / path).string()).items.at(0).measurement;
}

}  // namespace

// Shared by all runs: who is told of entries.
struct FolderHost::Listeners {
  Mutex mutex;
  service::EntryListener listener FORAY_GUARDED_BY(mutex);
};

// One open campaign with its parts, in the order in which they depend on each other.
class FolderHost::Run final : public campaign::EventSink {
 public:
  // where: the campaign file's name in messages.
  Run(std::string id, RunFolder folder, std::shared_ptr<Listeners> listeners,
      const std::string& who, const std::string& where)
      : id_(std::move(id)),
        folder_(std::move(folder)),
        listeners_(std::move(listeners)),
        text_(folder_.campaign_text()),
        file_(codec::read_campaign(text_)),
        store_(folder_) {
    make_parts(where);
    journal_ = folder_.open_journal();
    const campaign::Ports ports{
        *parts_.instrument, *parts_.scorer,  *journal_, clock_, *this, store_,
        *parts_.fitter,     functions_.get()};
    campaign_ = open_campaign(file_, text_, ports, who);
    thread_ = std::thread([this] { run(); });
  }

  ~Run() override {
    campaign_->leave();
    thread_.join();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  Run(Run&&) = delete;
  Run& operator=(Run&&) = delete;

  void on_entry(const campaign::JournalEntry& entry) override {
    const Lock lock(listeners_->mutex);
    if (listeners_->listener) listeners_->listener(id_, entry);
  }

  [[nodiscard]] service::OpenCampaign handle() const { return {campaign_, link_, functions_}; }
  [[nodiscard]] const campaign::Journal& journal() const { return *journal_; }

 private:
  void make_parts(const std::string& where) {
    const auto* registered =
        std::get_if<codec::RegisteredInstrumentSpec>(&file_.instrument.settings);
    if (registered == nullptr) {
      parts_ = assemble(file_, folder_.path(), folder_.origin(), where);
      return;
    }
    parts_.scorer = make_scorer(file_, folder_.origin(), where);
    parts_.fitter = make_fitter(file_.campaign.threads);
    std::vector<std::string> names;
    for (const auto& parameter : file_.campaign.parameters) names.push_back(parameter.name);
    service::RemoteOptions options;
    options.name = registered->name;
    link_ = std::make_shared<service::RemoteLink>(options);
    parts_.instrument = std::make_unique<service::RemoteInstrument>(
        link_, "registered client " + registered->name, names,
        [folder = folder_.path()](const std::string& path) { return read_first(folder, path); });
  }

  void run() {
    try {
      campaign_->run();
      write_report(campaign_->view(), *parts_.fitter, folder_);
    } catch (const std::exception& error) {
      fmt::print(stderr, "foray: {}: {}\n", id_, error.what());
    }
  }

  std::string id_;
  RunFolder folder_;
  std::shared_ptr<Listeners> listeners_;
  std::string text_;
  codec::CampaignFile file_;
  FolderStore store_;
  campaign::SystemClock clock_;
  Assembly parts_;
  std::shared_ptr<service::RemoteLink> link_;
  // Shared with the service as the link is.
  std::shared_ptr<service::FunctionLink> functions_ = std::make_shared<service::FunctionLink>();
  std::unique_ptr<campaign::Journal> journal_;
  std::shared_ptr<campaign::Campaign> campaign_;
  std::thread thread_;
};

FolderHost::FolderHost(fs::path folder)
    : folder_(std::move(folder)), listeners_(std::make_shared<Listeners>()) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("{}: the folder cannot be made: {}", folder_.string(), error.message()));
  }
}

FolderHost::~FolderHost() {
  for (const auto& [id, run] : runs_) run->handle().campaign->leave();
}

std::string FolderHost::create(const std::string& text, const std::string& who) {
  const codec::CampaignFile file = codec::read_campaign(text);
  require_harmless(file);
  const std::string name = folder_name(file.campaign.name);
  std::string id = name;
  for (int k = 2; fs::exists(folder_ / id); ++k) id = fmt::format("{}-{}", name, k);
  const RunFolder folder = RunFolder::create(folder_ / id, text);
  try {
    auto run = std::make_unique<Run>(id, folder, listeners_, who, "/params/file");
    runs_[id] = std::move(run);
  } catch (...) {
    folder.remove_unless_begun();
    throw;
  }
  return id;
}

void FolderHost::reopen(const std::string& id, const std::string& who) {
  const RunFolder folder = RunFolder::open(folder_ / id);
  auto run =
      std::make_unique<Run>(id, folder, listeners_, who, folder.campaign_file().string() + ": ");
  runs_[id] = std::move(run);
}

std::vector<std::string> FolderHost::list() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(folder_, error)) {
    if (fs::exists(item.path() / "journal.sqlite")) ids.push_back(item.path().filename().string());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<service::OpenCampaign> FolderHost::find(const std::string& id) const {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return std::nullopt;
  return found->second->handle();
}

std::vector<campaign::JournalEntry> FolderHost::entries(const std::string& id,
                                                        std::int64_t from) const {
  const auto found = runs_.find(id);
  if (found != runs_.end()) return found->second->journal().read(from);
  const auto ids = list();  // an id is one of these, never a path of the caller's
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
    throw std::invalid_argument("there is no campaign " + id);
  }
  return journal::SqliteJournal::open_to_read(folder_ / id / "journal.sqlite")->read(from);
}

void FolderHost::on_entry(service::EntryListener listener) {
  const Lock lock(listeners_->mutex);
  listeners_->listener = std::move(listener);
}

}  // namespace foray::app
