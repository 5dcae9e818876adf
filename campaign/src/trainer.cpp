#include "trainer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "foray/campaign/models.h"
#include "foray/campaign/together.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"

namespace foray::campaign {
namespace {

bool trained_before(const TrainingView& training, const std::string& observable) {
  return std::any_of(training.record.models.begin(), training.record.models.end(),
                     [&](const TrainedModel& model) { return model.observable == observable; });
}

bool has_data(const CampaignView& view, std::size_t k) {
  return std::any_of(view.scored().begin(), view.scored().end(), [&](MeasurementId id) {
    const auto& observable = view.measurement(id).observables.at(k);
    return observable.status == scattering::ObservableStatus::kPresent &&
           to_model(view.spec().observables[k].transform, observable.value, observable.variance);
  });
}

// Those of the last training, unless ranges have changed since: they mean something else then.
std::optional<Eigen::VectorXd> previous_hyperparameters(const CampaignView& view,
                                                        const std::string& observable) {
  if (view.trainings().empty()) {
    return std::nullopt;
  }
  const TrainingView& last = view.trainings().back();
  if (last.ranges_version != view.ranges_version()) {
    return std::nullopt;
  }
  for (const TrainedModel& model : last.record.models) {
    if (model.observable == observable) {
      return model.hyperparameters;
    }
  }
  return std::nullopt;
}

// A training goes on from the last one, but searches from several starts too whenever the number of
// results has passed a power of two.
bool is_due_anew(const CampaignView& view) {
  const auto results = static_cast<std::uint64_t>(view.scored().size());
  return view.trainings().empty() ||
         std::bit_width(results) !=
             std::bit_width(static_cast<std::uint64_t>(view.trainings().back().results));
}

// Trains one surrogate; nothing where no hyperparameters explain the data and none are in force.
std::optional<TrainedModel> trained(const CampaignView& view, const std::string& name,
                                    const surrogate::Observations& data,
                                    const surrogate::ModelFitter& fitter,
                                    const std::function<bool()>& expired, Rng rng) {
  const auto previous = previous_hyperparameters(view, name);
  try {
    const surrogate::FitOutcome outcome = fitter.fit(
        data, previous, {0, expired, is_due_anew(view), view.spec().surrogate.hyperparameter_draws},
        rng);
    const bool converged = outcome.status == surrogate::FitStatus::kConverged ||
                           outcome.status == surrogate::FitStatus::kUntrained;
    return TrainedModel{name,        data.y.size(), outcome.hyperparameters, outcome.evaluations,
                        outcome.cut, converged};
  } catch (const std::runtime_error&) {
    // Those before stay in force.
    return previous ? std::optional(TrainedModel{name, data.y.size(), *previous, 0, false, false})
                    : std::nullopt;
  }
}

// `given`: the surrogates of the observables that others are given.
std::optional<TrainedModel> train_one(const CampaignView& view, const optimizer::SearchSpace& space,
                                      const Models& given, std::size_t k,
                                      const surrogate::ModelFitter& fitter,
                                      const std::function<bool()>& expired) {
  const auto features = given.features(view.spec().observables[k]);
  const surrogate::Observations known = view.data(k, space).points;
  if (known.y.size() == 0 || !features) {
    return std::nullopt;
  }
  const std::uint64_t stream =
      derive_seed(derive_seed(view.spec().seed, "training"), view.scored().size());
  return trained(view, view.spec().observables[k].spec.name, extended(known, features->get()),
                 fitter, expired, Rng(derive_seed(stream, k)));
}

// One training whose hyperparameters are those of every member.
std::vector<TrainedModel> train_together(const CampaignView& view,
                                         const optimizer::SearchSpace& space, std::size_t g,
                                         const surrogate::ModelFitter& fitter,
                                         const std::function<bool()>& expired) {
  const OutputGroup& group = view.spec().surrogate.together[g];
  std::vector<surrogate::Observations> members;
  for (const std::size_t k : members_of(view.spec(), group)) {
    members.push_back(view.data(k, space).points);
  }
  const surrogate::Observations data = lesson_together(view.spec(), group, space, members).points;
  if (data.y.size() == 0) {
    return {};
  }
  const std::uint64_t stream =
      derive_seed(derive_seed(view.spec().seed, "training together"), view.scored().size());
  const auto shared =
      trained(view, group.observables.front(), data, fitter, expired, Rng(derive_seed(stream, g)));
  if (!shared) {
    return {};
  }
  std::vector<TrainedModel> models(group.observables.size(), *shared);
  for (std::size_t t = 0; t < models.size(); ++t) {
    models[t].observable = group.observables[t];
  }
  return models;
}

}  // namespace

bool needs_training(const CampaignView& view) {
  const auto results = static_cast<std::int64_t>(view.scored().size());
  if (results < kFirstTraining) {
    return false;
  }
  if (view.trainings().empty()) {
    return true;
  }
  const TrainingView& last = view.trainings().back();
  if (last.ranges_version != view.ranges_version()) {
    return true;
  }
  if (results == last.results) {
    return false;
  }
  const double growth = view.spec().surrogate.retrain_growth;
  if (static_cast<double>(results) >= std::ceil((1 + growth) * static_cast<double>(last.results))) {
    return true;
  }
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    if (!trained_before(last, view.spec().observables[k].spec.name) && has_data(view, k)) {
      return true;
    }
  }
  return false;
}

Trained train(const CampaignView& view, const std::shared_ptr<const optimizer::SearchSpace>& space,
              const surrogate::ModelFitter& fitter, const std::function<bool()>& expired) {
  const auto& choices = view.spec().observables;
  Trained trained;
  trained.measurements = static_cast<std::int64_t>(view.scored().size());
  for (std::size_t g = 0; g < view.spec().surrogate.together.size(); ++g) {
    for (TrainedModel& model : train_together(view, *space, g, fitter, expired)) {
      trained.models.push_back(std::move(model));
    }
  }
  Models given;
  for (const bool others : {false, true}) {
    std::vector<std::size_t> now;
    for (std::size_t k = 0; k < choices.size(); ++k) {
      if (choices[k].given.empty() != others &&
          group_of(view.spec(), choices[k].spec.name) == nullptr) {
        now.push_back(k);
      }
    }
    if (others && !now.empty()) {
      given = Models::of(trained, view, fitter, -1, space);
    }
    std::vector<std::optional<TrainedModel>> models(now.size());
    parallel_for(static_cast<std::int64_t>(now.size()), view.spec().threads, [&](std::int64_t i) {
      const auto n = static_cast<std::size_t>(i);
      models[n] = train_one(view, *space, given, now[n], fitter, expired);
    });
    for (auto& model : models) {
      if (model) {
        trained.models.push_back(std::move(*model));
      }
    }
  }
  return trained;
}

}  // namespace foray::campaign
