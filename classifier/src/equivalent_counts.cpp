#include "equivalent_counts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace foray::classifier {
namespace {

using scattering::Frame;

// 0: there is none.
double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Median of what `value_of` gives for the good pixels, of those that are above 0 and finite; 0:
// none is.
template <class ValueOf>
double median_of(const BinningTable& table, const ValueOf& value_of) {
  std::vector<double> values;
  for (std::size_t k = 0; k < table.cartesian_cell.size(); ++k) {
    if (table.cartesian_cell[k] < 0) continue;
    const double value = value_of(static_cast<Eigen::Index>(k));
    if (std::isfinite(value) && value > 0) values.push_back(value);
  }
  return median(std::move(values));
}

// The largest variance that is taken for one where the error is larger than the value: some
// programs mark what was not measured by an error far beyond all others, here a thousand median
// ones.
double largest_variance(const Frame& frame, const BinningTable& table) {
  if (!frame.variance) return 0;
  return 1e6 * median_of(table, [&](Eigen::Index k) { return frame.variance->data()[k]; });
}

bool is_whole(double value) { return value == std::floor(value); }

// A value that no counter has: not finite, a negative whole number where nothing is said of errors,
// or without a variance that can be one.
bool is_bad(const Frame& frame, Eigen::Index k, double largest) {
  const double value = frame.counts.data()[k];
  if (!std::isfinite(value)) return true;
  if (!frame.variance) return value < 0 && is_whole(value);
  const double variance = frame.variance->data()[k];
  return !std::isfinite(variance) ||
         (largest > 0 && variance > largest && variance > value * value);
}

// Whether most of what is not 0 are no whole numbers.
bool are_fractions(const Frame& frame, const BinningTable& table) {
  Eigen::Index fractions = 0, whole = 0;
  for (const PixelRun& run : table.runs) {  // the first of each run tell for all
    const double value = frame.counts.data()[run.first];
    if (value == 0 || !std::isfinite(value)) continue;
    (is_whole(value) ? whole : fractions) += 1;
  }
  return fractions > whole;
}

// Mean of a row's values over the variance that its neighbours tell, free of slopes; 0: unknown.
double worth_of_row(const Frame& frame, const BinningTable& table, Eigen::Index row) {
  constexpr int kLeast = 16;
  const Eigen::Index begin = row * frame.counts.cols();
  const double* values = frame.counts.data() + begin;
  const std::int32_t* cells = table.cartesian_cell.data() + begin;  // negative where masked
  double sum = 0, squares = 0;
  int triples = 0;
  for (Eigen::Index k = 0; k + 2 < frame.counts.cols(); ++k) {
    if (std::min({cells[k], cells[k + 1], cells[k + 2]}) < 0) continue;
    const double bend = values[k] - 2 * values[k + 1] + values[k + 2];
    sum += values[k] + values[k + 1] + values[k + 2];
    squares += bend * bend;
    ++triples;
  }
  return triples >= kLeast && squares > 0 ? (sum / 3) / (squares / 6) : 0;
}

// Of noise-free values, which do not differ, no more counts than this on average.
constexpr double kMostCounts = 1e4;

double scale_of_fractions(const Frame& frame, const BinningTable& table) {
  std::vector<double> worths;
  for (Eigen::Index row = 0; row < frame.counts.rows(); ++row) {
    const double worth = worth_of_row(frame, table, row);
    if (std::isfinite(worth) && worth > 0) worths.push_back(worth);
  }
  if (worths.empty()) return 1;
  const double worth = median(std::move(worths));
  const double typical = median_of(table, [&](Eigen::Index k) { return frame.counts.data()[k]; });
  return typical > 0 ? std::min(worth, kMostCounts / typical) : worth;
}

}  // namespace

std::shared_ptr<const BinningTable> without_bad_values(const Frame& frame,
                                                       std::shared_ptr<const BinningTable> table) {
  const double largest = largest_variance(frame, *table);
  bool any = false;
  for (Eigen::Index k = 0; k < frame.counts.size() && !any; ++k) {
    any = frame.mask.data()[k] == 0 && is_bad(frame, k, largest);
  }
  if (!any) return table;
  scattering::Mask mask = frame.mask;
  for (Eigen::Index k = 0; k < mask.size(); ++k) {
    if (is_bad(frame, k, largest)) mask.data()[k] |= scattering::kMaskDead;
  }
  return std::make_shared<const BinningTable>(make_binning_table(frame.geometry, mask));
}

double count_scale(const Frame& frame, const BinningTable& table) {
  if (!frame.variance) {
    return are_fractions(frame, table) ? scale_of_fractions(frame, table) : 1.0;
  }
  const double ratio = median_of(
      table, [&](Eigen::Index k) { return frame.counts.data()[k] / frame.variance->data()[k]; });
  return ratio > 0 ? ratio : 1.0;
}

double lost_background(const Frame& frame, const BinningTable& table) {
  constexpr std::size_t kOneIn = 50;
  constexpr double kBelow = 3;
  constexpr double kFaintest = 30;  // a background of more counts than its square shows no slope
  if (!frame.variance) return 0;
  std::vector<Eigen::Index> good;
  std::vector<double> below;  // variances of what is below 0
  for (std::size_t k = 0; k < table.cartesian_cell.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    if (table.cartesian_cell[k] < 0) continue;
    good.push_back(at);
    if (frame.counts.data()[at] < 0) below.push_back(frame.variance->data()[at]);
  }
  if (below.empty() || kOneIn * below.size() < good.size()) return 0;
  const double near = std::sqrt(median(std::move(below)));
  std::vector<double> dark, slopes;  // where nothing is left of the counts, and above
  for (const Eigen::Index at : good) {
    if (std::abs(frame.counts.data()[at]) <= near) dark.push_back(frame.variance->data()[at]);
  }
  const double variance = median(std::move(dark)), noise = std::sqrt(variance);
  for (const Eigen::Index at : good) {
    const double value = frame.counts.data()[at];
    if (value <= kBelow * noise) continue;
    slopes.push_back((frame.variance->data()[at] - variance) / value);
  }
  const double slope = median(std::move(slopes));
  const double unit = kFaintest * slope > noise ? slope : noise / kBelow;  // of a count
  return unit > 0 ? variance / unit : 0;
}

std::optional<Frame> with_lost_background(const Frame& frame, const BinningTable& table) {
  const double lost = lost_background(frame, table);
  if (lost == 0) return std::nullopt;
  Frame whole = frame;
  whole.counts += lost;
  if (whole.saturation > 0) whole.saturation += lost;
  return whole;
}

}  // namespace foray::classifier
