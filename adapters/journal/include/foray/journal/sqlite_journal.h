#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "foray/campaign/journal.h"

namespace foray::journal {

/// A campaign's journal in one SQLite file (write-ahead log, every entry synced to the disk before
/// append() returns).
///
/// Entries are only ever added. Each holds the SHA-256 of itself and of the entry before it, so
/// that a changed, missing or exchanged entry is found; how many there are is kept beside them in
/// the same transaction. One process writes at a time; any number may read.
///
/// All methods may be called by any thread.
class SqliteJournal final : public campaign::Journal {
 public:
  /// Starts a journal in a file that does not exist yet; it appears whole or not at all.
  /// @param max_bytes  largest size of the file, rounded up to pages of 4096; 0: what the disk has.
  /// @throws campaign::JournalError when the file exists or cannot be written.
  static std::unique_ptr<SqliteJournal> create(const std::filesystem::path& file,
                                               std::int64_t max_bytes = 0);

  /// Opens a journal to go on with it, after checking all of it.
  /// @throws campaign::JournalError naming the file, the place in it, what was expected and what
  ///         was found: no such file, no SQLite file, a truncated or damaged one, another
  ///         program's, another version, a gap, a broken chain, another process that writes to it.
  static std::unique_ptr<SqliteJournal> open(const std::filesystem::path& file);

  /// Opens a journal to read it, also while another process writes to it; append() throws.
  /// @throws campaign::JournalError as open().
  static std::unique_ptr<SqliteJournal> open_to_read(const std::filesystem::path& file);

  ~SqliteJournal() override;
  SqliteJournal(const SqliteJournal&) = delete;
  SqliteJournal& operator=(const SqliteJournal&) = delete;

  campaign::JournalEntry append(const campaign::Record& record, const std::string& who,
                                double time_s) override;
  [[nodiscard]] std::vector<campaign::JournalEntry> read(std::int64_t from) const override;

  /// Checks the file's pages, the numbering, the chain and that every record can be read.
  /// @throws campaign::JournalError as open().
  void verify() const;

  /// SHA-256 of the last entry in hexadecimal: who keeps it can prove that nothing before it was
  /// changed. 64 zeros for an empty journal.
  [[nodiscard]] std::string last_hash() const;

  /// One JSON object a line: sequence, time_s, kind, who, body, hash. For people and other
  /// programs.
  [[nodiscard]] std::string export_lines() const;

 private:
  class Impl;
  explicit SqliteJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Version of the tables; a journal of another version is refused.
inline constexpr int kSchemaVersion = 1;

}  // namespace foray::journal
