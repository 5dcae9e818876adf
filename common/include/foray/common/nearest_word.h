#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foray {

/// The candidate that `word` is most likely a misspelling of, for messages that ask "did you mean".
///
/// @returns nothing where more than a third of the word would have to change. What was left off at
///          the end counts as one slip: "noise" for "noise_sd".
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& candidates);

}  // namespace foray
