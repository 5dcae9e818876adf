#include "foray/journal/sqlite_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace foray::journal::sqlite_journal_test {
namespace {

namespace fs = std::filesystem;
using campaign::JournalError;
using testing::HasSubstr;

// A folder of its own for each test.
class SqliteJournalFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "foray-journal-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path file() const { return folder_ / "journal.sqlite"; }

  fs::path folder_;
};

campaign::Record paused(const std::string& reason) { return campaign::CampaignPaused{reason}; }

void fill(const fs::path& file, int count, std::size_t padding = 0) {
  const auto journal = SqliteJournal::create(file);
  for (int i = 0; i < count; ++i) {
    journal->append(paused("reason " + std::to_string(i) + std::string(padding, ' ')), "tester",
                    1000.5 + i);
  }
}

void tamper(const fs::path& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_free(message);
  sqlite3_close(handle);
}

const char* const kUnlock =
    "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed; ";

template <class F>
std::string error_of(F&& action) {
  try {
    action();
  } catch (const JournalError& error) {
    return error.what();
  }
  return "no error";
}

std::string open_error(const fs::path& file) {
  return error_of([&] { SqliteJournal::open(file); });
}

TEST_F(SqliteJournalFile, ReadsBackWhatWasAppendedAfterReopening) {
  fill(file(), 3);
  const auto journal = SqliteJournal::open(file());
  const auto entries = journal->read(2);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].sequence, 2);
  EXPECT_EQ(entries[1].sequence, 3);
  EXPECT_EQ(entries[1].time_s, 1002.5);
  EXPECT_EQ(entries[1].who, "tester");
  EXPECT_EQ(std::get<campaign::CampaignPaused>(entries[1].record).reason, "reason 2");
  EXPECT_EQ(journal->append(paused("next"), "tester", 2000).sequence, 4);
}

TEST_F(SqliteJournalFile, KeepsEveryBitOfADouble) {
  campaign::Proposed proposed;
  proposed.id = 1;
  proposed.position = Eigen::Vector4d(0.1 + 0.2, -0.0, std::numeric_limits<double>::denorm_min(),
                                      std::numeric_limits<double>::max());
  SqliteJournal::create(file())->append(proposed, "foray", 0.1);
  const auto entries = SqliteJournal::open(file())->read(1);
  const auto& back = std::get<campaign::Proposed>(entries.at(0).record).position;
  ASSERT_EQ(back.size(), 4);
  for (Eigen::Index i = 0; i < 4; ++i) {
    EXPECT_EQ(std::signbit(back(i)), std::signbit(proposed.position(i)));
    EXPECT_EQ(back(i), proposed.position(i));
  }
  EXPECT_EQ(entries[0].time_s, 0.1);
}

TEST_F(SqliteJournalFile, RefusesASecondRecordWithTheSameIdempotencyKey) {
  const auto journal = SqliteJournal::create(file());
  campaign::MeasureDone done;
  done.id = 12;
  journal->append(done, "foray", 1);
  EXPECT_THAT(error_of([&] { journal->append(done, "foray", 2); }),
              testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("measure.done"),
                             HasSubstr("idempotency_key")));
  EXPECT_EQ(journal->read(1).size(), 1u);
  EXPECT_EQ(journal->append(paused("after"), "foray", 3).sequence, 2);
  journal->verify();
}

TEST_F(SqliteJournalFile, RefusesANumberThatIsNotFiniteAndStaysUsable) {
  const auto journal = SqliteJournal::create(file());
  campaign::MeasureDone done;
  done.motion_s = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error_of([&] { journal->append(done, "foray", 1); }), HasSubstr("motion_s"));
  EXPECT_EQ(journal->append(paused("after"), "foray", 3).sequence, 1);
}

