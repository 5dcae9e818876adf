// Source: Sutherland and Hodgman (1974), doi:10.1145/360767.360802 (clipping of polygons).
#include "pixel_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr double kTurn = 2 * M_PI;
constexpr double kNoEdge = std::numeric_limits<double>::infinity();

struct Point {
  double a = 0, b = 0;  // along the first and the second axis
};

double value_of(PixelAxis axis, const Geometry& geometry, const Eigen::Vector3d& t) {
  switch (axis) {
    case PixelAxis::kQ:
      return q_of(geometry, t);
    case PixelAxis::kTwoTheta:
      return two_theta(t);
    case PixelAxis::kRadius:
      return std::hypot(t[0], t[1]);
    case PixelAxis::kSpacing:
      return 2 * M_PI / q_of(geometry, t);
    case PixelAxis::kChi:
      return chi(t);
    case PixelAxis::kQx:
      return q_of(geometry, t) * std::cos(chi(t));
    case PixelAxis::kQy:
      return q_of(geometry, t) * std::sin(chi(t));
  }
  return 0;
}

// A pixel's centre, its corners in a round, and the box that is used for it.
struct Pixel {
  Point center;
  std::array<Point, 4> corner;
  Point half;  // half sides of the box about the centre
};

// Values of both axes at the corners and centres of the pixels.
class Grid {
 public:
  Grid(const Geometry& geometry, Eigen::Index rows, Eigen::Index cols, const SplitOptions& options)
      : options_(options), rotation_(rotation_matrix(geometry)), geometry_(geometry) {
    for (const bool first : {true, false}) {
      const PixelAxis axis = first ? options.first : options.second;
      Image& centers = first ? center_a_ : center_b_;
      centers = map(axis, rows, cols, 0.5);
      if (options.split == PixelSplit::kNone) continue;
      (first ? corner_a_ : corner_b_) = map(axis, rows + 1, cols + 1, 0.0);
    }
  }

  [[nodiscard]] const SplitOptions& options() const { return options_; }

