#include "line_features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace foray::classifier {
namespace {

// Counts and good pixels of each row or column.
struct Lines {
  const std::vector<double>& counts;
  const std::vector<double>& pixels;
};

// Running sums, so that windows cost nothing.
std::vector<double> running(const std::vector<double>& values) {
  std::vector<double> sums(values.size() + 1, 0.0);
  for (std::size_t k = 0; k < values.size(); ++k) sums[k + 1] = sums[k] + values[k];
  return sums;
}

class Windows {
 public:
  explicit Windows(const Lines& lines)
      : counts_(running(lines.counts)), pixels_(running(lines.pixels)) {}
  // Counts and pixels of lines [begin, end), as far as there are any.
  [[nodiscard]] std::array<double, 2> sum(std::ptrdiff_t begin, std::ptrdiff_t end) const {
    const auto last = static_cast<std::ptrdiff_t>(counts_.size()) - 1;
    const auto from = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(begin, 0, last));
    const auto to = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(end, 0, last));
    return {counts_[to] - counts_[from], pixels_[to] - pixels_[from]};
  }

 private:
  std::vector<double> counts_, pixels_;
};

struct Finding {
  double significance = 0;
  double ratio = 0;
  std::ptrdiff_t at = 0;
};

// Deviation of one sum of counts from what another, of other pixels, promises. A hundredth of it
// is allowed for what is no noise.
Finding beside(const std::array<double, 2>& here, const std::array<double, 2>& other,
               std::ptrdiff_t at) {
  if (here[1] <= 0 || other[1] <= 0) return {};
  const double share = here[1] / other[1];
  const double promised = share * std::max(0.0, other[0]);
  const double variance = promised * (1 + share) + 1 + 1e-4 * promised * promised;
  return {(here[0] - promised) / std::sqrt(variance),
          std::log((std::max(0.0, here[0]) + 1) / (promised + 1)), at};
}

// Largest step, crest and dip. A crest is compared with both sides, so that a slope is none.
std::array<Finding, 3> largest(const Lines& lines) {
  const Windows windows(lines);
  std::array<Finding, 3> found;
  for (std::ptrdiff_t k = 1; k < static_cast<std::ptrdiff_t>(lines.counts.size()); ++k) {
    const Finding step = beside(windows.sum(k, k + 3), windows.sum(k - 3, k), k);
    if (std::abs(step.significance) > std::abs(found[0].significance)) found[0] = step;
    const auto line = windows.sum(k - 1, k + 1);
    const Finding before = beside(line, windows.sum(k - 6, k - 2), k);
    const Finding after = beside(line, windows.sum(k + 2, k + 6), k);
    const Finding low = before.significance < after.significance ? before : after;
    const Finding high = before.significance < after.significance ? after : before;
    if (low.significance > found[1].significance) found[1] = low;
    if (high.significance < found[2].significance) found[2] = high;
  }
  return found;
}

}  // namespace

std::vector<float> line_features(const BinningTable& table, const BinnedFrame& binned) {
  const std::array<Lines, 2> lines = {Lines{binned.rows, table.row_pixels},
                                      Lines{binned.columns, table.column_pixels}};
  const std::array<double, 2> beam = {table.center_slow * static_cast<double>(table.mask.rows()),
                                      table.center_fast * static_cast<double>(table.mask.cols())};
  std::vector<float> features;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    for (const Finding& one : largest(lines[axis])) {
      // Nothing stands out where it is all masked or even: there is no place then.
      const double away = one.significance == 0 ? 0 : static_cast<double>(one.at) - beam[axis];
      features.push_back(static_cast<float>(std::asinh(one.significance) / 3));
      features.push_back(static_cast<float>(std::clamp(one.ratio, -3.0, 3.0)));
      features.push_back(static_cast<float>(std::clamp(std::asinh(away / 10), -6.0, 6.0)));
    }
  }
  return features;
}

}  // namespace foray::classifier
