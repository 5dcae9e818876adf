#include "intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "foray/common/random.h"

namespace foray::bench {

std::string text_of(const Interval& interval, int digits) {
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", interval.value, digits, interval.low, digits,
                     interval.high, digits);
}

Interval bootstrap(const std::vector<std::int64_t>& experiments, const Figure& figure,
                   std::uint64_t seed, int draws) {
  std::map<std::int64_t, std::vector<std::size_t>> rows_of;
  for (std::size_t k = 0; k < experiments.size(); ++k) rows_of[experiments[k]].push_back(k);
  std::vector<const std::vector<std::size_t>*> groups;
  for (const auto& [experiment, rows] : rows_of) groups.push_back(&rows);
  std::vector<std::size_t> all(experiments.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double whole = figure(all);
  Interval interval{whole, whole, whole};
  Rng rng(seed);
  std::vector<double> values;
  for (int draw = 0; draw < draws && !groups.empty(); ++draw) {
    std::vector<std::size_t> rows;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto& group = *groups[rng() % groups.size()];
      rows.insert(rows.end(), group.begin(), group.end());
    }
    const double value = figure(rows);
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return interval;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  interval.low = values[static_cast<std::size_t>(std::lround(0.025 * last))];
  interval.high = values[static_cast<std::size_t>(std::lround(0.975 * last))];
  return interval;
}

double area_under_curve(const std::vector<double>& scores, const std::vector<bool>& unusual,
                        const std::vector<std::size_t>& rows) {
  std::vector<std::size_t> order = rows;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double below = 0;
  double wins = 0;
  double count = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    double equal_usual = 0;
    double equal_unusual = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end) {
      (unusual[order[end]] ? equal_unusual : equal_usual) += 1;
    }
    wins += equal_unusual * (below + equal_usual / 2);
    below += equal_usual;
    count += equal_unusual;
    begin = end;
  }
  const double pairs = below * count;
  return pairs > 0 ? wins / pairs : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace foray::bench
