#include "plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "page.h"

namespace foray::app {

const char* const kPlotStyle = R"(
svg text{font:11px system-ui,sans-serif;fill:#333}svg .title{font-weight:600;font-size:13px}
svg .grid{stroke:#8883;stroke-width:1}svg .frame{fill:none;stroke:#555}
svg .order{font-size:9px;fill:#fff;paint-order:stroke;stroke:#000;stroke-width:2px}
svg .small{font-size:10px}
)";

std::string plot_file(const std::string& svg) {
  std::string file = svg;
  const std::size_t inside = file.find('>') + 1;
  file.insert(inside, "<style>" + std::string(kPlotStyle) +
                          "</style><rect width='100%' height='100%' fill='#fff'/>");
  return file + "\n";
}

namespace {

constexpr double kLeft = 62, kRight = 14, kTop = 30, kBottom = 44;

// Maps data to pixels along one axis.
struct Scale {
  double lower = 0, upper = 1, start = 0, end = 1;
  bool logarithmic = false;

  [[nodiscard]] double operator()(double value) const {
    const double from = logarithmic ? std::log10(lower) : lower;
    const double to = logarithmic ? std::log10(upper) : upper;
    const double at = logarithmic ? std::log10(value) : value;
    return start + (end - start) * (at - from) / (to - from);
  }
};

Scale make_scale(const std::vector<Series>& series, bool of_x, bool logarithmic) {
  double lower = std::numeric_limits<double>::infinity();
  double upper = -lower;
  for (const Series& one : series) {
    for (const double value : of_x ? one.x : one.y) {
      if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
      lower = std::min(lower, value);
      upper = std::max(upper, value);
    }
  }
  if (!(lower <= upper)) {
    lower = logarithmic ? 1 : 0;
    upper = logarithmic ? 10 : 1;
  }
  if (logarithmic) return {lower / 1.1, upper * 1.1, 0, 1, true};
  const double pad =
      upper > lower ? 0.04 * (upper - lower) : std::max(1e-12, std::fabs(upper) * 0.1);
  return {of_x ? lower - pad / 2 : lower - pad, upper + pad, 0, 1, false};
}

std::string frame_and_ticks(const Axes& axes, const Scale& x, const Scale& y) {
  std::string svg;
  for (const double tick : ticks(x.lower, x.upper, 6, x.logarithmic)) {
    svg += fmt::format(
        "<line class='grid' x1='{0:.1f}' x2='{0:.1f}' y1='{1:.1f}' y2='{2:.1f}'/>"
        "<text x='{0:.1f}' y='{3:.1f}' text-anchor='middle'>{4}</text>",
        x(tick), y.start, y.end, y.start + 15, short_number(tick));
  }
  for (const double tick : ticks(y.lower, y.upper, 6, y.logarithmic)) {
    svg += fmt::format(
        "<line class='grid' x1='{1:.1f}' x2='{2:.1f}' y1='{0:.1f}' y2='{0:.1f}'/>"
        "<text x='{3:.1f}' y='{4:.1f}' text-anchor='end'>{5}</text>",
        y(tick), x.start, x.end, x.start - 5, y(tick) + 4, short_number(tick));
  }
  svg += fmt::format("<rect class='frame' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}'/>",
                     x.start, y.end, x.end - x.start, y.start - y.end);
  svg +=
      fmt::format("<text class='title' x='{:.1f}' y='18'>{}</text>", x.start, escape(axes.title));
  svg += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{}</text>",
                     (x.start + x.end) / 2, y.start + 33, escape(axes.x_label));
  svg += fmt::format(
      "<text transform='translate(14,{:.1f}) rotate(-90)' text-anchor='middle'>{}</text>",
      (y.start + y.end) / 2, escape(axes.y_label));
  return svg;
}

std::string open_svg(int width, int height) {
  return fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' "
      "role='img'>",
      width, height);
}

// "1" beside a point.
std::string order_label(double x, double y, int order) {
  return fmt::format("<text class='order' x='{:.1f}' y='{:.1f}'>{}</text>", x + 4, y - 3, order);
}

std::string draw(const Series& series, const Scale& x, const Scale& y) {
  std::string svg;
  std::string path;
  bool pen_up = true;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const double px = x(series.x[i]);
    const double py = y(series.y[i]);
    if (!std::isfinite(px) || !std::isfinite(py)) {
      pen_up = true;
      continue;
    }
    path += fmt::format("{}{:.1f},{:.1f} ", pen_up ? "M" : "L", px, py);
    pen_up = false;
    if (series.marks) {
      svg +=
          fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='2.5' fill='{}'/>", px, py, series.colour);
    }
    if (i == 0 && !series.text.empty()) {
      svg += fmt::format("<text class='small' x='{:.1f}' y='{:.1f}'>{}</text>", px + 2, py + 9,
                         escape(series.text));
    }
    if (series.order) svg += order_label(px, py, static_cast<int>(i) + 1);
  }
  if (series.line && !path.empty()) {
    svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='1.8'{}/>", path,
                       series.colour, series.dashed ? " stroke-dasharray='5,4'" : "");
  }
  return svg;
}

// Room for the names beside the plot; 0 where there are none.
double legend_width(const std::vector<Series>& series, int width) {
  std::size_t longest = 0;
  for (const Series& one : series) longest = std::max(longest, one.name.size());
  // Letters are about 6.2 pixels wide; very long names are cut rather than the plot.
  return longest == 0 ? 0 : std::min(0.5 * width, 34 + 6.2 * static_cast<double>(longest));
}