TEST_F(SqliteJournalFile, IsMadeWholeThoughAProcessEndedWhileItMadeOne) {
  std::ofstream(file().string() + "-new") << "half of one";
  std::ofstream(file().string() + "-new-journal") << "half of one";
  SqliteJournal::create(file())->append(campaign::CampaignPaused{"a"}, "tester", 1);
  EXPECT_EQ(SqliteJournal::open(file())->read(1).size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-new"));
}

TEST_F(SqliteJournalFile, RefusesToCreateOverAnExistingFile) {
  fill(file(), 1);
  EXPECT_THAT(error_of([&] { SqliteJournal::create(file()); }),
              testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("expected no file")));
  EXPECT_EQ(SqliteJournal::open(file())->read(1).size(), 1u);
}

TEST_F(SqliteJournalFile, NamesAFolderThatCannotBeWritten) {
  std::ofstream(folder_ / "plain file") << "no folder";
  EXPECT_THAT(error_of([&] { SqliteJournal::create(folder_ / "plain file" / "journal.sqlite"); }),
              testing::AllOf(HasSubstr("plain file/journal.sqlite"), HasSubstr("cannot be")));
  EXPECT_THAT(error_of([&] { SqliteJournal::create(folder_ / "missing" / "journal.sqlite"); }),
              HasSubstr("No such file"));
}

TEST_F(SqliteJournalFile, NamesAMissingFile) {
  EXPECT_THAT(open_error(file()),
              testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("expected a journal")));
}

TEST_F(SqliteJournalFile, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(5000, 'x');
  EXPECT_THAT(open_error(file()),
              HasSubstr("expected a journal (an SQLite file), found a file of"));
}

TEST_F(SqliteJournalFile, RefusesAnotherProgramsDatabase) {
  tamper(file(), "CREATE TABLE other (x)");
  EXPECT_THAT(open_error(file()), HasSubstr("expected a journal of foray"));
}

TEST_F(SqliteJournalFile, RefusesAnotherVersion) {
  fill(file(), 1);
  tamper(file(), "PRAGMA user_version = 7");
  EXPECT_THAT(open_error(file()), HasSubstr("expected journal version 1, found version 7"));
}

TEST_F(SqliteJournalFile, RefusesATruncatedFile) {
  fill(file(), 12, 9000);
  fs::resize_file(file(), fs::file_size(file()) / 2);
  EXPECT_THAT(open_error(file()),
              testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("expected sound pages")));
}

TEST_F(SqliteJournalFile, RefusesAFileWithADamagedPage) {
  fill(file(), 12, 9000);
  const auto size = fs::file_size(file());
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(size / 2));
    bytes << std::string(4096, '\xff');
  }
  EXPECT_THAT(open_error(file()),
              testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("expected")));
}

TEST_F(SqliteJournalFile, FindsAChangedEntry) {
  fill(file(), 5);
  tamper(file(), std::string(kUnlock) +
                     "UPDATE entry SET body = replace(body, 'reason 2', 'reason 9')"
                     " WHERE sequence = 3");
  EXPECT_THAT(open_error(file()), testing::AllOf(HasSubstr("entry 3"), HasSubstr("was changed")));
}

TEST_F(SqliteJournalFile, FindsAChangedTime) {
  fill(file(), 5);
  tamper(file(), std::string(kUnlock) + "UPDATE entry SET time_s = 1 WHERE sequence = 4");
  EXPECT_THAT(open_error(file()), HasSubstr("entry 4"));
}

TEST_F(SqliteJournalFile, FindsAGap) {
  fill(file(), 5);
  tamper(file(), std::string(kUnlock) + "DELETE FROM entry WHERE sequence = 3");
  EXPECT_THAT(open_error(file()), HasSubstr("expected entry 3, found entry 4"));
}

TEST_F(SqliteJournalFile, FindsMissingLastEntries) {
  fill(file(), 5);
  tamper(file(), std::string(kUnlock) + "DELETE FROM entry WHERE sequence > 3");
  EXPECT_THAT(open_error(file()),
              testing::AllOf(HasSubstr("expected 5 entries"), HasSubstr("found 3 entries")));
}

TEST_F(SqliteJournalFile, RefusesAnEntryOfAnUnknownKind) {
  fill(file(), 2);
  tamper(file(),
         std::string(kUnlock) + "UPDATE entry SET kind = 'campaign.vanished' WHERE sequence = 2");
  EXPECT_THAT(open_error(file()), HasSubstr("entry 2"));
}

