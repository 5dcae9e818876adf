#include "page.h"

#include <fmt/core.h>

#include <algorithm>

#include "plot.h"

namespace foray::app {

namespace {

constexpr const char* kStyle = R"(
body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:1080px;margin:2em auto;padding:0 1em}
h1{margin-bottom:0}h2{margin-top:1.8em;border-bottom:1px solid #ddd}
.figures{display:flex;flex-wrap:wrap;gap:14px}figure{margin:0}figcaption{font-size:13px;color:#555;max-width:460px}
.frames figcaption{max-width:200px;overflow-wrap:anywhere}
table{border-collapse:collapse;font-size:14px}td,th{border:1px solid #ddd;padding:3px 9px;text-align:left}
pre{background:#f6f6f6;padding:1em;overflow:auto;font-size:13px}
)";

}  // namespace

std::string hex(const Rgb& colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2]);
}

Rgb class_colour(std::size_t k) {
  static constexpr std::array<Rgb, 8> kColours = {{{86, 180, 233},
                                                   {230, 159, 0},
                                                   {0, 158, 115},
                                                   {204, 121, 167},
                                                   {0, 114, 178},
                                                   {213, 94, 0},
                                                   {240, 228, 66},
                                                   {120, 120, 120}}};
  return kColours[k % kColours.size()];
}

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
      "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\"><title>{0}</title><style>{1}</style></head><body><h1>{0}</h1>"
      "{2}</body></html>\n",
      escape(title), std::string(kStyle) + kPlotStyle, body);
}

std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<std::string>>& rows) {
  const auto row_of = [](const std::vector<std::string>& cells, const char* tag) {
    std::string row;
    for (const std::string& cell : cells) row += fmt::format("<{0}>{1}</{0}>", tag, escape(cell));
    return "<tr>" + row + "</tr>";
  };
  const bool titled = std::any_of(headings.begin(), headings.end(),
                                  [](const std::string& heading) { return !heading.empty(); });
  std::string html = "<table>" + (titled ? row_of(headings, "th") : "");
  for (const auto& row : rows) html += row_of(row, "td");
  return html + "</table>";
}

}  // namespace foray::app
