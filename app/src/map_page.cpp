#include "map_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "foray/files/file_error.h"
#include "image_folder.h"
#include "page.h"
#include "plot.h"

namespace foray::app {
namespace {

using classifier::Exploration;
using classifier::ExplorationLevel;
using classifier::ExplorationState;

constexpr double kMargin = 44;  // for the tick labels [pixels]

// Where places of a map are drawn: one scale for both axes, y upwards.
class Canvas {
 public:
  Canvas(const Eigen::MatrixXf& map, double side) : side_(side) {
    low_ = map.rowwise().minCoeff().cast<double>();
    const Eigen::Vector2d high = map.rowwise().maxCoeff().cast<double>();
    extent_ = std::max((high - low_).maxCoeff(), 1e-3);
    low_ = (low_ + high) / 2 - Eigen::Vector2d::Constant(extent_ / 2);
    const double room = 0.03 * extent_;
    low_.array() -= room;
    extent_ += 2 * room;
  }
  [[nodiscard]] double x(double value) const {
    return kMargin + side_ * (value - low_.x()) / extent_;
  }
  [[nodiscard]] double y(double value) const { return side_ * (1 - (value - low_.y()) / extent_); }
  [[nodiscard]] double side() const { return side_; }
  [[nodiscard]] const Eigen::Vector2d& low() const { return low_; }
  [[nodiscard]] double extent() const { return extent_; }

 private:
  double side_;
  Eigen::Vector2d low_;
  double extent_ = 1;
};

// Colours of images by a fact, and what they mean.
struct Colours {
  std::vector<std::string> of_image;
  std::string legend;  // HTML
};

std::string swatch(const std::string& colour, const std::string& text) {
  return fmt::format(
      "<span style='margin-right:14px'><span style='color:{}'>&#9679;</span> {}</span>", colour,
      escape(text));
}

Colours by_number(const std::vector<std::string>& texts, const std::string& name) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    low = std::min(low, *classifier::number_of(text));
    high = std::max(high, *classifier::number_of(text));
  }
  Colours colours;
  for (const std::string& text : texts) {
    const double part =
        text.empty() || high == low ? 0 : (*classifier::number_of(text) - low) / (high - low);
    colours.of_image.push_back(text.empty() ? "#bbb" : hex(heat_colour(part)));
  }
  colours.legend = escape(name) + ": ";
  for (const double part : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    colours.legend +=
        swatch(hex(heat_colour(part)), fmt::format("{:.4g}", low + part * (high - low)));
  }
  return colours;
}

Colours by_word(const std::vector<std::string>& texts, const std::string& name) {
  constexpr std::size_t kColours = 7;  // the eighth is grey: all others
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : texts) {
    if (!text.empty()) ++counts[text];
  }
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [text, count] : counts) order.emplace_back(count, text);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  Colours colours;
  std::map<std::string, std::string> known;
  colours.legend = escape(name) + ": ";
  for (std::size_t k = 0; k < std::min(kColours, order.size()); ++k) {
    known[order[k].second] = hex(class_colour(k));
    colours.legend += swatch(hex(class_colour(k)), order[k].second);
  }
  if (order.size() > kColours) colours.legend += swatch("#bbb", "others");
  for (const std::string& text : texts) {
    const auto found = known.find(text);
    colours.of_image.push_back(found == known.end() ? "#bbb" : found->second);
  }
  return colours;
}

Colours colours_of(const ExplorationState& state, const std::string& name) {
  if (name.empty()) return {std::vector<std::string>(state.names.size(), "#3465a4"), ""};
  std::vector<std::string> texts(state.names.size());
  bool numbers = true;
  require_colour(state.facts, name);
  for (std::size_t i = 0; i < state.facts.size(); ++i) {
    const auto found = state.facts[i].find(name);
    if (found == state.facts[i].end()) continue;
    texts[i] = found->second;
    numbers = numbers && classifier::number_of(found->second).has_value();
  }
  return numbers ? by_number(texts, name) : by_word(texts, name);
}

