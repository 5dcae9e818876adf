#pragma once

#include <stdexcept>
#include <string>

namespace foray::files {

/// A file that cannot be read or written as what it should be; the data of the caller and of every
/// other file are untouched. what() is one line: "PATH: expected EXPECTED, found FOUND".
class FileError : public std::runtime_error {
 public:
  /// Control characters and line breaks in the parts are replaced, so that the message stays one
  /// line whatever a damaged file holds.
  FileError(const std::string& path, const std::string& expected, const std::string& found);

  [[nodiscard]] const std::string& path() const { return path_; }          ///< the file.
  [[nodiscard]] const std::string& expected() const { return expected_; }  ///< what should be.
  [[nodiscard]] const std::string& found() const { return found_; }        ///< what was there.

 private:
  std::string path_;
  std::string expected_;
  std::string found_;
};

}  // namespace foray::files
