#include "foray/codec/codec_error.h"

#include <utility>

namespace foray::codec {
namespace {

std::string join_lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) {
    text += (text.empty() ? "" : "\n") + problem;
  }
  return text;
}

}  // namespace

CodecError::CodecError(const std::string& problem)
    : std::invalid_argument(problem), problems_{problem} {}

CodecError::CodecError(std::vector<std::string> problems)
    : std::invalid_argument(join_lines(problems)), problems_(std::move(problems)) {}

}  // namespace foray::codec
