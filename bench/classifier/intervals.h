#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace foray::bench {

// A figure with the interval that holds 95 % of what experiments drawn anew give.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

// "0.987 [0.981, 0.992]"
std::string text_of(const Interval& interval, int digits = 3);

// A figure of some of the rows, by their numbers; a row may stand there more than once.
using Figure = std::function<double(const std::vector<std::size_t>&)>;

// Percentile bootstrap over experiments: whole ones are drawn with replacement, `draws` times.
// What is no number in a draw (no positives) is left out of the interval.
// @param experiments  of every row.
Interval bootstrap(const std::vector<std::int64_t>& experiments, const Figure& figure,
                   std::uint64_t seed, int draws = 500);

// Probability that a row of `unusual` has a larger score than another; half for equal ones. NaN
// when either kind is missing.
double area_under_curve(const std::vector<double>& scores, const std::vector<bool>& unusual,
                        const std::vector<std::size_t>& rows);

}  // namespace foray::bench
