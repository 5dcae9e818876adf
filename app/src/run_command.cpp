#include <fmt/core.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "assembly.h"
#include "command.h"
#include "foray/campaign/campaign.h"
#include "foray/codec/campaign_codec.h"
#include "foray/journal/sqlite_journal.h"
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

int run_to_the_end(campaign::Campaign& campaign, Progress& progress, const Assembly& parts,
                   const RunFolder& folder) {
  progress.watch(&campaign);
  bool interrupted = false;
  campaign::CampaignState state{};
  {
    const Interrupt interrupt(campaign);
    state = campaign.run();
    interrupted = interrupt.happened();
  }
  progress.finish();
  const campaign::CampaignStatus status = campaign.status();
  write_report(campaign.view(), *parts.fitter, folder);
  const std::string where = folder.path().string();
  if (interrupted) {
    fmt::print("interrupted after {} measurements; go on with `foray resume {}`\n", status.measured,
               where);
    return kExitInterrupted;
  }
  fmt::print("{}: {}\n{} measured, {} failed; foray's own time {:.0f} ms a measurement (median)\n",
             campaign::state_name(state), status.reason, status.measured, status.failed,
             status.overhead_ms_median);
  fmt::print("{0}/report.html {0}/summary.json\n", where);
  return state == campaign::CampaignState::kFailed ? kExitFailed : kExitDone;
}

fs::path default_folder(const codec::CampaignFile& file) {
  return fs::path("runs") / file.campaign.name;
}

int run(const std::string& campaign_path, const std::string& out) {
  const std::string text = read_text(campaign_path);
  const codec::CampaignFile file = codec::read_campaign(text);
  const RunFolder folder =
      RunFolder::create(out.empty() ? default_folder(file) : fs::path(out), text);
  const Assembly parts = assemble(file, folder.path());
  const auto journal = journal::SqliteJournal::create(folder.journal());
  FolderStore store(folder);
  campaign::SystemClock clock;
  Progress progress(stdout);
  campaign::Campaign campaign(
      file.campaign, text,
      {*parts.instrument, *parts.scorer, *journal, clock, progress, store, *parts.fitter}, "foray");
  const auto started = campaign.start("foray");
  return run_to_the_end(campaign, progress, parts, folder);
}

int resume(const std::string& run_path) {
  const RunFolder folder = RunFolder::open(run_path);
  const codec::CampaignFile file = codec::read_campaign(folder.campaign_text());
  const Assembly parts = assemble(file, folder.path());
  const auto journal = journal::SqliteJournal::open(folder.journal());
  FolderStore store(folder);
  campaign::SystemClock clock;
  Progress progress(stdout);
  const auto campaign = campaign::Campaign::resume(
      {*parts.instrument, *parts.scorer, *journal, clock, progress, store, *parts.fitter}, "foray");
  const campaign::CampaignStatus status = campaign->status();
  fmt::print("{}: {} measured so far\n", run_path, status.measured);
  std::future<std::int64_t> going;
  if (status.state == campaign::CampaignState::kCreated) going = campaign->start("foray");
  if (status.state == campaign::CampaignState::kPaused) going = campaign->unpause("foray");
  return run_to_the_end(*campaign, progress, parts, folder);
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("run", "Run a campaign and leave a run folder");
  auto path = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  command->add_option("campaign", *path, "campaign file (JSON)")->required();
  command->add_option("--out", *out, "run folder to make (default: runs/CAMPAIGN)");
  command->footer(
      "example: foray run demo/film_library.json --out runs/monday\n"
      "leaves journal.sqlite, measurements/*.nxs, summary.json and report.html in the folder;\n"
      "Ctrl-C stops at the next step, and `foray resume runs/monday` goes on.");
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