TEST_F(SqliteJournalFile, ItselfRefusesChangesAndRemovals) {
  fill(file(), 2);
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, "UPDATE entry SET who = 'x'", nullptr, nullptr, nullptr),
            SQLITE_CONSTRAINT);
  EXPECT_EQ(sqlite3_exec(handle, "DELETE FROM entry", nullptr, nullptr, nullptr),
            SQLITE_CONSTRAINT);
  sqlite3_close(handle);
  EXPECT_EQ(SqliteJournal::open(file())->read(1).size(), 2u);
}

TEST_F(SqliteJournalFile, RefusesASecondWriterAndAllowsAReader) {
  const auto writer = SqliteJournal::create(file());
  writer->append(paused("one"), "tester", 1);
  EXPECT_THAT(open_error(file()), HasSubstr("the only one who writes"));
  const auto reader = SqliteJournal::open_to_read(file());
  EXPECT_EQ(reader->read(1).size(), 1u);
  writer->append(paused("two"), "tester", 2);
  EXPECT_EQ(reader->read(1).size(), 2u);
  EXPECT_EQ(reader->last_hash(), writer->last_hash());
  EXPECT_THAT(error_of([&] { reader->append(paused("three"), "tester", 3); }),
              HasSubstr("opened to read"));
}

TEST_F(SqliteJournalFile, LosesNothingWhenItsSpaceIsUsedUp) {
  const auto journal = SqliteJournal::create(file(), 80 * 1024);
  std::int64_t written = 0;
  std::string message = "no error";
  for (int i = 0; i < 1000 && message == "no error"; ++i) {
    message = error_of([&] {
      journal->append(paused(std::string(500, 'x')), "tester", i);
      ++written;
    });
  }
  EXPECT_THAT(message, testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("full")));
  EXPECT_GT(written, 10);
  EXPECT_EQ(static_cast<std::int64_t>(journal->read(1).size()), written);
  journal->verify();
}

TEST_F(SqliteJournalFile, LosesNothingWhenTheDiskRefusesToWriteAndGoesOnAfterwards) {
  const auto journal = SqliteJournal::create(file());
  journal->append(paused("before"), "tester", 1);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 1024;  // every write beyond the first KiB of a file fails
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const std::string message =
      error_of([&] { journal->append(paused(std::string(9000, 'x')), "tester", 2); });
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_THAT(message, testing::AllOf(HasSubstr("journal.sqlite"), HasSubstr("could not be")));
  EXPECT_EQ(journal->append(paused("after"), "tester", 3).sequence, 2);
  journal->verify();
  EXPECT_EQ(journal->read(1).size(), 2u);
}

TEST_F(SqliteJournalFile, MayBeReadWhileItIsWritten) {
  const auto journal = SqliteJournal::create(file());
  std::jthread writer([&] {
    for (int i = 0; i < 30; ++i) {
      journal->append(paused(std::to_string(i)), "tester", i);
    }
  });
  std::size_t seen = 0;
  while (seen < 30) {
    const auto entries = journal->read(1);
    ASSERT_GE(entries.size(), seen);
    seen = entries.size();
  }
  EXPECT_EQ(seen, 30u);
}

TEST_F(SqliteJournalFile, ExportsOneLineAnEntryThatEndsWithTheLastHash) {
  fill(file(), 3);
  const auto journal = SqliteJournal::open(file());
  const std::string lines = journal->export_lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_THAT(lines, HasSubstr("\"reason 1\""));
  EXPECT_THAT(lines.substr(lines.rfind("{\"body\"")), HasSubstr(journal->last_hash()));
}

TEST_F(SqliteJournalFile, ChainsTheSameEntriesToTheSameHash) {
  fill(file(), 3);
  fill(folder_ / "other.sqlite", 3);
  EXPECT_EQ(SqliteJournal::open(file())->last_hash(),
            SqliteJournal::open(folder_ / "other.sqlite")->last_hash());
}

}  // namespace
}  // namespace foray::journal::sqlite_journal_test
