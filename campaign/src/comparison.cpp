#include "foray/campaign/comparison.h"

#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include "foray/campaign/progress.h"
#include "foray/campaign/together.h"
#include "foray/common/random.h"
#include "merit.h"

namespace foray::campaign {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using optimizer::ObjectiveTerm;

constexpr Index kPool = 4096;       // Stand for all points that random ones may be.
constexpr Index kReferences = 512;  // Stand for the space where a variance is averaged.
constexpr int kDraws = 256;         // A probability of a half is known to 0.03.

const ObservableChoice& choice_of(const CampaignView& view, const std::string& name) {
  const auto& all = view.spec().observables;
  std::size_t k = 0;
  while (all.at(k).spec.name != name) {
    ++k;
  }
  return all[k];
}

// One function drawn from each surrogate of an objective.
class Draw {
 public:
  Draw(const CampaignView& view, const Models& models, const ObjectiveTerm& term, Rng& rng)
      : transform_(choice_of(view, term.observables.front()).transform),
        path_(models.find(term.observables.front())->draw_path(rng)) {
    for (const auto* constraints : {&view.objective().subject_to, &term.where}) {
      for (const optimizer::OutcomeConstraint& constraint : *constraints) {
        if (const surrogate::Model* model = models.find(constraint.observable)) {
          limits_.push_back({&constraint, choice_of(view, constraint.observable).transform,
                             model->draw_path(rng)});
        }
      }
    }
  }

  // In the observable's unit.
  [[nodiscard]] VectorXd values(const MatrixXd& x) const {
    return in_unit(transform_, path_->evaluate(x));
  }

  // Whether the learned constraints hold at each point.
  [[nodiscard]] std::vector<bool> allowed(const MatrixXd& x) const {
    std::vector<bool> all(static_cast<std::size_t>(x.cols()), true);
    for (const Limit& limit : limits_) {
      const VectorXd found = in_unit(limit.transform, limit.path->evaluate(x));
      for (std::size_t j = 0; j < all.size(); ++j) {
        const double value = found(static_cast<Index>(j));
        all[j] = all[j] && (!limit.constraint->at_least || value >= *limit.constraint->at_least) &&
                 (!limit.constraint->at_most || value <= *limit.constraint->at_most);
      }
    }
    return all;
  }

 private:
  struct Limit {
    const optimizer::OutcomeConstraint* constraint;
    Transform transform;
    std::unique_ptr<surrogate::SamplePath> path;
  };

  static VectorXd in_unit(Transform transform, VectorXd values) {
    for (double& value : values) {
      value = from_model(transform, value, 0).value;
    }
    return values;
  }

