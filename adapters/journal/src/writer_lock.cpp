#include "writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "foray/campaign/journal.h"

namespace foray::journal {

WriterLock::WriterLock(const std::filesystem::path& journal) {
  const std::string file = journal.string() + "-lock";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    throw campaign::JournalError(journal.string() + ": cannot be written: " + file + ": " +
                                 std::generic_category().message(errno));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(descriptor_);
    throw campaign::JournalError(
        journal.string() + ": expected to be the only one who writes to it, found " +
        (reason == EWOULDBLOCK ? "that another process does (" + file + " is locked)"
                               : std::generic_category().message(reason)));
  }
}

WriterLock::~WriterLock() { ::close(descriptor_); }

}  // namespace foray::journal
