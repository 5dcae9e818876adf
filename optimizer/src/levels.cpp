#include "levels.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd enumerate(const SearchSpace& space, double limit) {
  if (space.candidates().cols() > 0)
    return space.candidates().cols() <= static_cast<Index>(limit) ? space.candidates()
                                                                  : MatrixXd(space.dimension(), 0);
  std::vector<std::vector<double>> values;
  double total = 1;
  for (const Parameter& p : space.parameters()) {
    if (!is_coordinate(p)) continue;
    if (p.role == ParameterRole::kContext || p.role == ParameterRole::kFidelity) {
      const auto axis = static_cast<Index>(values.size());
      values.push_back({space.snap(VectorXd::Constant(space.dimension(), 0.5))(axis)});
      continue;
    }
    if (is_discrete(p)) {
      total *= static_cast<double>(level_count(p));
      if (total > limit) return MatrixXd(space.dimension(), 0);
      const VectorXd levels = space.levels(static_cast<Index>(values.size()));
      values.emplace_back(levels.begin(), levels.end());
      continue;
    }
    if (p.step == 0) return MatrixXd(space.dimension(), 0);
    const double steps = std::floor((p.upper - p.lower) / p.step + 1e-9) + 1;
    total *= steps;
    if (total > limit) return MatrixXd(space.dimension(), 0);
    std::vector<double> axis;
    for (double i = 0; i < steps; ++i) {
      const double value = std::min(p.lower + i * p.step, p.upper);
      axis.push_back(p.scale == ParameterScale::kLog
                         ? std::log(value / p.lower) / std::log(p.upper / p.lower)
                         : (value - p.lower) / (p.upper - p.lower));
    }
    values.push_back(std::move(axis));
  }
  const bool sums = !space.parts().empty();
  MatrixXd points(space.dimension(), static_cast<Index>(total));
  for (Index j = 0; j < points.cols(); ++j) {
    Index rest = j;
    for (std::size_t a = 0; a < values.size(); ++a) {
      const auto size = static_cast<Index>(values[a].size());
      points(static_cast<Index>(a), j) = values[a][static_cast<std::size_t>(rest % size)];
      rest /= size;
    }
    if (!sums) points.col(j) = space.snap(points.col(j));
  }
  if (!sums) return points;
  // Of the combinations of parts those that add up; others would be made the same as they are.
  Index kept = 0;
  for (Index j = 0; j < points.cols(); ++j)
    if (space.feasible(points.col(j))) points.col(kept++) = space.snap(points.col(j));
  return points.leftCols(kept);
}

MatrixXd flips(const SearchSpace& space, const VectorXd& centre,
               const std::function<bool(const VectorXd&)>& may_be) {
  constexpr Index kFew = 24;
  std::vector<VectorXd> found;
  for (const Index axis : space.discrete_axes()) {
    const VectorXd levels = space.levels(axis);
    Index here = 0;
    (levels.array() - centre(axis)).abs().minCoeff(&here);
    const auto add = [&](Index other) {
      if (other < 0 || other >= levels.size() || other == here) return;
      VectorXd point = centre;
      point(axis) = levels(other);
      if (may_be(point)) found.push_back(std::move(point));
    };
    if (levels.size() <= kFew) {
      for (Index other = 0; other < levels.size(); ++other) add(other);
    } else {
      for (Index reach = 1; reach < levels.size(); reach *= 2) {
        add(here - reach);
        add(here + reach);
      }
    }
  }
  MatrixXd points(centre.size(), static_cast<Index>(found.size()));
  for (std::size_t i = 0; i < found.size(); ++i) points.col(static_cast<Index>(i)) = found[i];
  return points;
}

}  // namespace foray::optimizer
