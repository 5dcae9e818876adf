#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "composite.h"
#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Draws of the best value among the measured points, thinned to few: the mean of each sixteenth of
// 512 sorted draws keeps the distribution's shape at a thirty-second of the cost.
std::vector<double> draw_incumbents(const surrogate::Model& model, const MatrixXd& points,
                                    bool maximise, Rng& rng) {
  constexpr Index kDraws = 512;
  constexpr Index kBins = 16;
  constexpr Index kCandidates = 64;  // The best are surely among so many of the most promising.
  const double sign = maximise ? 1 : -1;
  const surrogate::Posterior marginal = model.predict(points);
  const VectorXd promise = sign * marginal.mean + 2 * marginal.variance.cwiseSqrt();
  std::vector<Index> order(static_cast<std::size_t>(points.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return promise(a) > promise(b); });
  const Index count = std::min(kCandidates, points.cols());
  MatrixXd chosen(points.rows(), count);
  for (Index i = 0; i < count; ++i) chosen.col(i) = points.col(order[static_cast<std::size_t>(i)]);
  const surrogate::JointPosterior joint = model.joint(chosen);
  // LDLT takes the semi-definite covariances that repeated points give.
  const Eigen::LDLT<MatrixXd> ldlt(joint.covariance);
  const MatrixXd root =
      ldlt.transpositionsP().transpose() *
      MatrixXd(MatrixXd(ldlt.matrixL()) * ldlt.vectorD().cwiseMax(0.0).cwiseSqrt().asDiagonal());
  std::normal_distribution<double> normal;
  std::vector<double> best(kDraws);
  VectorXd z(count);
  for (double& value : best) {
    for (double& coordinate : z) coordinate = normal(rng);
    value = sign * (sign * (joint.mean + root * z)).maxCoeff();
  }
  std::sort(best.begin(), best.end());
  std::vector<double> means(kBins, 0.0);
  for (Index i = 0; i < kDraws; ++i)
    means[static_cast<std::size_t>(i * kBins / kDraws)] +=
        best[static_cast<std::size_t>(i)] * kBins / kDraws;
  return means;
}

class Builder {
 public:
  Builder(const Objective& objective, const ModelMap& models, const AcquisitionSpec& acquisition,
          const ProposeState& state, const MatrixXd& raw, const MatrixXd& references, Rng& rng)
      : objective_(objective),
        models_(models),
        acquisition_(acquisition),
        state_(state),
        references_(references),
        rng_(rng) {
    for (const ObjectiveTerm& term : objective.terms) {
      for (const std::string& name : term.observables) take_model(name);
      for (const OutcomeConstraint& c : term.where) take_model(c.observable);
    }
    for (const OutcomeConstraint& c : objective.subject_to) take_model(c.observable);
    at_raw_ = floored(raw);
    at_references_ = composite_.marginals(references);
    if (state.measured.cols() > 0) at_measured_ = composite_.marginals(state.measured);
  }

  Composite build() {
    composite_.subject_to = gates_of(objective_.subject_to);
    for (const ObjectiveTerm& term : objective_.terms) add(term);
    for (Composite::Part& part : composite_.parts) scale(part);
    return std::move(composite_);
  }

 private:
  void take_model(const std::string& name) {
    const auto& seen = names_;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return;
    auto& missing = composite_.missing;
    if (std::find(missing.begin(), missing.end(), name) != missing.end()) return;
    const auto found = models_.find(name);
    if (found == models_.end() || found->second == nullptr) {
      missing.push_back(name);
      return;
    }
    VectorXd noise = VectorXd::Zero(state_.pending.cols());
    const auto given = state_.pending_noise.find(name);
    if (given != state_.pending_noise.end() && given->second.size() == noise.size())
      noise = given->second;
    names_.push_back(name);
    composite_.models.push_back(found->second->condition_on_pending(
        state_.pending.cols() > 0 ? state_.pending : MatrixXd(references_.rows(), 0), noise));
  }