  Transform transform_;
  std::unique_ptr<surrogate::SamplePath> path_;
  std::vector<Limit> limits_;
};

MatrixXd pick(const MatrixXd& pool, std::int64_t count, Rng& rng) {
  std::uniform_int_distribution<Index> any(0, pool.cols() - 1);
  MatrixXd points(pool.rows(), static_cast<Index>(count));
  for (Index j = 0; j < points.cols(); ++j) {
    points.col(j) = pool.col(any(rng));
  }
  return points;
}

// The value of the best point of a draw; nothing where none is allowed.
std::optional<double> best_of(const Draw& draw, const ObjectiveTerm& term, const MatrixXd& points) {
  const VectorXd values = draw.values(points);
  const std::vector<bool> allowed = draw.allowed(points);
  std::optional<double> best;
  for (Index j = 0; j < values.size(); ++j) {
    if (allowed[static_cast<std::size_t>(j)] &&
        (!best || merit(term, values(j)) > merit(term, *best))) {
      best = values(j);
    }
  }
  return best;
}

std::optional<SearchComparison> compare_search(const CampaignView& view, const Models& models) {
  const ObjectiveTerm* term = optimising_term(view.objective());
  const auto best = best_so_far(view);
  if (term == nullptr || !best || models.find(best->observable) == nullptr) {
    return std::nullopt;
  }
  SearchComparison result;
  result.observable = best->observable;
  result.points = static_cast<std::int64_t>(view.scored().size());
  Rng rng(derive_seed(view.spec().seed, "comparison with random points"));
  MatrixXd pool = models.space()->sample(kPool, rng);
  for (Index j = 0; j < pool.cols(); ++j) {
    pool.col(j) = models.space()->snap(pool.col(j));
  }
  const VectorXd place = models.space()->to_unit(best->position);
  double squares = 0;
  int better = 0;
  for (result.draws = 0; result.draws < kDraws; ++result.draws) {
    const Draw draw(view, models, *term, rng);
    const double found = draw.values(place)(0);
    result.found += found / kDraws;
    const auto random = best_of(draw, *term, pick(pool, result.points, rng));
    if (!random) {
      ++result.draws_that_allow_none;
    } else {
      result.random += *random;
      squares += *random * *random;
    }
    better += !random || merit(*term, found) > merit(*term, *random) ? 1 : 0;
  }
  result.probability = static_cast<double>(better) / kDraws;
  if (const int allowed = kDraws - result.draws_that_allow_none; allowed > 0) {
    result.random /= allowed;
    result.random_deviation =
        std::sqrt(std::max(squares / allowed - result.random * result.random, 0.0));
  }
  return result;
}

std::optional<MapComparison> compare_map(const CampaignView& view, const Models& models,
                                         const surrogate::ModelFitter& fitter, std::size_t k) {
  const ObservableChoice& choice = view.spec().observables[k];
  const surrogate::Model* model = models.find(choice.spec.name);
  if (model == nullptr || !choice.given.empty() ||
      group_of(view.spec(), choice.spec.name) != nullptr) {
    return std::nullopt;
  }
  surrogate::Observations data = view.data(k, *models.space()).points;
  const TrainedModel* trained = nullptr;
  for (const TrainedModel& one : view.trainings().back().record.models) {
    trained = one.observable == choice.spec.name ? &one : trained;
  }
  if (trained == nullptr || surrogate::has_bounds(data)) {
    return std::nullopt;
  }
  Rng rng(derive_seed(view.spec().seed, "comparison with an even map"));
  const MatrixXd references = models.space()->sample(kReferences, rng);
  // What remains unknown depends on the places alone: the values, which the hyperparameters are
  // relative to, and the noise stay as they are.
  data.x = models.space()->sample(data.y.size(), rng);
  MapComparison result;
  result.observable = choice.spec.name;
  result.points = data.y.size();
  result.remaining = model->predict(references).variance.mean();
  result.spread_out =
      fitter.rebuild(data, trained->hyperparameters)->predict(references).variance.mean();
  return result;
}

}  // namespace

Comparison compare_with_random(const CampaignView& view, const Models& models,
                               const surrogate::ModelFitter& fitter) {
  Comparison result;
  // As many random points measured the full way would have taken another time.
  if (models.space() == nullptr || view.trainings().empty() ||
      optimizer::find_fidelity(view.parameters())) {
    return result;
  }
  result.search = compare_search(view, models);
  std::vector<bool> mapped(view.spec().observables.size(), false);
  for (const ObjectiveTerm& term : view.objective().terms) {
    const bool maps = term.kind == optimizer::ObjectiveKind::kExplore ||
                      term.kind == optimizer::ObjectiveKind::kLevelSet ||
                      term.kind == optimizer::ObjectiveKind::kBoundary;
    for (std::size_t k = 0; maps && k < mapped.size(); ++k) {
      for (const std::string& name : term.observables) {
        mapped[k] = mapped[k] || name == view.spec().observables[k].spec.name;
      }
    }
  }
  for (std::size_t k = 0; k < mapped.size(); ++k) {
    if (!mapped[k]) {
      continue;
    }
    if (auto map = compare_map(view, models, fitter, k)) {
      result.maps.push_back(*map);
    }
  }
  return result;
}

}  // namespace foray::campaign
