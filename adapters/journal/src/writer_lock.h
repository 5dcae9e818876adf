#pragma once

#include <filesystem>

namespace foray::journal {

// Held by the one process that writes a journal; the system gives it up when that process ends,
// however it ends. A file beside the journal, since closing any descriptor of an SQLite file would
// drop SQLite's own locks.
class WriterLock {
 public:
  // Throws JournalError when another process (or another journal object here) holds it.
  explicit WriterLock(const std::filesystem::path& journal);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace foray::journal