  Marginals floored(const MatrixXd& raw) {
    composite_.variance_floors.assign(composite_.models.size(), 0.0);
    Marginals at = composite_.marginals(raw);
    for (std::size_t k = 0; k < composite_.models.size(); ++k) {
      // Below this a standard deviation is rounding.
      composite_.variance_floors[k] = std::max(1e-14 * at.of[k].variance.mean(), 1e-290);
      at.of[k].variance = at.of[k].variance.cwiseMax(composite_.variance_floors[k]);
    }
    return at;
  }

  [[nodiscard]] std::vector<std::size_t> indices(const std::vector<std::string>& names) const {
    std::vector<std::size_t> result;
    for (const std::string& name : names) {
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (found != names_.end()) result.push_back(static_cast<std::size_t>(found - names_.begin()));
    }
    return result;
  }

  [[nodiscard]] std::vector<Gate> gates_of(
      const std::vector<OutcomeConstraint>& constraints) const {
    std::vector<Gate> gates;
    for (const OutcomeConstraint& c : constraints)
      for (const std::size_t model : indices({c.observable}))
        gates.push_back({model, c.at_least.value_or(-kInfinity), c.at_most.value_or(kInfinity)});
    return gates;
  }

  [[nodiscard]] double noise_of(std::size_t model) const {
    const auto found = state_.next_noise.find(names_[model]);
    // Measuring without noise may leave a reference with no variance at all; the floor keeps shares
    // of variance below one.
    return std::max(found == state_.next_noise.end() ? 0.0 : found->second,
                    composite_.variance_floors[model]);
  }

  [[nodiscard]] double mean_deviation(std::size_t model) const {
    return std::sqrt(at_raw_.of[model].variance.mean());
  }

  void add(const ObjectiveTerm& term) {
    const std::vector<std::size_t> models = indices(term.observables);
    const std::size_t needed = term.kind == ObjectiveKind::kBoundary ? 2 : 1;
    if (models.size() < needed) return;
    Composite::Part part;
    part.gates = gates_of(term.where);
    part.log_weight = std::log(term.weight);
    make_term(term, models, part);
    composite_.parts.push_back(std::move(part));
  }

  void make_term(const ObjectiveTerm& term, const std::vector<std::size_t>& models,
                 Composite::Part& part) {
    using enum ObjectiveKind;
    const AcquisitionKind kind = acquisition_.kind;
    const bool seeks_optimum = term.kind == kMaximise || term.kind == kMinimise;
    if (kind == AcquisitionKind::kVariance) {
      part.name = "variance";
      part.term = std::make_unique<VarianceTerm>(models);
    } else if (seeks_optimum) {
      make_optimum(term, models[0], part);
    } else if (term.kind == kExplore) {
      make_reduction(models[0], part);
    } else if (term.kind == kBoundary) {
      kind == AcquisitionKind::kStraddle ? make_margin(models, part) : make_boundary(models, part);
    } else if (term.kind == kLevelSet || kind == AcquisitionKind::kStraddle) {
      make_straddle(term, models[0], part);
    } else {
      make_target(term, models[0], part);
    }
  }

  // Measured points where all learned constraints probably hold; empty where there is none.
  [[nodiscard]] MatrixXd feasible_measured(const Composite::Part& part) const {
    if (at_measured_.x.cols() == 0) return MatrixXd(references_.rows(), 0);
    const VectorXd gates = Composite::log_gates(part.gates, at_measured_) +
                           Composite::log_gates(composite_.subject_to, at_measured_);
    const auto limits = static_cast<double>(part.gates.size() + composite_.subject_to.size());
    MatrixXd points(at_measured_.x.rows(), at_measured_.x.cols());
    Index count = 0;
    for (Index j = 0; j < gates.size(); ++j)
      if (gates(j) >= limits * std::log(0.5)) points.col(count++) = at_measured_.x.col(j);
    return points.leftCols(count);
  }