std::string legend(const std::vector<Series>& series, double left, double top) {
  std::string svg;
  double y = top + 12;
  for (const Series& one : series) {
    if (one.name.empty()) continue;
    svg += one.line ? fmt::format(
                          "<line x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}' "
                          "stroke='{}' stroke-width='2.5'{}/>",
                          left, left + 18, y - 4, y - 4, one.colour,
                          one.dashed ? " stroke-dasharray='5,4'" : "")
                    : fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='{}'/>", left + 9,
                                  y - 4, one.colour);
    svg += fmt::format("<text x='{:.1f}' y='{:.1f}'>{}</text>", left + 24, y, escape(one.name));
    y += 15;
  }
  return svg;
}

Picture picture_of_map(const Map& map, double lower, double upper) {
  Picture picture;
  picture.width = static_cast<int>(map.values.cols());
  picture.height = static_cast<int>(map.values.rows());
  for (Eigen::Index i = map.values.rows() - 1; i >= 0; --i) {  // y points up
    for (Eigen::Index j = 0; j < map.values.cols(); ++j) {
      const double value = map.values(i, j);
      Rgb colour{235, 235, 235};
      if (std::isfinite(value)) {
        colour = map.classes.empty() ? heat_colour((value - lower) / (upper - lower))
                                     : map.classes.at(static_cast<std::size_t>(value)).second;
      }
      picture.pixels.push_back(colour);
    }
  }
  return picture;
}

std::string colour_bar(double x, double top, double bottom, double lower, double upper) {
  std::string svg;
  const int steps = 40;
  for (int i = 0; i < steps; ++i) {
    const double y = bottom + (top - bottom) * (i + 1) / steps;
    svg += fmt::format("<rect x='{:.1f}' y='{:.1f}' width='12' height='{:.2f}' fill='{}'/>", x, y,
                       (bottom - top) / steps + 0.5, hex(heat_colour((i + 0.5) / steps)));
  }
  for (const double tick : ticks(lower, upper, 5, false)) {
    const double y = bottom + (top - bottom) * (tick - lower) / (upper - lower);
    svg += fmt::format("<text x='{:.1f}' y='{:.1f}'>{}</text>", x + 16, y + 4, short_number(tick));
  }
  return svg;
}

std::string draw_points(const Map& map, const Scale& x, const Scale& y) {
  std::string svg;
  for (const MapPoint& point : map.points) {
    svg += fmt::format(
        "<circle cx='{:.1f}' cy='{:.1f}' r='3.2' fill='{}' stroke='black' stroke-width='0.8'/>",
        x(point.x), y(point.y), point.colour);
    if (map.show_order) svg += order_label(x(point.x), y(point.y), point.order);
  }
  return svg;
}

}  // namespace

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string escape(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::vector<double> ticks(double lower, double upper, int count, bool logarithmic) {
  std::vector<double> places;
  if (!(upper > lower) || !std::isfinite(lower) || !std::isfinite(upper)) return places;
  if (logarithmic) {
    const bool wide = std::log10(upper / lower) > 2.5;
    for (double decade = std::floor(std::log10(lower)); decade <= std::log10(upper); decade += 1) {
      for (const double part : wide ? std::vector<double>{1} : std::vector<double>{1, 2, 5}) {
        const double place = part * std::pow(10.0, decade);
        if (place >= lower && place <= upper) places.push_back(place);
      }
    }
    return places;
  }
  const double rough = (upper - lower) / std::max(1, count);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double part = rough / power;
  const double step = power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
  for (double k = std::ceil(lower / step); k * step <= upper * (1 + 1e-12); k += 1) {
    places.push_back(k * step == 0 ? 0 : k * step);
  }
  return places;
}

std::string line_plot(const Axes& axes, const std::vector<Series>& series) {
  Scale x = make_scale(series, true, axes.log_x);
  Scale y = make_scale(series, false, axes.log_y);
  x.start = kLeft;
  x.end = axes.width - kRight - legend_width(series, axes.width);
  y.start = axes.height - kBottom;
  y.end = kTop;
  std::string svg = open_svg(axes.width, axes.height) + frame_and_ticks(axes, x, y);
  for (const Series& one : series) svg += draw(one, x, y);
  return svg + legend(series, x.end + 8, y.end) + "</svg>";
}

std::string map_plot(const Axes& axes, const Map& map) {
  const double bar = 78;
  const Scale x{map.x_lower, map.x_upper, kLeft, axes.width - kRight - bar, axes.log_x};
  const Scale y{map.y_lower, map.y_upper, axes.height - kBottom, kTop, axes.log_y};
  double lower = std::numeric_limits<double>::infinity();
  double upper = -lower;
  for (Eigen::Index k = 0; k < map.values.size(); ++k) {
    const double value = map.values.data()[k];
    if (!std::isfinite(value)) continue;
    lower = std::min(lower, value);
    upper = std::max(upper, value);
  }
  if (!(upper > lower)) upper = lower + 1;
  std::string svg = open_svg(axes.width, axes.height);
  svg += fmt::format(
      "<image x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' preserveAspectRatio='none' "
      "style='image-rendering:pixelated' href='data:image/png;base64,{}'/>",
      x.start, y.end, x.end - x.start, y.start - y.end,
      base64(encode_png(picture_of_map(map, lower, upper))));
  svg += frame_and_ticks(axes, x, y) + draw_points(map, x, y);
  if (map.classes.empty())
    return svg + colour_bar(x.end + 12, y.end, y.start, lower, upper) + "</svg>";
  double row = y.end + 10;
  for (const auto& [name, colour] : map.classes) {
    svg += fmt::format(
        "<rect x='{:.1f}' y='{:.1f}' width='11' height='11' fill='{}'/>"
        "<text class='small' x='{:.1f}' y='{:.1f}'>{}</text>",
        x.end + 8, row - 9, hex(colour), x.end + 22, row, escape(name));
    row += 17;
  }
  return svg + "</svg>";
}

}  // namespace foray::app