std::string axes_of(const Canvas& frame) {
  std::string svg = fmt::format(
      "<rect x='{:.0f}' y='0' width='{:.0f}' height='{:.0f}' fill='none' "
      "stroke='#999'/>",
      kMargin, frame.side(), frame.side());
  const Eigen::Vector2d high = frame.low().array() + frame.extent();
  for (const double tick : ticks(frame.low().x(), high.x(), 8, false)) {
    svg += fmt::format("<text x='{:.1f}' y='{:.0f}' text-anchor='middle'>{:.4g}</text>",
                       frame.x(tick), frame.side() + 16, tick);
  }
  for (const double tick : ticks(frame.low().y(), high.y(), 8, false)) {
    svg += fmt::format("<text x='{:.0f}' y='{:.1f}' text-anchor='end'>{:.4g}</text>", kMargin - 5,
                       frame.y(tick) + 4, tick);
  }
  return svg;
}

std::string svg_element(double side, const std::string& content) {
  return fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0:.0f}' height='{1:.0f}' viewBox='0 0 "
      "{0:.0f} "
      "{1:.0f}' font-size='11' font-family='sans-serif' fill='#222'>{2}</svg>",
      side + kMargin + 4, side + 22, content);
}

// Points of all images of a level; those outside `marked` pale, where it is given.
std::string points_of(const ExplorationLevel& level, const ExplorationState& state,
                      const Canvas& frame, const Colours& colours, const std::set<int>* marked) {
  std::string svg;
  for (std::size_t i = 0; i < level.images.size(); ++i) {
    const int image = level.images[i];
    const auto column = static_cast<Eigen::Index>(i);
    const bool pale = marked != nullptr && !marked->contains(image);
    svg += fmt::format(
        "<circle cx='{:.1f}' cy='{:.1f}' r='{}' fill='{}'{}><title>{}</title></circle>",
        frame.x(level.map(0, column)), frame.y(level.map(1, column)), pale ? 1.5 : 2.5,
        pale ? "#ccc" : colours.of_image[static_cast<std::size_t>(image)],
        pale ? "" : " fill-opacity='0.8'", escape(state.names[static_cast<std::size_t>(image)]));
  }
  return svg;
}

// In each cell of a grid the image nearest to its middle, so that no two thumbnails overlap.
struct Spot {
  int image = 0;
  double x = 0, y = 0;  // the cell's corner [pixels]
};

std::vector<Spot> thumbnail_spots(const ExplorationLevel& level, const Canvas& frame, int side) {
  std::map<std::pair<int, int>, std::pair<double, Spot>> best;
  const auto cells = static_cast<int>(frame.side() / side);
  const double step = frame.side() / cells;
  for (std::size_t i = 0; i < level.images.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    const double x = frame.x(level.map(0, column)) - kMargin;
    const double y = frame.y(level.map(1, column));
    const int across = std::clamp(static_cast<int>(x / step), 0, cells - 1);
    const int down = std::clamp(static_cast<int>(y / step), 0, cells - 1);
    const double distance = std::hypot(x - (across + 0.5) * step, y - (down + 0.5) * step);
    const Spot spot{level.images[i], kMargin + across * step + (step - side) / 2,
                    down * step + (step - side) / 2};
    const auto [place, fresh] = best.try_emplace({across, down}, distance, spot);
    if (!fresh && distance < place->second.first) place->second = {distance, spot};
  }
  std::vector<Spot> spots;
  for (const auto& [cell, found] : best) spots.push_back(found.second);
  return spots;
}

std::string thumbnails_of(const ExplorationState& state, const std::vector<Spot>& spots,
                          const std::filesystem::path& folder, const Colours& colours, int side) {
  std::string svg;
  for (const Spot& spot : spots) {
    const std::string& name = state.names[static_cast<std::size_t>(spot.image)];
    FolderImage image;
    try {
      image = read_folder_image(folder / name);
    } catch (const files::FileError&) {
      continue;  // it was there when its features were made; its point stays
    }
    const int inner = side - 4;
    const Picture picture = grey_picture(image.pixels, image.mask, inner);
    svg += fmt::format(
        "<g transform='translate({:.1f},{:.1f})'><rect width='{}' height='{}' fill='white' "
        "stroke='{}' stroke-width='1.5'/><image x='2' y='2' width='{}' height='{}' "
        "href='data:image/png;base64,{}'><title>{}</title></image></g>",
        spot.x, spot.y, side, side, colours.of_image[static_cast<std::size_t>(spot.image)], inner,
        inner, base64(encode_png(picture)), escape(name));
  }
  return svg;
}

