#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "fakes.h"
#include "foray/journal/sqlite_journal.h"

extern char** environ;

namespace foray::campaign::testing::kill_test {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr int kKills = 100;

fs::path new_folder() {
  std::string pattern = (fs::temp_directory_path() / "foray-kill-XXXXXX").string();
  return mkdtemp(pattern.data()) == nullptr ? fs::path() : fs::path(pattern);
}

pid_t spawn(const fs::path& folder, std::uint64_t seed) {
  std::string program = FORAY_KILL_CHILD;
  std::string path = folder.string();
  std::string number = std::to_string(seed);
  char* arguments[] = {program.data(), path.data(), number.data(), nullptr};
  pid_t child = -1;
  return posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0 ? child
                                                                                         : -1;
}

// Exit status, or -1 when it was killed after so long.
int run_child(const fs::path& folder, std::uint64_t seed, Seconds killed_after) {
  const pid_t child = spawn(folder, seed);
  if (child < 0) {
    return 127;
  }
  const auto end = std::chrono::steady_clock::now() + killed_after;
  int status = 0;
  while (std::chrono::steady_clock::now() < end) {
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::map<MeasurementId, int> starts(const fs::path& folder) {
  std::map<MeasurementId, int> counts;
  std::ifstream lines(folder / "instrument.log");
  std::string verb;
  MeasurementId id = 0;
  while (lines >> verb >> id) {
    counts[id] += verb == "start" ? 1 : 0;
  }
  return counts;
}

// What must hold at the end, whatever happened on the way.
void compare(const fs::path& killed, const fs::path& undisturbed) {
  const auto journal = journal::SqliteJournal::open_to_read(killed / "journal.sqlite");
  const auto reference = journal::SqliteJournal::open_to_read(undisturbed / "journal.sqlite");
  EXPECT_EQ(proposal_bits(*journal), proposal_bits(*reference));
  EXPECT_EQ(records<Scored>(*journal).size(), records<Scored>(*reference).size())
      << "nothing measured is lost";
  std::map<MeasurementId, int> allowed;
  for (const Proposed& proposed : records<Proposed>(*journal)) {
    allowed[proposed.id] = 1;
  }
  for (const PossibleDuplicate& duplicate : records<PossibleDuplicate>(*journal)) {
    ++allowed[duplicate.id];
  }
  for (const auto& [id, count] : starts(killed)) {
    EXPECT_LE(count, allowed[id]) << "measured again without doubt: " << id;
  }
}

TEST(KillNine, AHundredTimesLosesNothingRepeatsNothingAndChangesNoProposal) {
  std::uint64_t seed = 100;
  Rng rng(4711);
  int kills = 0;
  int campaigns = 0;
  while (kills < kKills) {
    ++seed;
    const fs::path undisturbed = new_folder();
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(run_child(undisturbed, seed, Seconds(120)), 0);
    const Seconds whole = std::chrono::steady_clock::now() - begin;
    const fs::path killed = new_folder();
    int status = -1;
    for (int life = 0; status == -1 && life < 1000; ++life) {
      // Lives grow longer, so that the campaign ends even where starting takes most of a life.
      const double share = uniform(rng) * (0.5 + 0.02 * life);
      status = run_child(killed, seed, kills < kKills ? share * whole : Seconds(120));
      kills += status == -1 ? 1 : 0;
    }
    ASSERT_EQ(status, 0);
    compare(killed, undisturbed);
    ++campaigns;
    fs::remove_all(undisturbed);
    fs::remove_all(killed);
  }
  RecordProperty("kills", kills);
  RecordProperty("campaigns", campaigns);
  EXPECT_GE(kills, kKills);
}

}  // namespace
}  // namespace foray::campaign::testing::kill_test
