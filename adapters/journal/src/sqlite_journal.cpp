#include "foray/journal/sqlite_journal.h"

#include <utility>

#include "chain.h"
#include "database.h"
#include "foray/codec/json.h"
#include "foray/codec/record_codec.h"
#include "foray/common/mutex.h"
#include "writer_lock.h"

namespace foray::journal {
namespace {

namespace fs = std::filesystem;
using campaign::JournalEntry;
using campaign::JournalError;

constexpr std::int64_t kApplicationId = 0x666f7279;  // "fory": tells file(1) and us whose it is
constexpr std::int64_t kPageBytes = 4096;

const char* const kSchema =
    "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, time_s REAL NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL, who TEXT NOT NULL, idempotency_key TEXT UNIQUE, hash BLOB NOT NULL);"
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL,"
    " hash BLOB NOT NULL);"
    "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'a journal is only ever added to'); END;"
    "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry"
    " BEGIN SELECT RAISE(ABORT, 'a journal is only ever added to'); END;"
    "INSERT INTO head VALUES (1, 0, zeroblob(32));";

std::string place(std::int64_t sequence) { return "entry " + std::to_string(sequence); }

// The tables are made in a file beside it, which then takes its name: a process that ends here
// leaves either no journal or an empty one, and never half a one.
void make_tables(const fs::path& file) {
  const fs::path making = file.string() + "-new";
  std::error_code error;
  fs::remove(making, error);  // of a process that ended while it made it
  fs::remove(making.string() + "-journal", error);
  {
    Database database(making, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    database.run("PRAGMA page_size = " + std::to_string(kPageBytes));
    database.run("PRAGMA synchronous = FULL");
    database.run("BEGIN IMMEDIATE");
    database.run(kSchema);
    database.run("PRAGMA application_id = " + std::to_string(kApplicationId));
    database.run("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    database.run("COMMIT");
  }
  fs::rename(making, file, error);
  if (error) {
    throw JournalError(file.string() + ": cannot be made: " + error.message());
  }
}

}  // namespace

class SqliteJournal::Impl {
 public:
  Impl(const fs::path& file, int flags, std::unique_ptr<WriterLock> lock)
      : lock_(std::move(lock)), database_(file, flags) {}

  void limit(std::int64_t max_bytes);
  void prepare_to_write();
  void check_header();
  void verify();
  JournalEntry append(const campaign::Record& record, const std::string& who, double time_s);
  template <class Visit>
  void each_row(std::int64_t from, Visit&& visit) FORAY_REQUIRES(mutex_);
  JournalEntry decode(const Row& row);
  std::vector<JournalEntry> read(std::int64_t from);
  std::string last_hash();
  std::string export_lines();

 private:
  void insert(const Row& row) FORAY_REQUIRES(mutex_);
  void read_head() FORAY_REQUIRES(mutex_);

  Mutex mutex_;
  std::unique_ptr<WriterLock> lock_;  // null: opened to read
  Database database_;
  std::int64_t last_sequence_ FORAY_GUARDED_BY(mutex_) = 0;
  std::string last_hash_ FORAY_GUARDED_BY(mutex_) = first_hash();
};

void SqliteJournal::Impl::limit(std::int64_t max_bytes) {
  if (max_bytes > 0) {
    database_.run("PRAGMA max_page_count = " +
                  std::to_string((max_bytes + kPageBytes - 1) / kPageBytes));
  }
}

void SqliteJournal::Impl::prepare_to_write() {
  const std::string mode = database_.text("PRAGMA journal_mode = WAL");
  if (mode != "wal") {
    database_.fail("a file system that can keep a write-ahead log", "journal mode " + mode);
  }
  database_.run("PRAGMA synchronous = FULL");
}

void SqliteJournal::Impl::check_header() {
  const std::int64_t application = database_.number("PRAGMA application_id");
  if (application != kApplicationId) {
    database_.fail("a journal of foray (application id " + std::to_string(kApplicationId) + ")",
                   "application id " + std::to_string(application));
  }
  const std::int64_t version = database_.number("PRAGMA user_version");
  if (version != kSchemaVersion) {
    database_.fail("journal version " + std::to_string(kSchemaVersion),
                   "version " + std::to_string(version));
  }
}

void SqliteJournal::Impl::read_head() {
  Statement head(database_, "SELECT sequence, hash FROM head");
  if (!head.step("the head cannot be read")) {
    database_.fail("one row in the table head", "none");
  }
  last_sequence_ = head.integer(0);
  last_hash_ = head.bytes(1);
}

template <class Visit>
void SqliteJournal::Impl::each_row(std::int64_t from, Visit&& visit) {
  Statement select(database_,
                   "SELECT sequence, time_s, kind, body, who, idempotency_key, hash FROM entry"
                   " WHERE sequence >= ? ORDER BY sequence");
  select.bind(1, from);
  while (select.step("the entries cannot be read")) {
    visit(Row{select.integer(0), select.real(1), select.bytes(2), select.bytes(3), select.bytes(4),
              select.bytes(5), select.bytes(6)});
  }
}

void SqliteJournal::Impl::verify() {
  const Lock lock(mutex_);
  check_header();
  database_.run("BEGIN");  // one snapshot, though another process may be writing
  try {
    const std::string pages = database_.text("PRAGMA integrity_check");
    if (pages != "ok") {
      database_.fail("sound pages", pages);
    }
    std::int64_t expected = 1;
    std::string previous = first_hash();
    each_row(1, [&](const Row& row) {
      if (row.sequence != expected) {
        database_.fail(place(expected), place(row.sequence));
      }
      const std::string hash = chain_hash(previous, row);
      if (hash != row.hash) {
        database_.fail(place(row.sequence) + " with hash " + hexadecimal(hash),
                       hexadecimal(row.hash) + ": this entry or one before it was changed");
      }
      decode(row);
      previous = hash;
      ++expected;
    });
    read_head();
    if (last_sequence_ != expected - 1 || last_hash_ != previous) {
      database_.fail(
          std::to_string(last_sequence_) + " entries, the last with hash " +
              hexadecimal(last_hash_),
          std::to_string(expected - 1) + " entries, the last with hash " + hexadecimal(previous));
    }
  } catch (...) {
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
  database_.run("COMMIT");
}

JournalEntry SqliteJournal::Impl::append(const campaign::Record& record, const std::string& who,
                                         double time_s) {
  const Lock lock(mutex_);
  if (lock_ == nullptr) {
    database_.fail("a journal opened to write", "one opened to read");
  }
  Row row;
  row.sequence = last_sequence_ + 1;
  row.time_s = time_s;
  row.kind = campaign::kind_name(record);
  row.who = who;
  row.key = campaign::idempotency_key(record);
  try {
    row.body = codec::write_record(record);
  } catch (const codec::CodecError& error) {
    database_.fail(place(row.sequence) + " that can be written (" + row.kind + ")", error.what());
  }
  row.hash = chain_hash(last_hash_, row);
  insert(row);
  last_sequence_ = row.sequence;
  last_hash_ = row.hash;
  return {row.sequence, time_s, record, who};
}

void SqliteJournal::Impl::insert(const Row& row) {
  const std::string doing = place(row.sequence) + " (" + row.kind + ") could not be written";
  try {
    database_.run("BEGIN IMMEDIATE", doing);
    Statement into(database_, "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)");
    into.bind(1, row.sequence);
    into.bind(2, row.time_s);
    into.bind(3, row.kind);
    into.bind(4, row.body);
    into.bind(5, row.who);
    if (row.key.empty()) {
      into.bind_null(6);
    } else {
      into.bind(6, row.key);
    }
    into.bind_blob(7, row.hash);
    into.step(doing);
    Statement head(database_, "UPDATE head SET sequence = ?, hash = ?");
    head.bind(1, row.sequence);
    head.bind_blob(2, row.hash);
    head.step(doing);
    database_.run("COMMIT", doing);
  } catch (const JournalError&) {
    if (database_.in_transaction()) {
      sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    throw;
  }
}

JournalEntry SqliteJournal::Impl::decode(const Row& row) {
  try {
    return {row.sequence, row.time_s, codec::read_record(row.kind, row.body), row.who};
  } catch (const codec::CodecError& error) {
    throw JournalError(database_.file().string() + ": " + place(row.sequence) + " (" + row.kind +
                       "): " + error.what());
  }
}

std::vector<JournalEntry> SqliteJournal::Impl::read(std::int64_t from) {
  const Lock lock(mutex_);
  std::vector<JournalEntry> entries;
  each_row(from, [&](const Row& row) { entries.push_back(decode(row)); });
  return entries;
}

std::string SqliteJournal::Impl::last_hash() {
  const Lock lock(mutex_);
  if (lock_ == nullptr) {
    read_head();
  }
  return hexadecimal(last_hash_);
}

std::string SqliteJournal::Impl::export_lines() {
  const Lock lock(mutex_);
  std::string lines;
  each_row(1, [&](const Row& row) {
    const codec::Json line = {{"sequence", row.sequence},
                              {"time_s", row.time_s},
                              {"kind", row.kind},
                              {"who", row.who},
                              {"body", codec::parse_json(row.body)},
                              {"hash", hexadecimal(row.hash)}};
    lines += codec::write_json(line) + "\n";
  });
  return lines;
}

SqliteJournal::SqliteJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteJournal::~SqliteJournal() = default;

std::unique_ptr<SqliteJournal> SqliteJournal::create(const fs::path& file, std::int64_t max_bytes) {
  if (fs::exists(fs::symlink_status(file))) {
    throw JournalError(file.string() + ": expected no file of that name, found one");
  }
  auto lock = std::make_unique<WriterLock>(file);
  make_tables(file);
  auto impl = std::make_unique<Impl>(file, SQLITE_OPEN_READWRITE, std::move(lock));
  impl->limit(max_bytes);
  impl->prepare_to_write();
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(impl)));
}

std::unique_ptr<SqliteJournal> SqliteJournal::open(const fs::path& file) {
  if (!fs::is_regular_file(file)) {
    throw JournalError(file.string() + ": expected a journal, found no such file");
  }
  auto lock = std::make_unique<WriterLock>(file);
  auto impl = std::make_unique<Impl>(file, SQLITE_OPEN_READWRITE, std::move(lock));
  impl->check_header();
  impl->prepare_to_write();
  impl->verify();
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(impl)));
}

std::unique_ptr<SqliteJournal> SqliteJournal::open_to_read(const fs::path& file) {
  if (!fs::is_regular_file(file)) {
    throw JournalError(file.string() + ": expected a journal, found no such file");
  }
  auto impl = std::make_unique<Impl>(file, SQLITE_OPEN_READONLY, nullptr);
  impl->verify();
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(impl)));
}

JournalEntry SqliteJournal::append(const campaign::Record& record, const std::string& who,
                                   double time_s) {
  return impl_->append(record, who, time_s);
}

std::vector<JournalEntry> SqliteJournal::read(std::int64_t from) const { return impl_->read(from); }

void SqliteJournal::verify() const { impl_->verify(); }

std::string SqliteJournal::last_hash() const { return impl_->last_hash(); }

std::string SqliteJournal::export_lines() const { return impl_->export_lines(); }

}  // namespace foray::journal
