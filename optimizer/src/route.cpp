#include "route.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

using Route = std::vector<Index>;

// Shorter by less than this is rounding.
constexpr double kRouteRounding = 1e-9;

double length(const Ref<const VectorXd>& from_start, const Ref<const MatrixXd>& between,
              const Route& route) {
  double sum = from_start(route.front());
  for (std::size_t i = 1; i < route.size(); ++i) sum += between(route[i - 1], route[i]);
  return sum;
}

bool shorter(double a, double b) { return a < b && b - a > kRouteRounding * std::max(1.0, a); }

// By dynamic programming over the sets of places that are left.
Route exact(const Ref<const VectorXd>& from_start, const Ref<const MatrixXd>& between) {
  const Index n = from_start.size();
  const Index sets = Index{1} << n;
  // Row s, column i: the least time from place i through all places of the set s, i not in it.
  MatrixXd rest = MatrixXd::Zero(sets, n);
  for (Index s = 1; s < sets; ++s)
    for (Index i = 0; i < n; ++i) {
      rest(s, i) = std::numeric_limits<double>::infinity();
      for (Index j = 0; j < n; ++j)
        if ((s >> j & 1) == 1)
          rest(s, i) = std::min(rest(s, i), between(i, j) + rest(s ^ (Index{1} << j), j));
    }
  // The first place in the given order that loses nothing, then the first one after it ...
  Route route;
  Index left = sets - 1;
  while (left != 0) {
    Index next = -1;
    double best = 0;
    for (Index j = 0; j < n; ++j) {
      if ((left >> j & 1) == 0) continue;
      const double step = route.empty() ? from_start(j) : between(route.back(), j);
      const double time = step + rest(left ^ (Index{1} << j), j);
      if (next >= 0 && !shorter(time, best)) continue;
      next = j;
      best = time;
    }
    route.push_back(next);
    left ^= Index{1} << next;
  }
  return route;
}

// From where the last one ends to the nearest place that is left.
Route by_nearest(const Ref<const VectorXd>& from_start, const Ref<const MatrixXd>& between) {
  Route left(static_cast<std::size_t>(from_start.size()));
  std::iota(left.begin(), left.end(), Index{0});
  Route route;
  while (!left.empty()) {
    auto next = left.begin();
    const auto step = [&](Index j) {
      return route.empty() ? from_start(j) : between(route.back(), j);
    };
    for (auto other = left.begin(); other != left.end(); ++other)
      if (step(*other) < step(*next)) next = other;
    route.push_back(*next);
    left.erase(next);
  }
  return route;
}

// The first change that shortens a route, if any: a part of it the other way round, or up to three
// neighbours elsewhere.
bool shorten(const Ref<const VectorXd>& from_start, const Ref<const MatrixXd>& between,
             Route& route) {
  const double before = length(from_start, between, route);
  const auto n = static_cast<std::ptrdiff_t>(route.size());
  const auto better = [&](Route changed) {
    if (!shorter(length(from_start, between, changed), before)) return false;
    route = std::move(changed);
    return true;
  };
  for (std::ptrdiff_t i = 0; i + 1 < n; ++i)
    for (std::ptrdiff_t j = i + 2; j <= n; ++j) {
      Route changed = route;
      std::reverse(changed.begin() + i, changed.begin() + j);
      if (better(std::move(changed))) return true;
    }
  for (std::ptrdiff_t count = 1; count <= 3; ++count)
    for (std::ptrdiff_t i = 0; i + count <= n; ++i)
      for (std::ptrdiff_t to = 0; to + count <= n; ++to) {
        if (to == i) continue;
        Route changed = route;
        const Route moved(changed.begin() + i, changed.begin() + i + count);
        changed.erase(changed.begin() + i, changed.begin() + i + count);
        changed.insert(changed.begin() + to, moved.begin(), moved.end());
        if (better(std::move(changed))) return true;
      }
  return false;
}

}  // namespace

Route shortest_route(const Ref<const VectorXd>& from_start, const Ref<const MatrixXd>& between) {
  constexpr Index kExact = 10;
  if (from_start.size() <= kExact) return exact(from_start, between);
  Route given(static_cast<std::size_t>(from_start.size()));
  std::iota(given.begin(), given.end(), Index{0});
  Route route = by_nearest(from_start, between);
  if (!shorter(length(from_start, between, route), length(from_start, between, given)))
    route = given;
  while (shorten(from_start, between, route)) {
  }
  return route;
}

}  // namespace foray::optimizer
