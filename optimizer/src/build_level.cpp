// Terms that seek a value, the line where it is crossed, or the border of classes.
#include <algorithm>
#include <cmath>

#include "acquisition_table.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void build_target_improvement(BuildContext& context, const ObjectiveTerm& term,
                              const std::vector<std::size_t>& models, Composite::Part& part) {
  const MatrixXd points = context.feasible_measured(part);
  // Nearer than a hundredth of what is typically unknown is as good as there.
  double distance = context.mean_deviation(models[0]);
  if (points.cols() > 0) {
    const VectorXd means = context.model(models[0]).predict_mean(points);
    Index best = 0;
    distance = std::max((means.array() - term.level).abs().minCoeff(&best), 0.01 * distance);
    context.composite().attractors.emplace_back(points.col(best));
  }
  part.term = std::make_unique<PointTerm>(
      models[0], [level = term.level, distance](double mean, double variance) {
        return log_target_improvement(mean, variance, level, distance);
      });
}

void build_target_probability(BuildContext& context, const ObjectiveTerm& term,
                              const std::vector<std::size_t>& models, Composite::Part& part) {
  const double tolerance = context.acquisition().tolerance;
  part.term = std::make_unique<PointTerm>(
      models[0], [lower = term.level - tolerance, upper = term.level + tolerance](double mean,
                                                                                  double variance) {
        return log_probability_between(mean, variance, lower, upper);
      });
}

// Of a level, or of the margin between two classes. Softened over a tenth of what is typically
// unknown.
void build_straddle(BuildContext& context, const ObjectiveTerm& term,
                    const std::vector<std::size_t>& models, Composite::Part& part) {
  double width = 0;
  for (const std::size_t model : models)
    width = std::max(width, 0.1 * context.mean_deviation(model));
  const double beta = context.acquisition().beta;
  if (term.kind == ObjectiveKind::kBoundary) {
    part.term = std::make_unique<MarginTerm>(models, [=](double margin, double variance) {
      return softened(straddle(margin, variance, 0, beta), 0, width);
    });
    return;
  }
  part.term =
      std::make_unique<PointTerm>(models[0], [=, level = term.level](double mean, double variance) {
        return softened(straddle(mean, variance, level, beta), 0, width);
      });
}

void build_level_set_entropy(BuildContext& /*context*/, const ObjectiveTerm& term,
                             const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term =
      std::make_unique<PointTerm>(models[0], [level = term.level](double mean, double variance) {
        return log_level_set_entropy(mean, variance, level);
      });
}

void build_boundary(BuildContext& context, const ObjectiveTerm& term,
                    const std::vector<std::size_t>& models, Composite::Part& part) {
  // Where the class is beyond doubt (an error of 1e-7) nothing can be gained.
  constexpr double kBeyondDoubt = 5.2;
  const MatrixXd& points = context.inputs().references;
  const VectorXd weights = context.reference_weights(part);
  std::vector<BoundaryTerm::Reference> references;
  MatrixXd doubtful(points.rows(), points.cols());
  std::vector<double> means(models.size());
  std::vector<double> variances(models.size());
  for (Index u = 0; u < points.cols(); ++u) {
    for (std::size_t k = 0; k < models.size(); ++k) {
      means[k] = context.at_references().of[models[k]].mean(u);
      variances[k] = context.at_references().of[models[k]].variance(u);
    }
    const Rivals rivals = find_rivals(means, variances);
    if (rivals.margin > kBeyondDoubt * std::sqrt(rivals.variance)) continue;
    doubtful.col(static_cast<Index>(references.size())) = points.col(u);
    references.push_back({rivals, weights(u)});
  }
  doubtful.conservativeResize(Eigen::NoChange, static_cast<Index>(references.size()));
  if (references.empty()) {
    part.name = "variance";
    build_variance(context, term, models, part);
    return;
  }
  std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances;
  std::vector<double> noise;
  for (const std::size_t model : models) {
    covariances.push_back(context.model(model).covariance_to(doubtful));
    noise.push_back(context.noise_of(model));
  }
  part.term =
      std::make_unique<BoundaryTerm>(models, std::move(covariances), references, std::move(noise));
}

// Of which of the two classes that are hardest to tell apart has the larger probability: exact for
// two classes.
void build_class_entropy(BuildContext& /*context*/, const ObjectiveTerm& /*term*/,
                         const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term = std::make_unique<MarginTerm>(models, [](double margin, double variance) {
    return log_level_set_entropy(margin, variance, 0);
  });
}

}  // namespace foray::optimizer
