#include "foray/files/atomic_write.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "file_test_tools.h"

namespace foray::files::atomic_write_test {
namespace {

TEST(Sha256, MatchesTheStandardsExamples) {
  // FIPS 180-4 example values for "" and "abc".
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(WriteAtomically, ReplacesAFileAndLeavesNothingElse) {
  const TestFolder folder;
  const std::string path = folder.file("a");
  write_atomically(path, "first");
  EXPECT_EQ(write_atomically(path, "abc"), sha256("abc"));
  EXPECT_EQ(content_of(path), "abc");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteAtomically, NamesAFolderThatIsNotThere) {
  const TestFolder folder;
  const std::string path = folder.file("none/a");
  const FileError error = error_of(path, [&] { write_atomically(path, "abc"); });
  EXPECT_NE(error.found().find("No such file"), std::string::npos);
}

// A disk that is full: the process may write no more than 100 bytes to a file.
TEST(WriteAtomically, KeepsTheOldFileWhenTheDiskIsFull) {
  const TestFolder folder;
  const std::string path = folder.file("a");
  write_atomically(path, "old");
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_atomically(path, std::string(1000, 'x'));
    } catch (const FileError& error) {
      ::_exit(error.expected() == "to write 1000 bytes" ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(FileErrorMessage, IsOneLineWhateverTheFileHolds) {
  const FileError error("a\nb", "x", std::string("line\none\0two", 12) + std::string(1000, 'y'));
  const std::string message = error.what();
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(message.find('\0'), std::string::npos);
  EXPECT_LT(message.size(), 400U);
}

}  // namespace
}  // namespace foray::files::atomic_write_test
