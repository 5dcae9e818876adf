#pragma once

#include <string>
#include <vector>

#include "picture.h"

namespace foray::app {

/// The page around some HTML sections: head, style, heading.
std::string html_page(const std::string& title, const std::string& body);

/// A table: a row of headings and rows of cells, all text escaped.
std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<std::string>>& rows);

/// Colour of the k-th class or line, distinguishable with colour-blind eyes (Okabe and Ito, 2008).
Rgb class_colour(std::size_t k);

/// "#rrggbb".
std::string hex(const Rgb& colour);

}  // namespace foray::app
