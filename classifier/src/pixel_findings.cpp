#include "pixel_findings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "line_features.h"
#include "shadow_features.h"

namespace foray::classifier {
namespace {

constexpr double kDeviations = 5;

// What a pixel of a mean may hold by chance or as part of a slope; `steep` allows for the latter.
double by_chance(double mean, double steep) {
  return steep * mean + kDeviations * std::sqrt(mean + 1) + 2;
}

// The pixels of one frame in counts, masked ones told apart.
class PixelView {
 public:
  PixelView(const BinningTable& table, const scattering::Image& counts, double scale)
      : table_(table), counts_(counts), scale_(scale) {}

  [[nodiscard]] bool is_good(Eigen::Index i, Eigen::Index j) const {
    return is_inside(i, j) &&
           table_.cartesian_cell[static_cast<std::size_t>(i * counts_.cols() + j)] >= 0;
  }
  [[nodiscard]] bool is_inside(Eigen::Index i, Eigen::Index j) const {
    return i >= 0 && j >= 0 && i < counts_.rows() && j < counts_.cols();
  }
  // From one corner to the other along the axes.
  [[nodiscard]] Eigen::Index reach() const { return counts_.rows() + counts_.cols(); }
  // Radial bin; -1: none.
  [[nodiscard]] int bin(Eigen::Index i, Eigen::Index j) const {
    const std::int32_t cell = table_.fine_cell[static_cast<std::size_t>(i * counts_.cols() + j)];
    return cell < 0 ? -1 : cell / kFineSectors;
  }
  [[nodiscard]] double at(Eigen::Index i, Eigen::Index j) const { return scale_ * counts_(i, j); }

  // Fourth largest of the good pixels at a distance of three, where some are masked the third,
  // second or largest: of a line that passes by they are a quarter, so that what stands on it does
  // not stand out; -1: too few are good.
  [[nodiscard]] double edge(Eigen::Index i, Eigen::Index j) const {
    std::array<double, 24> values{};
    std::size_t count = 0;
    for (Eigen::Index a = -3; a <= 3; ++a) {
      for (Eigen::Index b = -3; b <= 3; ++b) {
        if (std::max(std::abs(a), std::abs(b)) != 3 || !is_good(i + a, j + b)) continue;
        values[count++] = at(i + a, j + b);
      }
    }
    if (count < 6) return -1;  // of a corner there are seven
    const auto last = values.begin() + static_cast<std::ptrdiff_t>(count);
    const std::size_t rank = count / 8;
    const auto ranked = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), ranked, last, std::greater<>());
    return std::max(0.0, *ranked);
  }

  // Largest of the good neighbours; of equal ones the first counts as larger.
  [[nodiscard]] double neighbour(Eigen::Index i, Eigen::Index j, bool& is_first) const {
    double most = 0;
    is_first = true;
    for (Eigen::Index a = -1; a <= 1; ++a) {
      for (Eigen::Index b = -1; b <= 1; ++b) {
        if ((a == 0 && b == 0) || !is_good(i + a, j + b)) continue;
        const double value = at(i + a, j + b);
        most = std::max(most, value);
        const bool before = a < 0 || (a == 0 && b < 0);
        if (before && value == at(i, j)) is_first = false;
      }
    }
    return most;
  }

 private:
  const BinningTable& table_;
  const scattering::Image& counts_;
  double scale_;
};

void judge_pixel(const PixelView& view, Eigen::Index i, Eigen::Index j, PixelFindings& out) {
  const double value = view.at(i, j);
  bool is_first = true;
  const double neighbour = view.neighbour(i, j, is_first);
  if (neighbour > value || !is_first) return;
  const double edge = view.edge(i, j);
  // Of a ring as thin as a pixel, pixels on its crest are higher than those beside it.
  if (edge < 0 || value <= by_chance(edge, 1.3)) return;
  if (neighbour < edge + 0.25 * (value - edge) + 3 * std::sqrt(edge + 1)) {
    ++out.hits;
    return;
  }
  ++out.spots;
  out.spot_counts += value - edge;
  const int bin = view.bin(i, j);
  if (bin >= 0) ++out.spots_of_bin[static_cast<std::size_t>(bin)];
}

