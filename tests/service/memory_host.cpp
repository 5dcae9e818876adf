#include "service/memory_host.h"

#include <cmath>
#include <deque>
#include <stdexcept>
#include <thread>

#include "foray/campaign/memory_journal.h"
#include "foray/codec/campaign_codec.h"
#include "foray/surrogate/gp_fitter.h"

namespace foray::test {

using campaign::MeasureRequest;
using campaign::MeasureResult;

namespace {

class SmoothInstrument final : public campaign::Instrument {
 public:
  [[nodiscard]] std::string description() const override { return "smooth function"; }
  void submit(const MeasureRequest& request) override {
    MeasureResult result;
    result.id = request.id;
    result.exposure_s = request.exposure_s;
    result.read_back = request.position;
    result.measurement = scattering::Values{{"f", std::sin(3 * request.position[0]), 1e-6}};
    results_.push_back(result);
  }
  std::optional<MeasureResult> poll(std::chrono::milliseconds timeout) override {
    if (results_.empty()) {
      std::this_thread::sleep_for(std::min(timeout, std::chrono::milliseconds(5)));
      return std::nullopt;
    }
    MeasureResult result = results_.front();
    results_.pop_front();
    return result;
  }
  campaign::RequestState outcome(campaign::MeasurementId) override {
    return campaign::RequestState::kNotStarted;
  }
  void abort() override { results_.clear(); }

 private:
  std::deque<MeasureResult> results_;
};

class ValueScorer final : public scattering::Scorer {
 public:
  explicit ValueScorer(const campaign::CampaignSpec& spec) {
    for (const auto& choice : spec.observables) names_.push_back(choice.spec.name);
  }
  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override {
    scattering::Score score;
    for (const std::string& name : names_) {
      scattering::Observable observable;
      observable.name = name;
      observable.status = scattering::ObservableStatus::kAbsent;
      if (const auto* values = std::get_if<scattering::Values>(&measurement))
        for (const auto& value : *values)
          if (value.name == name)
            observable = {name, scattering::ObservableStatus::kPresent, value.value,
                          std::max(value.variance, 1e-12), ""};
      score.observables.push_back(observable);
    }
    score.reduction = "none";
    return score;
  }

 private:
  std::vector<std::string> names_;
};

class NoStore final : public campaign::MeasurementStore {
 public:
  campaign::SavedFile save(campaign::MeasurementId, const scattering::Measurement&) override {
    return {};
  }
  [[nodiscard]] scattering::Measurement load(campaign::MeasurementId,
                                             const campaign::SavedFile&) override {
    throw std::runtime_error("nothing is kept in memory");
  }
};

}  // namespace

// Shared by all runs: who is told of entries.
struct MemoryHost::Listeners {
  std::mutex mutex;
  service::EntryListener listener;  // guarded by mutex
};

struct MemoryHost::Run final : campaign::EventSink {
  void on_entry(const campaign::JournalEntry& entry) override {
    const std::scoped_lock lock(listeners->mutex);
    if (listeners->listener) listeners->listener(id, entry);
  }

  std::string id;
  std::string text;
  codec::CampaignFile file;
  std::shared_ptr<Listeners> listeners;
  campaign::MemoryJournal journal;
  campaign::SystemClock clock;
  NoStore store;
  surrogate::GpFitter fitter;
  std::unique_ptr<ValueScorer> scorer;
  std::unique_ptr<campaign::Instrument> instrument;
  std::shared_ptr<service::RemoteLink> link;
  std::shared_ptr<service::FunctionLink> functions;
  std::shared_ptr<campaign::Campaign> campaign;
  std::thread thread;
  campaign::CampaignState state = campaign::CampaignState::kCreated;
};

MemoryHost::MemoryHost(service::RemoteOptions remote)
    : remote_(std::move(remote)), listeners_(std::make_shared<Listeners>()) {}

MemoryHost::~MemoryHost() {
  for (auto& [id, run] : runs_)
    if (run->campaign) shut(id);
}

std::string MemoryHost::create(const std::string& file, const std::string& who) {
  auto run = std::make_unique<Run>();
  run->file = codec::read_campaign(file);
  run->text = file;
  run->id = run->file.campaign.name;
  if (runs_.count(run->id) > 0)
    throw std::runtime_error("there is a campaign " + run->id + " already");
  run->listeners = listeners_;
  open(*run, who, false);
  const std::string id = run->id;
  runs_[id] = std::move(run);
  return id;
}

void MemoryHost::open(Run& run, const std::string& who, bool resumed) {
  run.scorer = std::make_unique<ValueScorer>(run.file.campaign);
  run.functions = std::make_shared<service::FunctionLink>();
  const auto* registered =
      std::get_if<codec::RegisteredInstrumentSpec>(&run.file.instrument.settings);
  if (registered != nullptr) {
    service::RemoteOptions options = remote_;
    options.name = registered->name;
    std::vector<std::string> names;
    for (const auto& parameter : run.file.campaign.parameters) names.push_back(parameter.name);
    run.link = std::make_shared<service::RemoteLink>(options);
    run.instrument = std::make_unique<service::RemoteInstrument>(
        run.link, "registered " + registered->name, names, nullptr);
  } else {
    run.instrument = std::make_unique<SmoothInstrument>();
  }
  const campaign::Ports ports{*run.instrument, *run.scorer, run.journal,        run.clock, run,
                              run.store,       run.fitter,  run.functions.get()};
  run.campaign =
      resumed ? std::shared_ptr<campaign::Campaign>(campaign::Campaign::resume(ports, who))
              : std::make_shared<campaign::Campaign>(run.file.campaign, run.text, ports, who);
  run.thread = std::thread([&run] { run.state = run.campaign->run(); });
}

void MemoryHost::reopen(const std::string& id, const std::string& who) {
  open(*runs_.at(id), who, true);
}

std::vector<std::string> MemoryHost::list() const {
  std::vector<std::string> ids;
  for (const auto& [id, run] : runs_) ids.push_back(id);
  return ids;
}

std::optional<service::OpenCampaign> MemoryHost::find(const std::string& id) const {
  const auto found = runs_.find(id);
  if (found == runs_.end() || !found->second->campaign) return std::nullopt;
  return service::OpenCampaign{found->second->campaign, found->second->link,
                               found->second->functions};
}

std::vector<campaign::JournalEntry> MemoryHost::entries(const std::string& id,
                                                        std::int64_t from) const {
  return runs_.at(id)->journal.read(from);
}

void MemoryHost::on_entry(service::EntryListener listener) {
  const std::scoped_lock lock(listeners_->mutex);
  listeners_->listener = std::move(listener);
}

void MemoryHost::shut(const std::string& id) {
  Run& run = *runs_.at(id);
  run.campaign->leave();
  run.thread.join();
  run.campaign.reset();
}

campaign::CampaignState MemoryHost::wait(const std::string& id) {
  Run& run = *runs_.at(id);
  run.thread.join();
  run.thread = std::thread([] {});
  return run.state;
}

}  // namespace foray::test
