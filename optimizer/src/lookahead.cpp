#include "foray/optimizer/lookahead.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/normal.h"
#include "foray/optimizer/acquisition.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

// Stands for the logarithm of nothing and stays finite in sums.
constexpr double kLogNothing = -1e300;
// Lines that cross farther out might as well not; their square is finite.
constexpr double kFarthest = 1e150;

double crossing(const VectorXd& a, const VectorXd& b, Index left, Index right) {
  return std::clamp((a(left) - a(right)) / (b(right) - b(left)), -kFarthest, kFarthest);
}

// The lines of the upper envelope from left to right.
std::vector<Index> upper_envelope(const VectorXd& a, const VectorXd& b) {
  std::vector<Index> order(static_cast<std::size_t>(a.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index i, Index j) { return b(i) != b(j) ? b(i) < b(j) : a(i) < a(j); });
  std::vector<Index> envelope;
  for (const Index i : order) {
    while (!envelope.empty()) {
      const Index top = envelope.back();
      const bool below = b(top) == b(i);
      const bool cut_off = !below && envelope.size() > 1 &&
                           crossing(a, b, top, i) <= crossing(a, b, envelope.end()[-2], top);
      if (!below && !cut_off) break;
      envelope.pop_back();
    }
    envelope.push_back(i);
  }
  return envelope;
}

}  // namespace

LineGain log_expected_gain(const Ref<const VectorXd>& intercepts,
                           const Ref<const VectorXd>& slopes) {
  require(intercepts.size() > 0 && intercepts.size() == slopes.size(),
          "log_expected_gain: expected as many slopes as intercepts, one or more");
  const VectorXd a = intercepts;
  const VectorXd b = slopes;
  const std::vector<Index> envelope = upper_envelope(a, b);
  LineGain gain{kLogNothing, VectorXd::Zero(a.size()), VectorXd::Zero(a.size())};
  if (envelope.size() < 2) return gain;
  std::vector<double> crossings;
  std::vector<double> logs;
  for (std::size_t k = 0; k + 1 < envelope.size(); ++k) {
    const double c = crossing(a, b, envelope[k], envelope[k + 1]);
    crossings.push_back(c);
    logs.push_back(std::log(b(envelope[k + 1]) - b(envelope[k])) + log_h(-std::abs(c)));
  }
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - largest);
  gain.value = largest + std::log(sum);
  for (std::size_t k = 0; k < crossings.size(); ++k) {
    // d/da of (b_right - b_left) h(-|c|) is -+sign(c) Phi(-|c|), d/db is -+phi(c).
    const double c = crossings[k];
    const double tail = std::exp(log_normal_cdf(-std::abs(c)) - gain.value);
    const double by_left = c > 0 ? -tail : tail;
    const double density = std::exp(-0.5 * c * c - kLogRoot2Pi - gain.value);
    gain.by_intercept(envelope[k]) += by_left;
    gain.by_intercept(envelope[k + 1]) -= by_left;
    gain.by_slope(envelope[k]) -= density;
    gain.by_slope(envelope[k + 1]) += density;
  }
  return gain;
}

}  // namespace foray::optimizer
