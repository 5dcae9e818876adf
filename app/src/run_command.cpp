#include <fmt/core.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "assembly.h"
#include "command.h"
#include "foray/campaign/campaign.h"
#include "foray/codec/campaign_codec.h"
#include "progress.h"
#include "report.h"
#include "run_folder.h"

namespace foray::app {

namespace fs = std::filesystem;

namespace {

// Waits for Ctrl-C on a thread of its own, so that nothing happens inside a signal handler. The
// second Ctrl-C ends the program at once; the journal makes even that harmless.
class Interrupt {
 public:
  explicit Interrupt(campaign::Campaign& campaign) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    waiter_ = std::thread([this, &campaign] {
      const timespec pause{0, 50'000'000};
      while (!done_) {
        if (sigtimedwait(&signals_, nullptr, &pause) <= 0) continue;
        if (happened_) std::_Exit(kExitInterrupted);
        happened_ = true;
        campaign.leave();
      }
    });
  }
  ~Interrupt() {
    done_ = true;
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool happened() const { return happened_; }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<bool> done_{false};
  std::atomic<bool> happened_{false};
  std::thread waiter_;
};

// Shows how the campaign goes, and leaves it when it has paused: nobody can tell this process to go
// on. While a measurement is still to be saved it waits, so that it is not lost with the process.
class Attendant final : public campaign::EventSink {
 public:
  void watch(campaign::Campaign* campaign) {
    campaign_ = campaign;
    progress_.watch(campaign);
  }
  void on_entry(const campaign::JournalEntry& entry) override {
    progress_.on_entry(entry);
    const bool may_pause = std::holds_alternative<campaign::CampaignPaused>(entry.record) ||
                           std::holds_alternative<campaign::Reacted>(entry.record);
    if (campaign_ == nullptr || !may_pause) return;
    const campaign::CampaignStatus status = campaign_->status();
    if (status.state != campaign::CampaignState::kPaused) return;
    if (status.unsaved == 0) {
      campaign_->leave();
    } else {
      progress_.say("make room, then press Ctrl-C: it is saved then, and the campaign can go on");
    }
  }
  void finish() { progress_.finish(); }

 private:
  campaign::Campaign* campaign_ = nullptr;
  Progress progress_{stdout};
};

void print_end(const campaign::CampaignStatus& status, bool interrupted, const std::string& where) {
  if (interrupted) {
    fmt::print("interrupted after {} measurements; go on with `foray resume {}`\n", status.measured,
               where);
    return;
  }
  fmt::print("{}: {}\n{} measured, {} failed; foray's own time {:.0f} ms a measurement (median)\n",
             campaign::state_name(status.state), status.reason, status.measured, status.failed,
             status.overhead_ms_median);
  if (status.state == campaign::CampaignState::kPaused ||
      status.state == campaign::CampaignState::kFailed) {
    fmt::print("go on with `foray resume {}`\n", where);
  }
}

int run_to_the_end(campaign::Campaign& campaign, Attendant& attendant, const Assembly& parts,
                   const RunFolder& folder) {
  attendant.watch(&campaign);
  bool interrupted = false;
  campaign::CampaignState state{};
  {
    const Interrupt interrupt(campaign);
    state = campaign.run();
    interrupted = interrupt.happened();
  }
  attendant.finish();
  const std::string where = folder.path().string();
  print_end(campaign.status(), interrupted, where);
  write_report(campaign.view(), *parts.fitter, folder);
  fmt::print("{0}/report.html {0}/summary.json\n", where);
  if (interrupted) return kExitInterrupted;
  const bool ended =
      state == campaign::CampaignState::kFinished || state == campaign::CampaignState::kStopped;
  return ended ? kExitDone : kExitFailed;
}

fs::path default_folder(const codec::CampaignFile& file) {
  return fs::path("runs") / file.campaign.name;
}

// Runs what is in a run folder, from its beginning or from where it was left.
int go_on(const RunFolder& folder) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads our lines may go away; the campaign goes on
  const std::string text = folder.campaign_text();
  const codec::CampaignFile file = parse_campaign(text, folder.campaign_file().string(), false);
  require_no_service(file, folder.campaign_file().string());
  const Assembly parts = assemble(file, folder.path(), folder.origin());
  const auto journal = folder.open_journal();
  FolderStore store(folder);
  campaign::SystemClock clock;
  Attendant attendant;
  const auto campaign = open_campaign(
      file, text,
      {*parts.instrument, *parts.scorer, *journal, clock, attendant, store, *parts.fitter},
      "foray");
  const campaign::CampaignStatus status = campaign->status();
  if (status.measured > 0) {
    fmt::print("{}: {} measured so far\n", folder.path().string(), status.measured);
  }
  std::future<std::int64_t> going;
  if (status.state == campaign::CampaignState::kCreated) going = campaign->start("foray");
  if (status.state == campaign::CampaignState::kPaused) going = campaign->unpause("foray");
  return run_to_the_end(*campaign, attendant, parts, folder);
}

int run(const std::string& campaign_path, const std::string& out) {
  const std::string text = read_text(campaign_path);
  const codec::CampaignFile file = parse_campaign(text, campaign_path, true);
  require_no_service(file, campaign_path);
  const RunFolder folder = RunFolder::create(out.empty() ? default_folder(file) : fs::path(out),
                                             text, fs::absolute(campaign_path).parent_path());
  try {
    return go_on(folder);
  } catch (const std::invalid_argument&) {
    folder.remove_unless_begun();  // the file names what cannot be had: nothing was done
    throw;
  }
}

int resume(const std::string& run_path) { return go_on(RunFolder::open(run_path)); }

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("run", "Run a campaign and leave a run folder");
  auto path = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  command->add_option("campaign", *path, "campaign file (JSON)")->required();
  command->add_option("--out", *out, "run folder to make (default: runs/CAMPAIGN)");
  command->footer(
      "example: foray run demo/film_library.json --out runs/monday\n"
      "Leaves journal.sqlite, measurements/ and reduced/ (NeXus), summary.json and report.html in\n"
      "the folder. Ctrl-C stops at the next step, and `foray resume runs/monday` goes on.\n"
      "A campaign that pauses by itself (ten faults in a row, a full disk) ends with exit code 1\n"
      "and says why.");
  command->callback([path, out, &exit_code] { exit_code = run(*path, *out); });
}

void add_resume_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("resume", "Go on with a campaign from its run folder");
  auto path = std::make_shared<std::string>();
  command->add_option("run", *path, "run folder")->required();
  command->footer("example: foray resume runs/monday");
  command->callback([path, &exit_code] { exit_code = resume(*path); });
}

}  // namespace foray::app
