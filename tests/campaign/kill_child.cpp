// A campaign that is meant to be killed: runs it, or takes it up where it was left, in a folder.
//
// usage: foray_kill_child FOLDER SEED
//
// The instrument notes in FOLDER/instrument.log what it starts and what it has finished, one line
// each, so that it can answer for it after a restart: `start ID`, `end ID`.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "campaign/fakes.h"
#include "foray/journal/sqlite_journal.h"

namespace {

namespace fs = std::filesystem;
using namespace foray;
using namespace foray::campaign;

/// Carries out a request as it is submitted; keeps its results for ever.
class LoggingInstrument final : public Instrument {
 public:
  explicit LoggingInstrument(const fs::path& log)
      : log_(log),
        descriptor_(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    std::ifstream lines(log);
    std::string verb;
    MeasurementId id = 0;
    while (lines >> verb >> id) {
      (verb == "start" ? started_ : ended_).insert(id);
    }
  }
  ~LoggingInstrument() override { ::close(descriptor_); }
  LoggingInstrument(const LoggingInstrument&) = delete;
  LoggingInstrument& operator=(const LoggingInstrument&) = delete;

  [[nodiscard]] std::string description() const override { return "logging"; }

  void submit(const MeasureRequest& request) override {
    note("start", request.id);
    answers_.submit(request);
    note("end", request.id);
  }
  std::optional<MeasureResult> poll(std::chrono::milliseconds timeout) override {
    return answers_.poll(timeout);
  }
  RequestState outcome(MeasurementId id) override {
    if (started_.count(id) == 0) {
      return RequestState::kNotStarted;
    }
    if (ended_.count(id) == 0) {
      return RequestState::kUnknown;
    }
    // The position is on the instrument's own record; here the journal's serves.
    answers_.submit(requested.at(id));
    return RequestState::kDone;
  }
  void abort() override { answers_.abort(); }

  std::map<MeasurementId, MeasureRequest> requested;

 private:
  void note(const char* verb, MeasurementId id) const {
    const std::string line = std::string(verb) + " " + std::to_string(id) + "\n";
    if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      std::cerr << log_ << ": cannot be written\n";
      std::exit(1);
    }
  }

  fs::path log_;
  int descriptor_;
  std::set<MeasurementId> started_, ended_;
  campaign::testing::FakeInstrument answers_;
};

int live(const fs::path& folder, std::uint64_t seed) {
  const fs::path file = folder / "journal.sqlite";
  SystemClock clock;
  campaign::testing::FakeScorer scorer;
  campaign::testing::FakeSink sink;
  campaign::testing::FakeStore store;
  const surrogate::GpFitter fitter(campaign::testing::quick_fit());
  LoggingInstrument instrument(folder / "instrument.log");
  CampaignSpec spec = campaign::testing::small_spec();
  spec.seed = seed;
  spec.in_flight = 2;
  spec.decision_budget_s = 600;  // what is cut by the clock cannot repeat
  std::unique_ptr<journal::SqliteJournal> journal;
  std::unique_ptr<Campaign> campaign;
  const auto ports = [&]() -> Ports {
    return {instrument, scorer, *journal, clock, sink, store, fitter};
  };
  journal =
      fs::exists(file) ? journal::SqliteJournal::open(file) : journal::SqliteJournal::create(file);
  if (journal->read(1).empty()) {
    campaign = std::make_unique<Campaign>(spec, "", ports(), "child");
  } else {
    campaign = Campaign::resume(ports(), "child");
    for (const auto& request : campaign::testing::records<MeasureRequested>(*journal)) {
      instrument.requested[request.id] = {
          request.id, {"x", "y"}, request.position, request.exposure_s};
    }
  }
  if (campaign->status().state == CampaignState::kCreated) {
    campaign->start("child");
  }
  return campaign->run() == CampaignState::kFinished ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: foray_kill_child FOLDER SEED\n";
    return 2;
  }
  try {
    return live(argv[1], std::stoull(argv[2]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
