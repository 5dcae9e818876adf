#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace foray::journal {

class Statement;

// A connection to SQLite that turns every failure into a JournalError naming the file.
class Database {
 public:
  Database(const std::filesystem::path& file, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `doing` is for the message; "": what the SQL begins with.
  void run(const std::string& sql, const std::string& doing = "");
  // First column of the first row.
  std::int64_t number(const std::string& sql);
  std::string text(const std::string& sql);
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  // Throws a JournalError: "FILE: WHAT: what SQLite says (what the system says)".
  [[noreturn]] void fail(const std::string& what) const;
  // Throws a JournalError: "FILE: expected EXPECTED, found FOUND".
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;

  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
};

// A prepared statement, finalised at the end of its scope.
class Statement {
 public:
  Statement(const Database& database, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1.
  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::string_view text);
  void bind_blob(int index, std::string_view bytes);
  void bind_null(int index);

  // Whether there is a row. `doing` is for the message.
  bool step(const std::string& doing);

  // Columns count from 0.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  void check(int code, const std::string& doing) const;

  const Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace foray::journal
