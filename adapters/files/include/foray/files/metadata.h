#pragma once

#include <map>
#include <string>
#include <variant>

namespace foray::files {

/// What is known of a measurement beside its data: names with a number or a text, such as
/// {"x_mm", 3.5}, {"sample", "wedge 7"}. Names are written as they are, except that "/" and "." are
/// not allowed in them.
using Metadata = std::map<std::string, std::variant<double, std::string>>;

}  // namespace foray::files