  [[nodiscard]] Pixel at(Eigen::Index i, Eigen::Index j) const {
    Pixel pixel;
    pixel.center = {center_a_(i, j), center_b_(i, j)};
    pixel.corner.fill(pixel.center);
    if (options_.split == PixelSplit::kNone) return pixel;
    static constexpr Eigen::Index kRound[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    for (std::size_t k = 0; k < 4; ++k) {
      const Eigen::Index row = i + kRound[k][0], col = j + kRound[k][1];
      Point& corner = pixel.corner[k];
      corner = {unwrapped(options_.first, corner_a_(row, col), pixel.center.a),
                unwrapped(options_.second, corner_b_(row, col), pixel.center.b)};
      pixel.half.a = std::max(pixel.half.a, std::abs(corner.a - pixel.center.a));
      pixel.half.b = std::max(pixel.half.b, std::abs(corner.b - pixel.center.b));
    }
    // Around the beam an azimuth is no place: the pixel stays whole.
    const bool around = (options_.first == PixelAxis::kChi && pixel.half.a > M_PI_2) ||
                        (options_.second == PixelAxis::kChi && pixel.half.b > M_PI_2);
    if (around) {
      pixel.corner.fill(pixel.center);
      pixel.half = {};
    }
    return pixel;
  }

 private:
  static double unwrapped(PixelAxis axis, double value, double center) {
    if (axis != PixelAxis::kChi) return value;
    return value - kTurn * std::round((value - center) / kTurn);
  }

  [[nodiscard]] Image map(PixelAxis axis, Eigen::Index rows, Eigen::Index cols,
                          double offset) const {
    Image values(rows, cols);
    for (Eigen::Index i = 0; i < rows; ++i) {
      const double x = (static_cast<double>(i) + offset) * geometry_.pixel1 - geometry_.poni1;
      for (Eigen::Index j = 0; j < cols; ++j) {
        const double y = (static_cast<double>(j) + offset) * geometry_.pixel2 - geometry_.poni2;
        values(i, j) = value_of(axis, geometry_, rotation_ * Eigen::Vector3d(x, y, geometry_.dist));
      }
    }
    return values;
  }

  const SplitOptions& options_;
  Eigen::Matrix3d rotation_;
  const Geometry& geometry_;
  Image center_a_, center_b_, corner_a_, corner_b_;
};

bool is_finite(const Pixel& pixel) {
  const auto finite = [](const Point& p) { return std::isfinite(p.a) && std::isfinite(p.b); };
  return finite(pixel.center) && finite(pixel.half) &&
         std::all_of(pixel.corner.begin(), pixel.corner.end(), finite);
}

// Smallest and largest value of an axis over what the good pixels cover.
Range covered(const Grid& grid, const Mask& mask, bool first) {
  const PixelSplit split = grid.options().split;
  Range range{kNoEdge, -kNoEdge};
  const auto take = [&](double value) {
    range.lower = std::min(range.lower, value);
    range.upper = std::max(range.upper, value);
  };
  for (Eigen::Index i = 0; i < mask.rows(); ++i) {
    for (Eigen::Index j = 0; j < mask.cols(); ++j) {
      if (mask(i, j) != 0) continue;
      const Pixel pixel = grid.at(i, j);
      if (!is_finite(pixel)) continue;
      const double center = first ? pixel.center.a : pixel.center.b;
      const double half = first ? pixel.half.a : pixel.half.b;
      if (split == PixelSplit::kFull) {
        for (const Point& corner : pixel.corner) take(first ? corner.a : corner.b);
      } else {
        take(center - half);
        take(center + half);
      }
    }
  }
  // Beyond half a turn the azimuth begins anew.
  if ((first ? grid.options().first : grid.options().second) == PixelAxis::kChi) {
    const bool around = range.lower < -M_PI || range.upper > M_PI;
    if (around) range = {-M_PI, M_PI};
  }
  if (range.lower <= range.upper) return range;
  throw std::invalid_argument(std::string(kSplitIntegrator) +
                              ": mask: expected at least one good pixel, got none");
}

// A polygon's part with sign * (value - at) >= 0 along one axis.
void clip(std::vector<Point>& polygon, std::vector<Point>& scratch, bool along_a, double at,
          double sign) {
  scratch.clear();
  const auto inside = [&](const Point& p) { return sign * ((along_a ? p.a : p.b) - at); };
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    const Point &here = polygon[k], &next = polygon[(k + 1) % polygon.size()];
    const double from = inside(here), to = inside(next);
    if (from >= 0) scratch.push_back(here);
    if ((from > 0 && to < 0) || (from < 0 && to > 0)) {
      const double part = from / (from - to);
      scratch.push_back({here.a + part * (next.a - here.a), here.b + part * (next.b - here.b)});
    }
  }
  polygon.swap(scratch);
}

double area(const std::vector<Point>& polygon) {
  double twice = 0;
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    const Point &p = polygon[k], &q = polygon[(k + 1) % polygon.size()];
    twice += p.a * q.b - q.a * p.b;
  }
  return 0.5 * std::abs(twice);
}

// Bins that overlap [lower, upper]: first and one behind the last.
std::pair<Eigen::Index, Eigen::Index> overlapping(const Eigen::VectorXd& edges, double lower,
                                                  double upper) {
  const double* const begin = edges.data();
  const double* const end = begin + edges.size();
  const auto first = std::upper_bound(begin, end, lower) - begin - 1;
  const auto last = std::lower_bound(begin, end, upper) - begin;
  return {std::max<Eigen::Index>(first, 0), std::min<Eigen::Index>(last, edges.size() - 1)};
}

class Splitter {
 public:
  Splitter(const SplitOptions& options, const BinEdges& first, const BinEdges& second,
           bool any_second)
      : options_(options),
        first_(first),
        second_(second),
        edges_a_(first.edges()),
        edges_b_(second.edges()),
        any_second_(any_second) {}

