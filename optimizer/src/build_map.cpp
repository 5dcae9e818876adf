// Terms that seek to know an observable everywhere, and those that their user wrote.
#include <algorithm>
#include <cmath>

#include "acquisition_table.h"
#include "field_terms.h"
#include "information_terms.h"
#include "remote_function.h"
#include "surprise.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void build_variance(BuildContext& /*context*/, const ObjectiveTerm& /*term*/,
                    const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term = std::make_unique<VarianceTerm>(models);
}

void build_gradient_weighted(BuildContext& context, const ObjectiveTerm& /*term*/,
                             const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term = std::make_unique<GradientTerm>(models[0], context.model(models[0]),
                                             1e-6 * context.mean_deviation(models[0]));
}

void build_integrated_variance(BuildContext& context, const ObjectiveTerm& /*term*/,
                               const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term = std::make_unique<ReductionTerm>(
      models[0], context.model(models[0]).covariance_to(context.inputs().references),
      context.reference_weights(part), context.noise_of(models[0]));
}

void build_cross_validated_variance(BuildContext& context, const ObjectiveTerm& term,
                                    const std::vector<std::size_t>& models, Composite::Part& part) {
  VectorXd weights = context.reference_weights(part);
  const ProposeState& state = context.inputs().state;
  const auto values = state.values.find(term.observables[0]);
  if (values != state.values.end())
    weights.array() *= surprise_weights(context.model(models[0]), state.measured, values->second,
                                        context.inputs().references)
                           .array();
  part.term = std::make_unique<ReductionTerm>(
      models[0], context.model(models[0]).covariance_to(context.inputs().references), weights,
      context.noise_of(models[0]));
}

void build_mutual_information(BuildContext& context, const ObjectiveTerm& /*term*/,
                              const std::vector<std::size_t>& models, Composite::Part& part) {
  // Their covariance is factored, so they are few; a noise of a hundredth of what is typically
  // unknown keeps the information with one that is hit from outweighing that with all others.
  constexpr Index kReferences = 256;
  const MatrixXd& all = context.inputs().references;
  const double noise = context.noise_of(models[0]);
  part.term = std::make_unique<InformationTerm>(
      models[0], context.model(models[0]), all.leftCols(std::min(kReferences, all.cols())), noise,
      noise + 0.01 * std::pow(context.mean_deviation(models[0]), 2));
}

void build_total_correlation(BuildContext& context, const ObjectiveTerm& /*term*/,
                             const std::vector<std::size_t>& models, Composite::Part& part) {
  part.term = std::make_unique<PriorTerm>(models[0], context.model(models[0]), uncorrelatedness);
}

void build_relative_information_entropy(BuildContext& context, const ObjectiveTerm& /*term*/,
                                        const std::vector<std::size_t>& models,
                                        Composite::Part& part) {
  part.term = std::make_unique<PriorTerm>(models[0], context.model(models[0]), relative_entropy);
}

void build_expression(BuildContext& context, const ObjectiveTerm& /*term*/,
                      const std::vector<std::size_t>& models, Composite::Part& part) {
  const SearchSpace& space = context.inputs().space;
  const double exposure_s = context.inputs().exposure_s;
  auto function = std::make_unique<FormulaFunction>(
      models[0], formula_of(context.acquisition().expression, space.parameters()),
      [&space, exposure_s](const VectorXd& unit) { return space.unsnapped(unit, exposure_s); },
      context.mean_deviation(models[0]));
  part.term = std::make_unique<SignedTerm>(std::move(function), context.at_raw());
}

void build_remote(BuildContext& context, const ObjectiveTerm& term,
                  const std::vector<std::size_t>& /*models*/, Composite::Part& part) {
  const SearchSpace& space = context.inputs().space;
  const double exposure_s = context.inputs().exposure_s;
  auto function = std::make_unique<RemoteFunction>(
      FunctionRequest{context.acquisition().function,
                      context.acquisition().timeout_s,
                      term,
                      space.parameters(),
                      {},
                      {}},
      context.observed(),
      [&space, exposure_s](const VectorXd& unit) { return space.from_unit(unit, exposure_s); },
      context.inputs().evaluate);
  part.term = std::make_unique<SignedTerm>(std::move(function), context.at_raw());
  part.has_gradient = false;
}

}  // namespace foray::optimizer
