#include "foray/campaign/models.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "foray/campaign/learning.h"
#include "foray/campaign/together.h"
#include "foray/common/check.h"
#include "learned_cost.h"

namespace foray::campaign {

namespace {

// The space as it was when `count` results were known: what is measured and not chosen stands where
// the last of them found it.
optimizer::SearchSpace space_then(const CampaignView& view,
                                  const std::vector<optimizer::Parameter>& parameters,
                                  std::int64_t count) {
  optimizer::SearchSpace space(parameters, view.spec().constraints,
                               candidate_positions(view.spec()));
  const auto known = std::min(count, static_cast<std::int64_t>(view.scored().size()));
  if (space.context_axes().empty() || known == 0) {
    return space;
  }
  const MeasurementId last = view.scored()[static_cast<std::size_t>(known - 1)];
  return space.in_context(view.measurement(last).position);
}

}  // namespace

optimizer::SearchSpace search_space(const CampaignView& view) {
  return space_then(view, with_learned_cost(view, view.parameters()),
                    static_cast<std::int64_t>(view.scored().size()));
}

Models Models::at(const CampaignView& view, const surrogate::ModelFitter& fitter,
                  std::int64_t count) {
  const auto known = static_cast<std::int64_t>(view.scored().size());
  const std::int64_t limit = count < 0 ? known : count;
  const TrainingView* training = view.training_at(limit);
  if (training == nullptr) {
    return {};
  }
  return at(
      view, fitter, limit,
      std::make_shared<optimizer::SearchSpace>(space_then(view, training->parameters, limit)));
}

Models Models::at(const CampaignView& view, const surrogate::ModelFitter& fitter,
                  std::int64_t count, std::shared_ptr<const optimizer::SearchSpace> space) {
  const TrainingView* training = view.training_at(count);
  return training == nullptr ? Models()
                             : of(training->record, view, fitter, count, std::move(space));
}

Models Models::of(const Trained& trained, const CampaignView& view,
                  const surrogate::ModelFitter& fitter, std::int64_t count,
                  std::shared_ptr<const optimizer::SearchSpace> space) {
  Models models;
  models.space_ = std::move(space);
  const auto& choices = view.spec().observables;
  for (const OutputGroup& group : view.spec().surrogate.together) {
    models.add_together(trained, group, view, fitter, count);
  }
  // What is given to others comes first.
  for (const bool given : {false, true}) {
    for (std::size_t k = 0; k < choices.size(); ++k) {
      if (choices[k].given.empty() == given ||
          group_of(view.spec(), choices[k].spec.name) != nullptr) {
        continue;
      }
      for (const TrainedModel& model : trained.models) {
        if (model.observable == choices[k].spec.name) {
          models.add(model, k, view, fitter, count);
        }
      }
    }
  }
  return models;
}

void Models::add(const TrainedModel& trained, std::size_t k, const CampaignView& view,
                 const surrogate::ModelFitter& fitter, std::int64_t count) {
  const ObservableChoice& choice = view.spec().observables[k];
  const auto known = features(choice);
  if (!known) {
    return;
  }
  try {
    models_[trained.observable] = {
        choice.transform,
        complete(fitter.rebuild(extended(view.data(k, *space_, count).points, known->get()),
                                trained.hyperparameters),
                 view.spec(), k, *space_, *known)};
  } catch (const std::runtime_error&) {
    // Data that these hyperparameters cannot explain: no surrogate until the next training.
    models_.erase(trained.observable);
  }
}

void Models::add_together(const Trained& trained, const OutputGroup& group,
                          const CampaignView& view, const surrogate::ModelFitter& fitter,
                          std::int64_t count) {
  // The members have the hyperparameters of the one surrogate that they share.
  const auto one = std::find_if(
      trained.models.begin(), trained.models.end(),
      [&](const TrainedModel& model) { return model.observable == group.observables.front(); });
  if (one == trained.models.end()) {
    return;
  }
  std::vector<surrogate::Observations> members;
  for (const std::size_t k : members_of(view.spec(), group)) {
    members.push_back(view.data(k, *space_, count).points);
  }
  try {
    const auto stacked = lesson_together(view.spec(), group, *space_, members);
    auto models = complete_together(fitter.rebuild(stacked.points, one->hyperparameters), stacked,
                                    view.spec(), group, *space_, members);
    for (std::size_t t = 0; t < models.size(); ++t) {
      const ObservableChoice& choice = view.spec().observables[members_of(view.spec(), group)[t]];
      if (models[t]) {
        models_[choice.spec.name] = {choice.transform, std::move(models[t])};
      }
    }
  } catch (const std::runtime_error&) {
    // As for one observable: none of them has a surrogate until the next training.
  }
}

std::optional<std::shared_ptr<const surrogate::Features>> Models::features(
    const ObservableChoice& choice) const {
  std::vector<std::shared_ptr<const surrogate::Model>> given;
  for (const std::string& name : choice.given) {
    const auto found = models_.find(name);
    if (found == models_.end()) {
      return std::nullopt;
    }
    given.push_back(found->second.model);
  }
  return given.empty() ? nullptr : std::make_shared<const surrogate::Features>(std::move(given));
}

namespace {

// How much a place is shared by classes, given their probabilities there: 4 f (1 - f) of the
// fraction f that is likest to a half, 1 on a boundary and 0 far from it.
double ambiguity(const Eigen::Ref<const Eigen::VectorXd>& probabilities) {
  // A classifier decides more sharply than the sample changes: its logit grows faster than the
  // log-odds of the fractions. Three is an estimate for the built-in one on film libraries.
  constexpr double kSharpness = 3;
  double most = 0;
  for (const double p : probabilities) {
    const double odds = std::pow(p / (1 - p), 1 / kSharpness);
    if (std::isfinite(odds)) most = std::max(most, 4 * odds / ((1 + odds) * (1 + odds)));
  }
  return most;
}

}  // namespace

surrogate::Observations extended(surrogate::Observations points,
                                 const surrogate::Features* features) {
  if (features != nullptr) {
    points.x = features->extend(points.x);
    points.features = features->count();
    const double spread = (points.y.array() - points.y.mean()).square().mean();
    for (Eigen::Index i = 0; i < points.y.size(); ++i) {
      points.noise(i) += spread * ambiguity(points.x.col(i).tail(points.features));
    }
  }
  return points;
}

const surrogate::Model* Models::find(const std::string& observable) const {
  const auto found = models_.find(observable);
  return found == models_.end() ? nullptr : found->second.model.get();
}

Prediction Models::predict(const std::string& observable,
                           const Eigen::Ref<const Eigen::MatrixXd>& physical) const {
  const auto found = models_.find(observable);
  require(found != models_.end(),
          "predict: expected an observable that has a surrogate, got \"" + observable + "\"");
  require(physical.rows() == static_cast<Eigen::Index>(space_->parameters().size()),
          "predict: expected " + std::to_string(space_->parameters().size()) +
              " values a point, got " + std::to_string(physical.rows()));
  Eigen::MatrixXd unit(space_->dimension(), physical.cols());
  for (Eigen::Index i = 0; i < physical.cols(); ++i) {
    unit.col(i) = space_->to_unit(physical.col(i));
  }
  return predict_unit(observable, unit);
}

Prediction Models::predict_unit(const std::string& observable,
                                const Eigen::Ref<const Eigen::MatrixXd>& unit) const {
  const auto found = models_.find(observable);
  require(found != models_.end(),
          "predict: expected an observable that has a surrogate, got \"" + observable + "\"");
  const surrogate::Posterior posterior = found->second.model->predict(unit);
  Prediction prediction;
  prediction.mean.resize(unit.cols());
  prediction.sd.resize(unit.cols());
  for (Eigen::Index i = 0; i < unit.cols(); ++i) {
    const Estimate estimate =
        from_model(found->second.transform, posterior.mean(i), posterior.variance(i));
    prediction.mean(i) = estimate.value;
    prediction.sd(i) = std::sqrt(estimate.variance);
  }
  return prediction;
}

}  // namespace foray::campaign