  // Adds the entries of a pixel; an azimuth is tried a turn to both sides.
  void add(std::int32_t number, const Pixel& pixel, PixelParts& parts) {
    const auto begin = static_cast<std::ptrdiff_t>(parts.bin.size());
    const bool turns_a = options_.first == PixelAxis::kChi;
    const bool turns_b = options_.second == PixelAxis::kChi && !any_second_;
    // Without an extent it lies in one bin, though both ends of a full turn hold the cut.
    const auto found = [&] {
      return is_point(pixel) && static_cast<std::ptrdiff_t>(parts.bin.size()) > begin;
    };
    for (const double a : {0.0, -kTurn, kTurn}) {
      if ((a != 0 && !turns_a) || found()) break;
      for (const double b : {0.0, -kTurn, kTurn}) {
        if ((b != 0 && !turns_b) || found()) break;
        split(moved(pixel, {a, b}), parts);
      }
    }
    const auto end = static_cast<std::ptrdiff_t>(parts.bin.size());
    if (begin == end) return;
    // The largest first: clipping compares a pixel with that bin.
    const auto top =
        std::max_element(parts.part.begin() + begin, parts.part.end()) - parts.part.begin();
    std::swap(parts.part[static_cast<std::size_t>(begin)],
              parts.part[static_cast<std::size_t>(top)]);
    std::swap(parts.bin[static_cast<std::size_t>(begin)], parts.bin[static_cast<std::size_t>(top)]);
    parts.pixel.push_back(number);
    parts.start.push_back(static_cast<std::int32_t>(end));
  }

 private:
  static Pixel moved(Pixel pixel, Point by) {
    pixel.center = {pixel.center.a + by.a, pixel.center.b + by.b};
    for (Point& corner : pixel.corner) corner = {corner.a + by.a, corner.b + by.b};
    return pixel;
  }

  void put(Eigen::Index i, Eigen::Index j, double part, PixelParts& parts) const {
    if (!(part > 1e-7)) return;  // less than a float's share of one
    parts.bin.push_back(static_cast<std::int32_t>(i * second_.count() + j));
    parts.part.push_back(static_cast<float>(std::min(part, 1.0)));
  }

  [[nodiscard]] bool is_point(const Pixel& pixel) const {
    return options_.split == PixelSplit::kNone || (!(pixel.half.a > 0) && !(pixel.half.b > 0));
  }

  void split(const Pixel& pixel, PixelParts& parts) {
    if (is_point(pixel)) {
      const int i = first_.find(pixel.center.a);
      const int j = any_second_ ? 0 : second_.find(pixel.center.b);
      if (i >= 0 && j >= 0) put(i, j, 1.0, parts);
    } else if (options_.split == PixelSplit::kBoundingBox) {
      split_box(pixel, parts);
    } else {
      split_area(pixel, parts);
    }
  }

  void split_box(const Pixel& pixel, PixelParts& parts) const {
    const auto share = [](const Eigen::VectorXd& edges, Eigen::Index k, double center,
                          double half) {
      const double lower = std::max(edges[k], center - half);
      const double upper = std::min(edges[k + 1], center + half);
      return half > 0 ? (upper - lower) / (2 * half) : 1.0;
    };
    const auto [i0, i1] =
        overlapping(edges_a_, pixel.center.a - pixel.half.a, pixel.center.a + pixel.half.a);
    const auto [j0, j1] = any_second_ ? std::pair<Eigen::Index, Eigen::Index>{0, 1}
                                      : overlapping(edges_b_, pixel.center.b - pixel.half.b,
                                                    pixel.center.b + pixel.half.b);
    for (Eigen::Index i = i0; i < i1; ++i) {
      const double along = share(edges_a_, i, pixel.center.a, pixel.half.a);
      for (Eigen::Index j = j0; j < j1; ++j) {
        const double across = any_second_ ? 1.0 : share(edges_b_, j, pixel.center.b, pixel.half.b);
        put(i, j, along * across, parts);
      }
    }
  }