  void make_optimum(const ObjectiveTerm& term, std::size_t model, Composite::Part& part) {
    const bool maximise = term.kind == ObjectiveKind::kMaximise;
    const AcquisitionKind kind = acquisition_.kind;
    if (kind == AcquisitionKind::kUpperConfidenceBound) {
      part.name = maximise ? "upper_confidence_bound" : "lower_confidence_bound";
      make_bound(model, maximise, part);
      return;
    }
    const MatrixXd points = feasible_measured(part);
    if (points.cols() == 0) {
      // Nothing known to be feasible: look for that first, where it is worth most.
      part.name = "probability_of_feasibility";
      if (part.gates.empty() && composite_.subject_to.empty()) {
        part.name = "variance";
        part.term = std::make_unique<VarianceTerm>(std::vector<std::size_t>{model});
      } else {
        part.term = std::make_unique<PointTerm>(model, [](double, double) { return Scored{}; });
      }
      return;
    }
    const VectorXd means = composite_.models[model]->predict(points).mean;
    Index best = 0;
    const double incumbent = maximise ? means.maxCoeff(&best) : means.minCoeff(&best);
    composite_.attractors.emplace_back(points.col(best));
    if (kind == AcquisitionKind::kLogExpectedImprovement) {
      part.name = "log_expected_improvement";
      part.term = std::make_unique<PointTerm>(model, [=](double mean, double variance) {
        return log_expected_improvement(mean, variance, incumbent, maximise);
      });
      return;
    }
    part.name = "log_noisy_expected_improvement";
    part.term = std::make_unique<PointTerm>(
        model, [incumbents = draw_incumbents(*composite_.models[model], points, maximise, rng_),
                maximise](double mean, double variance) {
          return log_noisy_expected_improvement(mean, variance, incumbents, maximise);
        });
  }

  // The bound measured from its median over the raw points in units of the mean deviation, made
  // positive by softplus: the order of points is the bound's own, and weights and gates have
  // something positive to multiply.
  void make_bound(std::size_t model, bool maximise, Composite::Part& part) const {
    const surrogate::Posterior& raw = at_raw_.of[model];
    std::vector<double> bounds;
    for (Index j = 0; j < raw.mean.size(); ++j)
      bounds.push_back(
          confidence_bound(raw.mean(j), raw.variance(j), acquisition_.beta, maximise).value);
    std::nth_element(bounds.begin(),
                     bounds.begin() + static_cast<std::ptrdiff_t>(bounds.size() / 2), bounds.end());
    part.term = positive(model, bounds[bounds.size() / 2], mean_deviation(model),
                         [beta = acquisition_.beta, maximise](double mean, double variance) {
                           return confidence_bound(mean, variance, beta, maximise);
                         });
  }

  template <typename Function>
  static std::unique_ptr<Term> positive(std::size_t model, double reference, double width,
                                        Function function) {
    return std::make_unique<PointTerm>(model, [=](double mean, double variance) {
      const Scored scored = function(mean, variance);
      const LogSoftplus result = log_softplus((scored.value - reference) / width);
      return Scored{result.value, result.slope / width * scored.by_mean,
                    result.slope / width * scored.by_variance};
    });
  }

  void make_straddle(const ObjectiveTerm& term, std::size_t model, Composite::Part& part) const {
    part.name = "straddle";
    part.term = positive(model, 0, 0.1 * mean_deviation(model),
                         [level = term.level, beta = acquisition_.beta](double mean, double v) {
                           return straddle(mean, v, level, beta);
                         });
  }

