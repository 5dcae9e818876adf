// Terms that seek a largest or smallest value.
#include <algorithm>
#include <utility>

#include "acquisition_table.h"
#include "field_terms.h"
#include "foray/common/median.h"
#include "incumbents.h"
#include "joint_bound.h"
#include "joint_improvement.h"
#include "joint_probability.h"
#include "lookahead_terms.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

bool maximises(const ObjectiveTerm& term) { return term.kind == ObjectiveKind::kMaximise; }

// The points that may hold the optimum; empty where nothing is measured: the part is made to
// explore then.
MatrixXd candidates_of(BuildContext& context, const ObjectiveTerm& term,
                       const std::vector<std::size_t>& models, Composite::Part& part) {
  MatrixXd points = context.feasible_measured(part);
  if (points.cols() == 0) {
    part.name = "variance";
    build_variance(context, term, models, part);
  }
  return points;
}

// The best mean among the points, which become worth a closer look around.
double best_of(BuildContext& context, std::size_t model, const MatrixXd& points, bool maximise) {
  const VectorXd means = context.model(model).predict_mean(points);
  Index best = 0;
  const double incumbent = maximise ? means.maxCoeff(&best) : means.minCoeff(&best);
  context.composite().attractors.emplace_back(points.col(best));
  return incumbent;
}

// The improvement over some points, those in flight and a bound, whichever is best.
void build_joint(BuildContext& context, std::size_t model, Standing standing, bool maximise,
                 Composite::Part& part) {
  const MatrixXd& pending = context.inputs().state.pending;
  const Index before = standing.points.cols();
  standing.points.conservativeResize(context.inputs().raw.rows(), before + pending.cols());
  if (pending.cols() > 0) standing.points.rightCols(pending.cols()) = pending;
  standing.counts.assign(static_cast<std::size_t>(before), true);
  for (const bool counts : context.feasible_pending(part)) standing.counts.push_back(counts);
  const auto improvement = std::make_shared<JointImprovement>(
      context.model(model), standing, maximise, context.inputs().batch,
      context.composite().variance_floors[model], context.rng());
  part.term = std::make_unique<ImprovementTerm>(model, improvement);
  part.joint.push_back(improvement);
}

}  // namespace

// The bound measured from its median over the raw points in units of the mean deviation, made
// positive by softplus: the order of points is the bound's own, and weights and gates have
// something positive to multiply.
void build_bound(BuildContext& context, const ObjectiveTerm& term,
                 const std::vector<std::size_t>& models, Composite::Part& part) {
  const bool maximise = maximises(term);
  if (!maximise) part.name = "lower_confidence_bound";
  const double beta = context.acquisition().beta;
  const surrogate::Posterior& raw = context.at_raw().of[models[0]];
  std::vector<double> bounds;
  for (Index j = 0; j < raw.mean.size(); ++j)
    bounds.push_back(confidence_bound(raw.mean(j), raw.variance(j), beta, maximise).value);
  const JointBound::Scale scale{upper_median(bounds), context.mean_deviation(models[0])};
  part.term = std::make_unique<PointTerm>(models[0], [beta, maximise, scale](double mean,
                                                                             double variance) {
    return softened(confidence_bound(mean, variance, beta, maximise), scale.reference, scale.width);
  });
  part.joint.push_back(std::make_shared<JointBound>(
      context.model(models[0]), beta, maximise, scale, context.inputs().batch,
      context.composite().variance_floors[models[0]], context.rng()));
}

void build_improvement_probability(BuildContext& context, const ObjectiveTerm& term,
                                   const std::vector<std::size_t>& models, Composite::Part& part) {
  const bool maximise = maximises(term);
  const MatrixXd points = candidates_of(context, term, models, part);
  if (points.cols() == 0) return;
  const double xi = context.acquisition().xi;
  const double bound = best_of(context, models[0], points, maximise) + (maximise ? xi : -xi);
  part.term = std::make_unique<PointTerm>(models[0], [=](double mean, double variance) {
    return log_probability_of_improvement(mean, variance, bound, maximise);
  });
  part.joint.push_back(std::make_shared<JointProbability>(
      context.model(models[0]), bound, maximise, context.inputs().batch,
      context.composite().variance_floors[models[0]], context.rng()));
}

void build_improvement(BuildContext& context, const ObjectiveTerm& term,
                       const std::vector<std::size_t>& models, Composite::Part& part) {
  const bool maximise = maximises(term);
  const MatrixXd points = candidates_of(context, term, models, part);
  if (points.cols() == 0) return;
  const double xi = context.acquisition().xi;
  const double bound = best_of(context, models[0], points, maximise) + (maximise ? xi : -xi);
  Standing standing;
  standing.bound = maximise ? bound : -bound;
  build_joint(context, context.unconditioned(models[0]), std::move(standing), maximise, part);
}

void build_noisy_improvement(BuildContext& context, const ObjectiveTerm& term,
                             const std::vector<std::size_t>& models, Composite::Part& part) {
  const bool maximise = maximises(term);
  const MatrixXd points = candidates_of(context, term, models, part);
  if (points.cols() == 0) return;
  best_of(context, models[0], points, maximise);
  const std::size_t model = context.unconditioned(models[0]);
  Standing standing;
  standing.points = likely_best(context.model(model), points, maximise, context.rng());
  build_joint(context, model, std::move(standing), maximise, part);
}

void build_knowledge_gradient(BuildContext& context, const ObjectiveTerm& term,
                              const std::vector<std::size_t>& models, Composite::Part& part) {
  constexpr Index kPoints = 128;  // The best mean will surely be at one of the most promising.
  const bool maximise = maximises(term);
  const MatrixXd points = candidates_of(context, term, models, part);
  if (points.cols() == 0) return;
  best_of(context, models[0], points, maximise);
  part.term = std::make_unique<GainTerm>(
      models[0], context.model(models[0]),
      most_promising(context.model(models[0]), points, kPoints, maximise),
      context.noise_of(models[0]), maximise);
}

void build_thompson(BuildContext& context, const ObjectiveTerm& term,
                    const std::vector<std::size_t>& models, Composite::Part& part) {
  const bool maximise = maximises(term);
  const MatrixXd points = context.feasible_measured(part);
  if (points.cols() > 0) best_of(context, models[0], points, maximise);
  part.term = std::make_unique<SignedTerm>(
      std::make_unique<PathFunction>(models[0], context.model(models[0]).draw_path(context.rng()),
                                     maximise),
      context.at_raw());
}

}  // namespace foray::optimizer
