#include "foray/files/file_error.h"

namespace foray::files {
namespace {

constexpr std::size_t kLongestPart = 300;  // keeps a message readable when a file is one long line

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text.substr(0, kLongestPart)) {
    const auto code = static_cast<unsigned char>(c);
    line += (code < 0x20 || code == 0x7f) ? '?' : c;
  }
  return text.size() > kLongestPart ? line + "..." : line;
}

}  // namespace

FileError::FileError(const std::string& path, const std::string& expected, const std::string& found)
    : std::runtime_error(one_line(path) + ": expected " + one_line(expected) + ", found " +
                         one_line(found)),
      path_(path),
      expected_(one_line(expected)),
      found_(one_line(found)) {}

}  // namespace foray::files
