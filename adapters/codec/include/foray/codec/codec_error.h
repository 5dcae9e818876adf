#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace foray::codec {

/// Text that could not be decoded, or a value that could not be encoded: the only exception that
/// decoding lets out, whatever the text.
///
/// Each problem is one line `PATH: expected WHAT, got VALUE`, the path as a JSON pointer.
class CodecError : public std::invalid_argument {
 public:
  explicit CodecError(const std::string& problem);
  explicit CodecError(std::vector<std::string> problems);

  /// One line each, at least one.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

}  // namespace foray::codec
