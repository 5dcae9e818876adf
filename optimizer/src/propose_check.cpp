#include "propose_check.h"

#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "foray/common/check.h"
#include "foray/optimizer/acquisition_kinds.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

void check_constraints(const std::string& place, const std::vector<OutcomeConstraint>& all) {
  for (const OutcomeConstraint& c : all) {
    require(!c.observable.empty(), place + ": a constraint names no observable");
    require(c.at_least || c.at_most, place + ": the constraint on \"" + c.observable +
                                         "\" has neither at_least nor at_most");
    for (const auto& limit : {c.at_least, c.at_most})
      require(!limit || std::isfinite(*limit),
              place + ": the limits on \"" + c.observable + "\" must be finite");
    require(std::isfinite(c.probability) && c.probability >= 0 && c.probability < 1,
            place + ": the probability of the constraint on \"" + c.observable +
                "\" must lie in [0, 1)");
    require(!c.at_least || !c.at_most || *c.at_least < *c.at_most,
            place + ": the constraint on \"" + c.observable + "\" has at_least >= at_most");
  }
}

void check_trade_off(const ObjectiveTerm& term) {
  const std::size_t count = term.observables.size();
  const std::set<std::string> different(term.observables.begin(), term.observables.end());
  require(count >= 2 && count <= 4 && different.size() == count,
          "propose: a trade-off needs two to four different observables");
  require(term.directions.size() == count,
          "propose: a trade-off needs a direction for each observable");
  require(term.reference.empty() || term.reference.size() == count,
          "propose: the reference of a trade-off needs a value for each observable");
  for (const double value : term.reference)
    require(std::isfinite(value), "propose: the reference of a trade-off must be finite");
}

void check_points(const char* name, const MatrixXd& points, Index d) {
  if (points.cols() == 0) return;
  require(points.rows() == d,
          std::string("propose: ") + name + " points have another dimension than the search space");
  require_finite(std::string("propose: ") + name, points);
}

}  // namespace

void check_objective(const Objective& objective, const AcquisitionSpec& acquisition) {
  require(!objective.terms.empty(), "propose: the objective has no terms");
  for (const ObjectiveTerm& term : objective.terms) {
    const std::size_t count = term.observables.size();
    std::ostringstream got;
    got << ", got " << count;
    if (term.kind == ObjectiveKind::kTradeOff)
      check_trade_off(term);
    else if (term.kind == ObjectiveKind::kBoundary)
      require(count >= 2, "propose: a boundary term needs two or more observables" + got.str());
    else
      require(count == 1, "propose: expected one observable in a term" + got.str());
    require(std::isfinite(term.weight) && term.weight > 0,
            "propose: the weight of a term must be finite and > 0");
    require(std::isfinite(term.level), "propose: the level of a term must be finite");
    check_constraints("propose: where", term.where);
    for (const OutcomeConstraint& c : term.where)
      require(c.probability == 0, "propose: where: a probability is for subject_to only");
  }
  check_constraints("propose: subject_to", objective.subject_to);
  require(suits(acquisition.kind, objective),
          "propose: the acquisition function suits no term of the objective");
  require(
      !acquisition.trust_region || suits_trust_region(objective),
      "propose: a trust region needs an objective of one term that is made largest or smallest");
  require(
      !acquisition.per_second || is_gain(acquisition.kind, objective),
      "propose: per_second needs an acquisition function that is a gain (" + gain_names() + ")");
}

void check_state(const SearchSpace& space, const ModelMap& models, const ProposeState& state) {
  const Index d = space.dimension();
  check_points("measured", state.measured, d);
  check_points("pending", state.pending, d);
  check_points("failed", state.failed, d);
  require(
      state.from.size() == 0 || state.from.size() == static_cast<Index>(space.parameters().size()),
      "propose: from: expected one value per parameter");
  require_finite("propose: from", state.from);
  for (const auto& [name, model] : models)
    require(model == nullptr || model->dimension() == d,
            "propose: the model of \"" + name + "\" has another dimension than the search space");
  for (const auto& [name, noise] : state.pending_noise)
    require(noise.size() == state.pending.cols() && noise.allFinite() &&
                (noise.size() == 0 || noise.minCoeff() >= 0),
            "propose: pending_noise of \"" + name +
                "\": expected one finite value >= 0 per pending point");
  for (const auto& [name, values] : state.values)
    require(values.size() == state.measured.cols(),
            "propose: values of \"" + name + "\": expected one per measured point");
  for (const auto& [name, noise] : state.counting_noise)
    require_in_range("propose: counting_noise of \"" + name + "\"", noise, 0, 1e300);
  for (const auto& [name, noise] : state.next_noise)
    require_in_range("propose: next_noise of \"" + name + "\"", noise, 0, 1e300);
}

void validate(const ProposeOptions& options) {
  require(std::isfinite(options.exclusion_distance) && options.exclusion_distance >= 0,
          "ProposeOptions: exclusion_distance must be finite and >= 0");
  require(std::isfinite(options.avoid_distance) && options.avoid_distance >= 0,
          "ProposeOptions: avoid_distance must be finite and >= 0");
  require(std::isfinite(options.exposure_s), "ProposeOptions: exposure_s must be finite");
  require_in_range("ProposeOptions: overhead_s", options.overhead_s, 0, 1e9);
  require(options.batch >= 1, "ProposeOptions: batch must be >= 1");
  require(options.raw_samples >= 1, "ProposeOptions: raw_samples must be >= 1");
  require(options.references >= 1, "ProposeOptions: references must be >= 1");
  require(options.starts >= 0, "ProposeOptions: starts must be >= 0");
  require(options.refine_evaluations >= 1, "ProposeOptions: refine_evaluations must be >= 1");
}

}  // namespace foray::optimizer
