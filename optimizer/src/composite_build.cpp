#include <algorithm>
#include <cmath>

#include "acquisition_table.h"
#include "build_context.h"
#include "composite.h"

namespace foray::optimizer {

using Eigen::VectorXd;

namespace {

constexpr const char* kFeasibility = "probability_of_feasibility";

// Nothing known to be feasible: look for that first. The gates are all that is left of the part.
void build_feasibility(Composite::Part& part, std::size_t model) {
  part.name = kFeasibility;
  part.term = std::make_unique<PointTerm>(model, [](double, double) { return Scored{}; });
}

// Drops the points from `begin` on that came before; members find the same ones.
void drop_repeated(std::vector<VectorXd>& points, std::size_t begin) {
  std::size_t kept = begin;
  for (std::size_t i = begin; i < points.size(); ++i) {
    const auto end = points.begin() + static_cast<std::ptrdiff_t>(kept);
    if (std::find(points.begin(), end, points[i]) != end) continue;
    std::swap(points[kept], points[i]);
    ++kept;
  }
  points.resize(kept);
}

// Expected gains and probabilities are expected over the members of models that average, too; all
// else is a function of their mean and variance together.
void build_term(const AcquisitionRow& row, BuildContext& context, const ObjectiveTerm& term,
                const std::vector<std::size_t>& models, Composite::Part& part) {
  const std::size_t count = row.gain || row.probability ? context.members(models) : 0;
  const std::size_t attractors = context.composite().attractors.size();
  std::vector<std::unique_ptr<Term>> terms;
  for (std::size_t s = 0; s < count && part.name == row.name; ++s) {
    row.build(context, term, context.member(models, s), part);
    terms.push_back(std::move(part.term));
  }
  // A member for which the function has no meaning speaks for all.
  const bool averaged = count > 0 && part.name == row.name;
  part.name = row.name;
  if (averaged) {
    part.term = std::make_unique<AveragedTerm>(std::move(terms));
  } else {
    part.joint.clear();
    row.build(context, term, models, part);
  }
  if (count > 0) drop_repeated(context.composite().attractors, attractors);
}

// Divides a part by its largest value over the raw points, so that weights compare what the best
// point of each part is worth. Dividing by the mean instead lets a part with a few sharp peaks
// (a boundary) outbid a flat one (a variance) everywhere; the mapping study measures it.
void scale(Composite::Part& part, const Marginals& raw) {
  part.log_weight -=
      (part.term->log_values(raw) + Composite::log_gates(part.gates, raw)).maxCoeff();
}

}  // namespace

bool Composite::seeks_feasibility() const {
  for (const Part& part : parts)
    if (part.name == kFeasibility) return true;
  return false;
}

bool Composite::has_gradient() const {
  return std::all_of(parts.begin(), parts.end(),
                     [](const Part& part) { return part.has_gradient; });
}

Composite build_composite(const BuildInputs& inputs, Rng& rng) {
  BuildContext context(inputs, rng);
  for (const ObjectiveTerm& term : inputs.objective.terms) {
    const std::vector<std::size_t> models = context.indices(term.observables);
    const std::size_t needed = term.kind == ObjectiveKind::kTradeOff   ? term.observables.size()
                               : term.kind == ObjectiveKind::kBoundary ? 2
                                                                       : 1;
    if (models.size() < needed) continue;
    const AcquisitionRow& row = row_for(inputs.acquisition.kind, term);
    Composite::Part part;
    part.gates = context.gates_of(term.where);
    part.log_weight = std::log(term.weight);
    part.name = row.name;
    if (context.seeks_feasibility(part))
      build_feasibility(part, models[0]);
    else
      build_term(row, context, term, models, part);
    scale(part, context.at_raw());
    context.composite().parts.push_back(std::move(part));
  }
  return std::move(context.composite());
}

}  // namespace foray::optimizer