// What stands on the steps of 2.5 degrees beside the mean of their sectors: grains of a ring, also
// those of several pixels, which no sector of 10 degrees tells from a direction.
void set_grains(const BinningTable& table, const BinnedFrame& binned, PixelFindings& out) {
  for (std::size_t bin = 0; bin < kPolarBins; ++bin) {
    double rest = 0;
    double squares = 0;
    double chi_squared = 0;
    double freedom = 0;
    double highest = 0;
    for (std::size_t s = 0; s < kPolarSectors; ++s) {
      const std::size_t sector = bin * kPolarSectors + s;
      if (table.polar_weight[sector] <= 0) continue;
      const double mean = binned.polar[sector] / table.polar_weight[sector];
      int steps = 0;
      for (std::size_t k = sector * kFineOfSector; k < (sector + 1) * kFineOfSector; ++k) {
        const double expected = mean * table.fine_weight[k];
        if (expected <= 0) continue;
        const double difference = binned.fine[k] - expected;
        rest += difference * difference - expected;
        squares += expected * expected;
        chi_squared += difference * difference / expected;
        highest = std::max(highest, difference / std::sqrt(expected + 1));
        ++steps;
      }
      freedom += std::max(0, steps - 1);
    }
    if (freedom < 1) continue;
    out.grain[bin] = std::sqrt(std::max(0.0, rest) / squares);
    out.grain_significance[bin] = (chi_squared - freedom) / std::sqrt(2 * freedom);
    out.grain_highest[bin] = highest;
  }
}

// The value from which on a pixel is high beside the others of its cell, whose sum and number are
// given; a pixel that is alone in its cell always is.
double least_of_cell(double sum, double pixels) {
  if (pixels < 2) return -1;
  // With u^2 = m + 1 for the mean m of the others, sum - (pixels - 1) m is by_chance(m, 1.5).
  const double square = pixels + 0.5;
  const double rest = sum + pixels - 1.5;
  const double u =
      (std::sqrt(kDeviations * kDeviations + 4 * square * rest) - kDeviations) / (2 * square);
  const double bound = u > 1 ? sum - (pixels - 1) * (u * u - 1) : by_chance(0, 1.5);
  // A little less, for rounding; what lies between is judged and found to be by chance.
  return std::min(sum + 1, bound) - 1e-7 * (sum + 1);
}

// Counts on a strip, counts that its sides promise and their variance, by radial bin.
using StripCourse = Eigen::Array<double, 3, kPolarBins>;

// Of three bins together, as a bin has few pixels of a strip.
void set_course(const StripCourse& course, std::size_t way, PixelFindings& out) {
  for (int bin = 0; bin < kPolarBins; ++bin) {
    const int first = std::max(0, bin - 1);
    const int count = std::min(kPolarBins, bin + 2) - first;
    const Eigen::Array3d sum = course.middleCols(first, count).rowwise().sum();
    const double z = (sum(0) - sum(1)) / std::sqrt(sum(2) + 1);
    const double ratio = std::log((std::max(0.0, sum(0)) + 1) / (std::max(0.0, sum(1)) + 1));
    const auto at = static_cast<std::size_t>(bin);
    out.strip[way][at] = ratio * z * z / (z * z + 4);
    out.strip_significance[way][at] = z;
  }
}

