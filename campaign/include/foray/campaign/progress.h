#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"

namespace foray::campaign {

/// Best measured value of the first optimising term of the objective.
struct BestValue {
  std::string observable;
  double value = 0;
  double variance = 0;
  Eigen::VectorXd position;  ///< physical, one value a parameter.
  MeasurementId id = 0;
};

/// The first term of the objective that looks for a place (maximise, minimise, target); null when
/// all terms map.
[[nodiscard]] const optimizer::ObjectiveTerm* optimising_term(
    const optimizer::Objective& objective);

/// The best of the first `count` results (negative: all) for the objective in force, among those
/// whose measured values satisfy its constraints; the earliest of equals.
[[nodiscard]] std::optional<BestValue> best_so_far(const CampaignView& view,
                                                   std::int64_t count = -1);

/// Mean posterior standard deviation of an observable over the space, in its unit, from 128 fixed
/// points of a low-discrepancy sequence.
/// @throws std::invalid_argument when the observable has no surrogate.
[[nodiscard]] double mean_uncertainty(const Models& models, const std::string& observable);

/// How far a campaign may still go; each names itself when it is used up.
///
/// @returns why the campaign is at its end ("budget: 60 of 60 measurements", "converged: ..."), or
///          nothing. A function of the journal alone.
/// @param models  the surrogates now; `fitter` rebuilds earlier ones.
[[nodiscard]] std::optional<std::string> reason_to_finish(const CampaignView& view,
                                                          const Models& models,
                                                          const surrogate::ModelFitter& fitter);

/// Whether the budget leaves room for one more proposal besides those in flight.
[[nodiscard]] bool budget_allows_proposal(const CampaignView& view);

/// How many more the budget of measurements allows; the largest number where there is none.
[[nodiscard]] std::int64_t proposals_left(const CampaignView& view);

}  // namespace foray::campaign
