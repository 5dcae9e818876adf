// Terms that weigh several observables against each other.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "acquisition_table.h"
#include "base_samples.h"
#include "noisy_trade_off_term.h"
#include "trade_off_term.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// What is known of the front; larger is better.
struct Known {
  MatrixXd points;  // d x n: measured, where the constraints probably hold.
  MatrixXd values;  // m x n: means there.
  VectorXd reference;
  std::vector<double> signs;
};

Known known_of(BuildContext& context, const ObjectiveTerm& term,
               const std::vector<std::size_t>& models, const Composite::Part& part) {
  const auto m = static_cast<Index>(models.size());
  Known known;
  known.points = context.feasible_measured(part);
  const MatrixXd& points = known.points;
  known.values.resize(m, points.cols());
  known.reference.resize(m);
  for (std::size_t k = 0; k < models.size(); ++k) {
    const double sign = term.directions[k] == Direction::kMaximise ? 1 : -1;
    known.signs.push_back(sign);
    const auto row = static_cast<Index>(k);
    if (points.cols() > 0)
      known.values.row(row) = sign * context.model(models[k]).predict_mean(points).transpose();
    if (!term.reference.empty()) {
      known.reference(row) = sign * term.reference[k];
      continue;
    }
    // A little beyond the worst that was measured: the ends of the front count too.
    const double deviation = context.mean_deviation(models[k]);
    const double lowest = points.cols() > 0 ? known.values.row(row).minCoeff() : 0;
    const double highest = points.cols() > 0 ? known.values.row(row).maxCoeff() : 0;
    known.reference(row) = lowest - 0.1 * std::max(highest - lowest, deviation);
  }
  return known;
}

// Some of the front become worth a closer look around, from one end to the other.
void attract(BuildContext& context, const Known& known) {
  constexpr std::size_t kAttractors = 4;
  std::vector<Index> front = pareto_front(known.values);
  std::sort(front.begin(), front.end(),
            [&](Index i, Index j) { return known.values(0, i) < known.values(0, j); });
  const std::size_t count = std::min(kAttractors, front.size());
  for (std::size_t i = 0; i < count; ++i)
    context.composite().attractors.emplace_back(
        known.points.col(front[count == 1 ? 0 : i * (front.size() - 1) / (count - 1)]));
}

// The points that may be on the front: all of it by the means, then those that fewest pass for
// certain, by two deviations in each objective; those that some do are left out.
MatrixXd likely_front(BuildContext& context, const std::vector<std::size_t>& models,
                      const Known& known) {
  constexpr std::size_t kMost = 64;
  const Index n = known.points.cols();
  MatrixXd at_best = known.values;
  if (n > 0)
    for (std::size_t k = 0; k < models.size(); ++k)
      at_best.row(static_cast<Index>(k)) +=
          2 * context.model(models[k]).predict(known.points).variance.cwiseSqrt().transpose();
  std::vector<Index> passed(static_cast<std::size_t>(n), 0);  // By means.
  std::vector<Index> order;
  for (Index j = 0; j < n; ++j) {
    bool surely = false;
    for (Index i = 0; i < n; ++i) {
      const auto mean = known.values.col(i).array();
      surely = surely || (mean > at_best.col(j).array()).all();
      passed[static_cast<std::size_t>(j)] += (mean > known.values.col(j).array()).all() ? 1 : 0;
    }
    if (!surely) order.push_back(j);
  }
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return passed[static_cast<std::size_t>(a)] < passed[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(order.size(), kMost));
  return known.points(Eigen::all, order);
}

}  // namespace

void build_hypervolume_improvement(BuildContext& context, const ObjectiveTerm& term,
                                   const std::vector<std::size_t>& models, Composite::Part& part) {
  const Known known = known_of(context, term, models, part);
  attract(context, known);
  part.term = std::make_unique<TradeOffTerm>(std::array<std::size_t, 2>{models[0], models[1]},
                                             std::array<double, 2>{known.signs[0], known.signs[1]},
                                             HypervolumeImprovement(known.values, known.reference));
}

void build_noisy_hypervolume_improvement(BuildContext& context, const ObjectiveTerm& term,
                                         const std::vector<std::size_t>& models,
                                         Composite::Part& part) {
  // Each draw costs as many boxes as its front leaves, many in three objectives or four.
  const Index samples = models.size() == 2 ? 64 : 32;
  const Known known = known_of(context, term, models, part);
  attract(context, known);
  const MatrixXd& pending = context.inputs().state.pending;
  const MatrixXd likely = likely_front(context, models, known);
  MatrixXd points(context.inputs().raw.rows(), likely.cols() + pending.cols());
  if (likely.cols() > 0) points.leftCols(likely.cols()) = likely;
  if (pending.cols() > 0) points.rightCols(pending.cols()) = pending;
  std::vector<bool> counts(static_cast<std::size_t>(likely.cols()), true);
  for (const bool feasible : context.feasible_pending(part)) counts.push_back(feasible);
  const MatrixXd base =
      normal_samples(points.cols() * static_cast<Index>(models.size()), samples, context.rng());
  std::vector<std::size_t> unconditioned;
  std::vector<FixedDraws> draws;
  for (std::size_t k = 0; k < models.size(); ++k) {
    unconditioned.push_back(context.unconditioned(models[k]));
    draws.emplace_back(context.model(unconditioned[k]), points, known.signs[k] > 0,
                       base.middleRows(static_cast<Index>(k) * points.cols(), points.cols()),
                       context.composite().variance_floors[unconditioned[k]]);
  }
  part.term = std::make_unique<NoisyTradeOffTerm>(std::move(unconditioned), std::move(draws),
                                                  counts, known.reference);
}

}  // namespace foray::optimizer
