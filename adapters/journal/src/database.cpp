#include "database.h"

#include <system_error>

#include "foray/campaign/journal.h"

namespace foray::journal {

Database::Database(const std::filesystem::path& file, int flags) : file_(file) {
  if (sqlite3_open_v2(file.c_str(), &handle_, flags | SQLITE_OPEN_FULLMUTEX, nullptr) !=
      SQLITE_OK) {
    std::string message = file_.string() + ": cannot be opened: ";
    message += handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
    const int system = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
    sqlite3_close(handle_);
    throw campaign::JournalError(
        message +
        (system == 0 ? "" : std::string(" (") + std::generic_category().message(system) + ")"));
  }
  sqlite3_busy_timeout(handle_, 2000);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(const std::string& what) const {
  if (sqlite3_errcode(handle_) == SQLITE_NOTADB) {
    fail("a journal (an SQLite file)", "a file of another kind, or one whose beginning is damaged");
  }
  if (sqlite3_errcode(handle_) == SQLITE_CORRUPT) {
    fail("sound pages", what + ": " + sqlite3_errmsg(handle_) + " (truncated or damaged)");
  }
  std::string message = file_.string() + ": " + what + ": " + sqlite3_errmsg(handle_);
  const int system = sqlite3_system_errno(handle_);
  if (system != 0 &&
      (sqlite3_errcode(handle_) == SQLITE_IOERR || sqlite3_errcode(handle_) == SQLITE_CANTOPEN ||
       sqlite3_errcode(handle_) == SQLITE_FULL)) {
    message += std::string(" (") + std::generic_category().message(system) + ")";
  }
  throw campaign::JournalError(message);
}

void Database::fail(const std::string& expected, const std::string& found) const {
  throw campaign::JournalError(file_.string() + ": expected " + expected + ", found " + found);
}

void Database::run(const std::string& sql, const std::string& doing) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(doing.empty() ? sql.substr(0, sql.find_first_of("(;")) : doing);
  }
}

std::int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step(sql) ? statement.integer(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step(sql) ? statement.bytes(0) : std::string();
}

Statement::Statement(const Database& database, const std::string& sql) : database_(database) {
  check(sqlite3_prepare_v2(database.handle(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                           &handle_, nullptr),
        "cannot be read");
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code, const std::string& doing) const {
  if (code != SQLITE_OK) {
    database_.fail(doing);
  }
}

void Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(handle_, index, value), "bind");
}

void Statement::bind(int index, double value) {
  check(sqlite3_bind_double(handle_, index, value), "bind");
}

void Statement::bind(int index, std::string_view text) {
  check(
      sqlite3_bind_text64(handle_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
      "bind");
}

void Statement::bind_blob(int index, std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT), "bind");
}

void Statement::bind_null(int index) { check(sqlite3_bind_null(handle_, index), "bind"); }

bool Statement::step(const std::string& doing) {
  const int code = sqlite3_step(handle_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    database_.fail(doing);
  }
  return code == SQLITE_ROW;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

}  // namespace foray::journal