  void make_target(const ObjectiveTerm& term, std::size_t model, Composite::Part& part) {
    const MatrixXd points = feasible_measured(part);
    // Nearer than a hundredth of what is typically unknown is as good as there.
    double distance = mean_deviation(model);
    if (points.cols() > 0) {
      const VectorXd means = composite_.models[model]->predict(points).mean;
      Index best = 0;
      distance = std::max((means.array() - term.level).abs().minCoeff(&best), 0.01 * distance);
      composite_.attractors.emplace_back(points.col(best));
    }
    part.name = "log_target_improvement";
    part.term = std::make_unique<PointTerm>(
        model, [level = term.level, distance](double mean, double variance) {
          return log_target_improvement(mean, variance, level, distance);
        });
  }

  void make_reduction(std::size_t model, Composite::Part& part) const {
    part.name = "integrated_variance_reduction";
    const VectorXd weights = Composite::log_gates(part.gates, at_references_).array().exp();
    part.term = std::make_unique<ReductionTerm>(
        model, composite_.models[model]->covariance_to(references_), weights, noise_of(model));
  }

  void make_margin(const std::vector<std::size_t>& models, Composite::Part& part) const {
    part.name = "straddle";
    double width = 0;
    for (const std::size_t model : models) width = std::max(width, 0.1 * mean_deviation(model));
    part.term = std::make_unique<MarginTerm>(models, acquisition_.beta, width);
  }

  void make_boundary(const std::vector<std::size_t>& models, Composite::Part& part) const {
    part.name = "boundary_error_reduction";
    // Where the class is beyond doubt (an error of 1e-7) nothing can be gained.
    constexpr double kBeyondDoubt = 5.2;
    const VectorXd weights = Composite::log_gates(part.gates, at_references_).array().exp();
    std::vector<BoundaryTerm::Reference> references;
    MatrixXd doubtful(references_.rows(), references_.cols());
    std::vector<double> means(models.size());
    std::vector<double> variances(models.size());
    for (Index u = 0; u < references_.cols(); ++u) {
      for (std::size_t k = 0; k < models.size(); ++k) {
        means[k] = at_references_.of[models[k]].mean(u);
        variances[k] = at_references_.of[models[k]].variance(u);
      }
      const Rivals rivals = find_rivals(means, variances);
      if (rivals.margin > kBeyondDoubt * std::sqrt(rivals.variance)) continue;
      doubtful.col(static_cast<Index>(references.size())) = references_.col(u);
      references.push_back({rivals, weights(u)});
    }
    doubtful.conservativeResize(Eigen::NoChange, static_cast<Index>(references.size()));
    if (references.empty()) {
      part.name = "variance";
      part.term = std::make_unique<VarianceTerm>(models);
      return;
    }
    std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances;
    std::vector<double> noise;
    for (const std::size_t model : models) {
      covariances.push_back(composite_.models[model]->covariance_to(doubtful));
      noise.push_back(noise_of(model));
    }
    part.term = std::make_unique<BoundaryTerm>(models, std::move(covariances), references,
                                               std::move(noise));
  }

  // Divides a part by its largest value over the raw points, so that weights compare what the best
  // point of each part is worth. Dividing by the mean instead lets a part with a few sharp peaks
  // (a boundary) outbid a flat one (a variance) everywhere; the mapping study measures it.
  void scale(Composite::Part& part) const {
    part.log_weight -=
        (part.term->log_values(at_raw_) + Composite::log_gates(part.gates, at_raw_)).maxCoeff();
  }

  const Objective& objective_;
  const ModelMap& models_;
  const AcquisitionSpec& acquisition_;
  const ProposeState& state_;
  const MatrixXd& references_;
  Rng& rng_;
  Composite composite_;
  std::vector<std::string> names_;  // Of composite_.models.
  Marginals at_raw_;
  Marginals at_references_;
  Marginals at_measured_;
};

}  // namespace

Composite build_composite(const Objective& objective, const ModelMap& models,
                          const AcquisitionSpec& acquisition, const ProposeState& state,
                          const MatrixXd& raw, const MatrixXd& references, Rng& rng) {
  return Builder(objective, models, acquisition, state, raw, references, rng).build();
}

}  // namespace foray::optimizer