  void split_area(const Pixel& pixel, PixelParts& parts) {
    whole_.assign(pixel.corner.begin(), pixel.corner.end());
    const double total = area(whole_);
    if (!(total > 0)) return split_box(pixel, parts);
    const auto by_a = [](const Point& p, const Point& q) { return p.a < q.a; };
    const auto [low, high] = std::minmax_element(whole_.begin(), whole_.end(), by_a);
    const auto [i0, i1] = overlapping(edges_a_, low->a, high->a);
    for (Eigen::Index i = i0; i < i1; ++i) {
      strip_ = whole_;
      clip(strip_, scratch_, true, edges_a_[i], 1);
      clip(strip_, scratch_, true, edges_a_[i + 1], -1);
      if (strip_.size() < 3) continue;
      if (any_second_) {
        put(i, 0, area(strip_) / total, parts);
        continue;
      }
      const auto by_b = [](const Point& p, const Point& q) { return p.b < q.b; };
      const auto [left, right] = std::minmax_element(strip_.begin(), strip_.end(), by_b);
      const auto [j0, j1] = overlapping(edges_b_, left->b, right->b);
      for (Eigen::Index j = j0; j < j1; ++j) {
        cell_ = strip_;
        clip(cell_, scratch_, false, edges_b_[j], 1);
        clip(cell_, scratch_, false, edges_b_[j + 1], -1);
        if (cell_.size() >= 3) put(i, j, area(cell_) / total, parts);
      }
    }
  }

  const SplitOptions& options_;
  const BinEdges &first_, &second_;
  Eigen::VectorXd edges_a_, edges_b_;
  bool any_second_;
  std::vector<Point> whole_, strip_, cell_, scratch_;
};

BinEdges second_edges(const SplitOptions& options, Range data) {
  Bins bins = options.second_bins.value_or(Bins{.count = 1});
  if (options.second_range) bins.range = options.second_range;
  const bool turns = options.second == PixelAxis::kChi;
  if (turns && bins.range) {
    const double width = bins.range->upper - bins.range->lower;
    require(width > 0 && width <= kTurn * (1 + 1e-12),
            std::string(kSplitIntegrator) +
                (options.second_range ? ": second_range" : ": second_bins: range") +
                ": expected a width in (0, 2 pi], got " + std::to_string(width));
  }
  return {kSplitIntegrator, bins, data};
}

}  // namespace

SplitLayout make_layout(const Geometry& geometry, const Mask& mask, const SplitOptions& options) {
  require(options.first != options.second,
          std::string(kSplitIntegrator) + ": second: expected another axis than the first");
  require(mask.size() < std::numeric_limits<std::int32_t>::max() / 8,
          std::string(kSplitIntegrator) + ": mask: expected fewer than 2.6e8 pixels");
  validate(geometry);
  const Grid grid(geometry, mask.rows(), mask.cols(), options);
  const bool any_second = !options.second_bins && !options.second_range;
  const Range second = any_second ? Range{0, 1} : covered(grid, mask, false);
  SplitLayout layout{{kSplitIntegrator, options.first_bins, covered(grid, mask, true)},
                     second_edges(options, second),
                     {}};
  Splitter splitter(options, layout.first, layout.second, any_second);
  layout.parts.start.push_back(0);
  for (Eigen::Index i = 0; i < mask.rows(); ++i) {
    for (Eigen::Index j = 0; j < mask.cols(); ++j) {
      if (mask(i, j) != 0) continue;
      const Pixel pixel = grid.at(i, j);
      if (is_finite(pixel)) {
        splitter.add(static_cast<std::int32_t>(i * mask.cols() + j), pixel, layout.parts);
      }
    }
  }
  if (layout.parts.pixel.empty()) {
    throw std::invalid_argument(std::string(kSplitIntegrator) +
                                ": expected good pixels in the ranges of both axes, got none");
  }
  return layout;
}

}  // namespace foray::scattering
