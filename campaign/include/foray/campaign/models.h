#pragma once

#include <Eigen/Core>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "foray/campaign/campaign_view.h"
#include "foray/optimizer/search_space.h"
#include "foray/surrogate/extended_model.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::campaign {

/// Mean and standard deviation at n points, in the observable's unit.
struct Prediction {
  Eigen::VectorXd mean;  ///< n.
  Eigen::VectorXd sd;    ///< n, of the latent value, noise not included.
};

/// The surrogates of a campaign's observables at one moment. Immutable; const methods may be called
/// concurrently.
class Models {
 public:
  Models() = default;

  /// Rebuilds, without training, the surrogates that the campaign had when `count` results were
  /// known (default: all). A pure function of the journal. An observable without data or without a
  /// training so far has none.
  static Models at(const CampaignView& view, const surrogate::ModelFitter& fitter,
                   std::int64_t count = -1);

  /// The same with the space already at hand, which must have the ranges of the training in force.
  static Models at(const CampaignView& view, const surrogate::ModelFitter& fitter,
                   std::int64_t count, std::shared_ptr<const optimizer::SearchSpace> space);

  /// The surrogates of the observables in `trained`, of the first `count` results (negative: all).
  static Models of(const Trained& trained, const CampaignView& view,
                   const surrogate::ModelFitter& fitter, std::int64_t count,
                   std::shared_ptr<const optimizer::SearchSpace> space);

  /// What the surrogate of this observable sees beside the parameters; null where it is given
  /// nothing, nothing where something that it is given has no surrogate yet.
  [[nodiscard]] std::optional<std::shared_ptr<const surrogate::Features>> features(
      const ObservableChoice& choice) const;

  /// The surrogate of an observable, over unit points, in its own variable; null: none yet.
  [[nodiscard]] const surrogate::Model* find(const std::string& observable) const;

  /// Predicts an observable at physical points (one value a parameter, one point a column).
  /// @throws std::invalid_argument when the observable has no surrogate, or on a wrong shape.
  [[nodiscard]] Prediction predict(const std::string& observable,
                                   const Eigen::Ref<const Eigen::MatrixXd>& physical) const;

  /// The same at unit points of space() (d x n).
  [[nodiscard]] Prediction predict_unit(const std::string& observable,
                                        const Eigen::Ref<const Eigen::MatrixXd>& unit) const;

  /// The space whose unit coordinates the surrogates take; null when there are none.
  [[nodiscard]] const optimizer::SearchSpace* space() const { return space_.get(); }

 private:
  struct Entry {
    Transform transform = Transform::kNone;
    std::shared_ptr<const surrogate::Model> model;
  };
  void add(const TrainedModel& trained, std::size_t k, const CampaignView& view,
           const surrogate::ModelFitter& fitter, std::int64_t count);

  void add_together(const Trained& trained, const OutputGroup& group, const CampaignView& view,
                    const surrogate::ModelFitter& fitter, std::int64_t count);

  std::map<std::string, Entry> models_;
  std::shared_ptr<const optimizer::SearchSpace> space_;
};

/// Observations whose points carry their features; as they are where `features` is null.
///
/// What was measured where two classes may share the place is of neither: its noise grows by the
/// variance of all values, times 4 f (1 - f) of the fraction f that the class probabilities allow.
[[nodiscard]] surrogate::Observations extended(surrogate::Observations points,
                                               const surrogate::Features* features);

/// The search space of a campaign with its ranges as they are now; what is measured and not chosen
/// stands where the last result found it.
[[nodiscard]] optimizer::SearchSpace search_space(const CampaignView& view);

}  // namespace foray::campaign
