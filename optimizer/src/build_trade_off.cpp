// Terms that weigh two observables against each other.
#include <algorithm>
#include <cmath>

#include "acquisition_table.h"
#include "trade_off_term.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void build_hypervolume_improvement(BuildContext& context, const ObjectiveTerm& term,
                                   const std::vector<std::size_t>& models, Composite::Part& part) {
  constexpr std::size_t kAttractors = 4;  // Of the front, from one end to the other.
  const MatrixXd points = context.feasible_measured(part);
  MatrixXd values(2, points.cols());
  VectorXd reference(2);
  std::array<double, 2> signs = {};
  for (std::size_t k = 0; k < 2; ++k) {
    signs[k] = term.directions[k] == Direction::kMaximise ? 1 : -1;
    const auto row = static_cast<Index>(k);
    if (points.cols() > 0)
      values.row(row) = signs[k] * context.model(models[k]).predict_mean(points).transpose();
    if (!term.reference.empty()) {
      reference(row) = signs[k] * term.reference[k];
      continue;
    }
    // A little beyond the worst that was measured: the ends of the front count too.
    const double deviation = context.mean_deviation(models[k]);
    const double lowest = points.cols() > 0 ? values.row(row).minCoeff() : 0;
    const double highest = points.cols() > 0 ? values.row(row).maxCoeff() : 0;
    reference(row) = lowest - 0.1 * std::max(highest - lowest, deviation);
  }
  std::vector<Index> front = pareto_front(values);
  std::sort(front.begin(), front.end(),
            [&](Index i, Index j) { return values(0, i) < values(0, j); });
  const std::size_t count = std::min(kAttractors, front.size());
  for (std::size_t i = 0; i < count; ++i)
    context.composite().attractors.emplace_back(
        points.col(front[count == 1 ? 0 : i * (front.size() - 1) / (count - 1)]));
  part.term = std::make_unique<TradeOffTerm>(std::array<std::size_t, 2>{models[0], models[1]},
                                             signs, HypervolumeImprovement(values, reference));
}

}  // namespace foray::optimizer
