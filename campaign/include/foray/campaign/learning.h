#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/optimizer/search_space.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/extended_model.h"
#include "foray/surrogate/model.h"
#include "foray/surrogate/observations.h"

namespace foray::campaign {

/// One result for an observable, wherever it came from.
struct Result {
  Eigen::VectorXd position;                            ///< physical, one value a parameter.
  const scattering::Observable* observable = nullptr;  ///< not owned.
};

/// What an observable's surrogate learns from.
struct Lesson {
  /// Unit points; values on the scale of the transform, less the known mean where there is one.
  surrogate::Observations points;
  std::vector<std::size_t> from;  ///< which result each point came from.
};

/// The results that say something: present, finite and within the transform's domain.
[[nodiscard]] Lesson lesson(const CampaignSpec& spec, std::size_t observable,
                            const optimizer::SearchSpace& space,
                            const std::vector<Result>& results);

/// The surrogate that a model of lesson(...).points makes: sees its features (null: none), and has
/// the known mean added.
[[nodiscard]] std::unique_ptr<surrogate::Model> complete(
    std::unique_ptr<surrogate::Model> model, const CampaignSpec& spec, std::size_t observable,
    const optimizer::SearchSpace& space,
    const std::shared_ptr<const surrogate::Features>& features);

/// Refuses a prior mean that cannot be that of an observable of the campaign.
/// @throws std::invalid_argument naming what is wrong: a formula that does not parse or knows no
///         such name, one that has no value somewhere in the space, a value that the transform does
///         not know.
void validate_mean(const CampaignSpec& spec, const ObservableChoice& observable);

}  // namespace foray::campaign
