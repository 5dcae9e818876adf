#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace foray::scattering {

/// A name as it is compared: in small letters, without spaces, underscores and hyphens.
inline std::string plain_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

}  // namespace foray::scattering