// The strip that leads from (i, j) along (down, across), and its two sides.
void follow_streak(const PixelView& view, Eigen::Index i, Eigen::Index j, int way,
                   PixelFindings& out) {
  // Nearer to the beam an isotropic pattern falls from the strip to its sides too: what is summed
  // begins at 20 pixels, the course over the radial bins, which shows that, at 12.
  constexpr Eigen::Index kFirst = 12;
  constexpr Eigen::Index kFirstOfSum = 20;
  StripCourse course = StripCourse::Zero();
  const Eigen::Index down = way == 0 ? 1 : (way == 1 ? -1 : 0);
  const Eigen::Index across = way == 2 ? 1 : (way == 3 ? -1 : 0);
  double on = 0;
  double expected = 0;
  double variance = 1;
  // Of a beam beside the detector the strip begins at its edge.
  Eigen::Index first = kFirst;
  while (first < 2 * view.reach() && !view.is_inside(i + first * down, j + first * across)) ++first;
  for (Eigen::Index step = first; view.is_inside(i + step * down, j + step * across); ++step) {
    std::array<double, 2> sums{};
    std::array<double, 2> pixels{};
    int bin = -1;
    for (Eigen::Index off = -6; off <= 6; ++off) {
      if (std::abs(off) == 2) continue;
      const Eigen::Index row = i + step * down + off * across;
      const Eigen::Index column = j + step * across + off * down;
      if (!view.is_good(row, column)) continue;
      const std::size_t which = std::abs(off) < 2 ? 0 : 1;
      sums[which] += view.at(row, column);
      pixels[which] += 1;
      if (which == 0) bin = view.bin(row, column);
    }
    if (pixels[0] == 0 || pixels[1] == 0) continue;
    const double share = pixels[0] / pixels[1];
    const Eigen::Array3d here(sums[0], share * sums[1],
                              share * (1 + share) * std::max(0.0, sums[1]));
    if (bin >= 0) course.col(bin) += here;
    if (step < kFirstOfSum) continue;
    on += here(0);
    expected += here(1);
    variance += here(2);
  }
  const auto k = static_cast<std::size_t>(way);
  out.streak[k] = std::log((std::max(0.0, on) + 1) / (std::max(0.0, expected) + 1));
  out.streak_significance[k] = (on - expected) / std::sqrt(variance);
  set_course(course, k, out);
}

}  // namespace

PixelFindings find_in_pixels(const BinningTable& table, const BinnedFrame& binned,
                             const scattering::Frame& frame, double scale) {
  PixelFindings out;
  out.spots_of_bin.assign(kPolarBins, 0);
  set_grains(table, binned, out);
  out.lines = line_features(table, binned);
  out.shadow = shadow_features(table, frame.counts, scale);
  out.highest = binned.highest;
  out.limit_known = frame.saturation > 0;
  std::vector<double> least(table.cartesian_pixels.size());
  for (std::size_t cell = 0; cell < least.size(); ++cell) {
    least[cell] = least_of_cell(binned.cartesian[cell], table.cartesian_pixels[cell]) / scale;
  }
  const PixelView view(table, frame.counts, scale);
  const Eigen::Index fast = frame.counts.cols();
  const double high = std::max(0.0, 0.8 * out.highest);
  const double limit = out.limit_known ? frame.saturation : std::numeric_limits<double>::infinity();
  for (std::size_t r = 0; r < table.runs.size(); ++r) {
    const PixelRun& run = table.runs[r];
    const double least_of_run = least[static_cast<std::size_t>(run.cartesian)];
    const double highest = binned.run_highest[r];
    if (highest <= std::min(high, least_of_run) && highest < limit) continue;
    for (Eigen::Index at = run.first; at < run.first + run.length; ++at) {
      const double value = frame.counts.data()[at];
      if (value > high) ++(value == out.highest ? out.at_highest : out.below_highest);
      out.saturated += value >= limit ? 1 : 0;
      if (value > least_of_run) judge_pixel(view, at / fast, at % fast, out);
    }
  }
  const double row = table.center_slow * static_cast<double>(frame.counts.rows());
  const double column = table.center_fast * static_cast<double>(fast);
  // A beam far off the detector has no streaks on it.
  if (std::abs(row) < 1e6 && std::abs(column) < 1e6) {
    for (int way = 0; way < 4; ++way) {
      follow_streak(view, static_cast<Eigen::Index>(std::floor(row)),
                    static_cast<Eigen::Index>(std::floor(column)), way, out);
    }
  }
  return out;
}

}  // namespace foray::classifier
