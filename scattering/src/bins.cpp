#include "foray/scattering/bins.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace foray::scattering {
namespace {

constexpr int kMostBins = 10'000'000;

template <typename... Parts>
[[noreturn]] void refuse(const char* where, const Parts&... parts) {
  std::ostringstream text;
  text << where << ": ";
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

void require_edges(const char* where, const Eigen::VectorXd& edges) {
  if (edges.size() < 2) refuse(where, "edges: expected at least 2, got ", edges.size());
  if (!edges.allFinite()) refuse(where, "edges: expected finite values");
  for (Eigen::Index i = 1; i < edges.size(); ++i) {
    if (edges[i] > edges[i - 1]) continue;
    refuse(where, "edges: expected ascending values, got ", edges[i], " after ", edges[i - 1]);
  }
}

}  // namespace

BinEdges::BinEdges(const char* where, const Bins& bins, Range data) : spacing_(Spacing::kFree) {
  if (bins.edges) {
    require_edges(where, *bins.edges);
    edges_ = *bins.edges;
    return;
  }
  if (bins.count < 1 || bins.count > kMostBins) {
    refuse(where, "count: expected 1 to ", kMostBins, " bins, got ", bins.count);
  }
  Range range = bins.range.value_or(data);
  if (!std::isfinite(range.lower) || !std::isfinite(range.upper) || range.upper < range.lower ||
      (bins.range && range.upper == range.lower)) {
    refuse(where, "range: expected finite lower < upper, got ", range.lower, " .. ", range.upper);
  }
  // One single value in the data: give it a bin of some width.
  if (range.upper == range.lower) range.upper += std::max(1e-9, 1e-9 * std::abs(range.lower));
  const bool logarithmic = bins.scale == BinScale::kLogarithmic;
  if (logarithmic && range.lower <= 0) {
    refuse(where, "range: expected a lower end > 0 for logarithmic bins, got ", range.lower);
  }
  const double from = logarithmic ? std::log(range.lower) : range.lower;
  const double to = logarithmic ? std::log(range.upper) : range.upper;
  edges_ = Eigen::VectorXd::LinSpaced(bins.count + 1, from, to);
  if (logarithmic) edges_ = edges_.array().exp();
  edges_[0] = range.lower;
  edges_[bins.count] = range.upper;
  bins_per_unit_ = bins.count / (to - from);
  spacing_ = logarithmic ? Spacing::kEqualRatio : Spacing::kEqual;
}

int BinEdges::find(double value) const {
  const int n = count();
  if (!(value >= edges_[0]) || !(value <= edges_[n])) return -1;
  if (spacing_ == Spacing::kFree) {
    const double* begin = edges_.data();
    const auto above = std::upper_bound(begin, begin + n + 1, value) - begin;
    return std::min(static_cast<int>(above) - 1, n - 1);
  }
  const double offset =
      spacing_ == Spacing::kEqual ? value - edges_[0] : std::log(value / edges_[0]);
  return std::clamp(static_cast<int>(offset * bins_per_unit_), 0, n - 1);
}

Eigen::VectorXd BinEdges::centres() const {
  const int n = count();
  const auto lower = edges_.head(n).array();
  const auto upper = edges_.tail(n).array();
  if (spacing_ == Spacing::kEqualRatio) return (lower * upper).sqrt();
  return 0.5 * (lower + upper);
}

}  // namespace foray::scattering