std::string present_map(const Exploration& exploration, const std::filesystem::path& folder,
                        const Colours& colours, const MapPageOptions& options) {
  constexpr double kSide = 980;
  const ExplorationLevel& level = exploration.level();
  const Canvas frame(level.map, kSide);
  return svg_element(
      kSide,
      axes_of(frame) + points_of(level, exploration.state(), frame, colours, nullptr) +
          thumbnails_of(exploration.state(), thumbnail_spots(level, frame, options.thumbnail),
                        folder, colours, options.thumbnail));
}

// The levels above, small, with what was selected of each.
std::string maps_above(const Exploration& exploration, const Colours& colours) {
  constexpr double kSide = 300;
  const auto& levels = exploration.state().levels;
  const std::vector<std::string> crumbs = exploration.breadcrumbs();
  if (levels.size() < 2) return "";
  std::string html = "<h2>Selected from</h2><div class='figures'>";
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const Canvas frame(levels[i].map, kSide);
    const std::set<int> marked(levels[i + 1].images.begin(), levels[i + 1].images.end());
    html +=
        fmt::format("<figure>{}<figcaption>{}: {} images, of which {}: {}</figcaption></figure>",
                    svg_element(kSide, axes_of(frame) + points_of(levels[i], exploration.state(),
                                                                  frame, colours, &marked)),
                    escape(crumbs[i]), levels[i].images.size(), escape(crumbs[i + 1]),
                    levels[i + 1].images.size());
  }
  return html + "</div>";
}

}  // namespace

Picture grey_picture(const scattering::Image& image, const scattering::Mask& mask, int max_side) {
  const Eigen::Index longer = std::max(image.rows(), image.cols());
  const Eigen::Index step = (longer + max_side - 1) / max_side;
  Picture picture;
  picture.height = static_cast<int>((image.rows() + step - 1) / step);
  picture.width = static_cast<int>((image.cols() + step - 1) / step);
  std::vector<double> means;
  std::vector<double> good;
  for (Eigen::Index i = 0; i < image.rows(); i += step) {
    for (Eigen::Index j = 0; j < image.cols(); j += step) {
      const Eigen::Index height = std::min(step, image.rows() - i);
      const Eigen::Index width = std::min(step, image.cols() - j);
      const auto pixels = image.block(i, j, height, width);
      const auto known = (pixels.isFinite() && mask.block(i, j, height, width) == 0).eval();
      const auto count = static_cast<double>(known.count());
      means.push_back(known.select(pixels, 0.0).sum() / count);  // NaN where none is known
      if (count > 0) good.push_back(means.back());
    }
  }
  std::sort(good.begin(), good.end());
  const auto quantile = [&](double part) {
    return good.empty()
               ? 0.0
               : good[static_cast<std::size_t>(part * static_cast<double>(good.size() - 1))];
  };
  const double low = quantile(0.01);
  const double range = std::max(quantile(0.99) - low, 1e-300);
  for (const double mean : means) {
    const auto grey =
        static_cast<std::uint8_t>(std::lround(255 * std::clamp((mean - low) / range, 0.0, 1.0)));
    picture.pixels.push_back(std::isnan(mean) ? Rgb{90, 130, 190} : Rgb{grey, grey, grey});
  }
  return picture;
}

void require_colour(const std::vector<classifier::ImageFacts>& facts, const std::string& name) {
  const bool known =
      name.empty() || std::any_of(facts.begin(), facts.end(),
                                  [&](const auto& of_image) { return of_image.contains(name); });
  if (known) return;
  throw std::invalid_argument(
      fmt::format("explore: --colour: nothing named {} is known of these images", name));
}

std::string map_page(const Exploration& exploration, const std::filesystem::path& folder,
                     const MapPageOptions& options) {
  const Colours colours = colours_of(exploration.state(), options.colour);
  std::string crumbs;
  for (const std::string& crumb : exploration.breadcrumbs()) {
    crumbs += (crumbs.empty() ? "" : " &rsaquo; ") + escape(crumb);
  }
  const std::string body = fmt::format(
      "<p>{} &middot; {} images. Near images look alike; the axes have no other meaning. "
      "Thumbnails stand in a grid, next to their places; names show under the pointer.</p>"
      "<p>{}</p>{}{}",
      crumbs, exploration.level().images.size(), colours.legend,
      present_map(exploration, folder, colours, options), maps_above(exploration, colours));
  return html_page(folder.filename().string(), body);
}

}  // namespace foray::app
