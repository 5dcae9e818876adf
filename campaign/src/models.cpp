#include "foray/campaign/models.h"

#include <cmath>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::campaign {

optimizer::SearchSpace search_space(const CampaignView& view) {
  return {view.parameters(), view.spec().constraints};
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
      std::make_shared<optimizer::SearchSpace>(training->parameters, view.spec().constraints));
}

Models Models::at(const CampaignView& view, const surrogate::ModelFitter& fitter,
                  std::int64_t count, std::shared_ptr<const optimizer::SearchSpace> space) {
  Models models;
  const TrainingView* training = view.training_at(count);
  if (training == nullptr) {
    return models;
  }
  models.space_ = std::move(space);
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    const ObservableChoice& choice = view.spec().observables[k];
    for (const TrainedModel& trained : training->record.models) {
      if (trained.observable != choice.spec.name) {
        continue;
      }
      const ObservableData data = view.data(k, *models.space_, count);
      try {
        models.models_[trained.observable] = {
            choice.transform, fitter.rebuild(data.x, data.y, data.noise, trained.hyperparameters)};
      } catch (const std::runtime_error&) {
        // Data that these hyperparameters cannot explain: no surrogate until the next training.
        models.models_.erase(trained.observable);
      }
    }
  }
  return models;
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
