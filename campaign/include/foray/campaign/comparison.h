#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"

namespace foray::campaign {

/// What was found against what as many random points would have been expected to find, as far as
/// the final surrogate knows: drawn from its posterior, each draw with random points of its own.
struct SearchComparison {
  std::string observable;
  std::int64_t points = 0;  ///< results known, and random points of each draw.
  double found = 0;         ///< mean over the draws of the value at the best measured place.
  /// Mean and standard deviation of the best of the random points, over the draws in which the
  /// learned constraints allow any; in the others what was found is better.
  double random = 0;
  double random_deviation = 0;
  int draws = 0;
  int draws_that_allow_none = 0;
  /// Share of the draws in which what was found is better.
  double probability = 0;
};

/// What is still unknown against what as many points of a low-discrepancy sequence would have left,
/// under the final hyperparameters.
struct MapComparison {
  std::string observable;
  std::int64_t points = 0;
  double remaining = 0;   ///< mean posterior variance, on the scale that the surrogate learns.
  double spread_out = 0;  ///< what the sequence would have left.
};

/// How a campaign compares with measuring at random (a search) or evenly (maps).
struct Comparison {
  std::optional<SearchComparison> search;  ///< for the first optimising term.
  std::vector<MapComparison> maps;         ///< for the observables of mapping terms.
};

/// A function of the journal alone: its random numbers are seeded by the campaign.
///
/// Learned constraints of the objective hold for the random points too, as far as they have
/// surrogates. Empty parts where there is no surrogate or a choice of fidelity, and no map for an
/// observable that is given class probabilities or known by bounds only: what remains unknown then
/// depends on the values.
/// @param models  the surrogates at the end; `fitter` rebuilds them on other points.
[[nodiscard]] Comparison compare_with_random(const CampaignView& view, const Models& models,
                                             const surrogate::ModelFitter& fitter);

}  // namespace foray::campaign
