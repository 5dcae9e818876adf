#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/model_fitter.h"
#include "plot.h"

namespace foray::app {

/// A parameter as axes call it: "name [unit]".
std::string axis_label(const optimizer::Parameter& parameter);

/// Numbers of a finished (or interrupted) run, for summary.json and report.html.
struct RunSummary {
  std::string name, state, reason, instrument;
  std::int64_t measured = 0, failed = 0, late = 0, possible_duplicates = 0, searches_cut = 0;
  /// Of each observable's surrogate; and those that did not come to an end.
  std::int64_t trainings = 0, trainings_not_converged = 0;
  double beam_s = 0, motion_s = 0, exposure_s = 0;
  double wall_s = 0;              ///< from the first entry to the last.
  double overhead_ms_median = 0;  ///< everything but the instrument, a measurement [ms].
  std::map<std::string, double> stage_ms_median;  ///< propose, train, save, score, journal.
  std::map<std::string, std::int64_t> faults;     ///< by kind.
  std::optional<campaign::MeasurementId> best;    ///< of an optimising objective.
};

/// Makes the summary of what is on record.
RunSummary summarise(const campaign::CampaignView& view);

/// What the campaign file says, for people, of the candidate or the place to start from that a
/// measurement was asked for at; empty: nothing.
std::map<std::string, std::variant<double, std::string>> known_of(
    const campaign::CampaignView& view, const campaign::MeasurementView& one);

/// What a frame probably shows, in few words: the last names of the most detailed features and
/// kinds below the probable geometry ("halo, disordered"), the geometry's own where there are
/// none, "" without one. Traits, and what is asked of every frame
/// (`instrument/...`, `problem/...`), are left out: almost every frame has others of them.
std::string probable_classes(const std::vector<scattering::ClassProbability>& classes);

/// Axes that a map of a campaign is drawn over: its first two axes; others stay at the middle of
/// their range.
struct MapGrid {
  std::size_t x_parameter = 0, y_parameter = 0;
  /// One value a parameter x n^2 physical points, row by row from the lowest y, equal steps of the
  /// unit cube; NaN where not allowed.
  Eigen::MatrixXd points;
  int side = 0;
};

/// @returns nothing for a campaign with a single axis.
std::optional<MapGrid> make_map_grid(const campaign::CampaignView& view, int side);

/// What is known along the axis of a campaign that has only one.
struct Profile {
  std::size_t parameter = 0;
  std::vector<double> x, mean, sd;  ///< NaN where not allowed.
};

/// @returns nothing for a campaign with several axes, or an observable without a surrogate.
std::optional<Profile> profile_of(const campaign::CampaignView& view,
                                  const campaign::Models& models, const std::string& observable);

/// The campaign's map of one observable: mean and sd (side x side, row = y), NaN where not allowed.
struct ObservableMap {
  Eigen::MatrixXd mean, sd;
};
ObservableMap map_of(const campaign::Models& models, const MapGrid& grid,
                     const std::string& observable);

/// Which of several observables is largest in each cell: 0, 1, 2 ... (NaN where not allowed or
/// where one of them has no surrogate).
Eigen::MatrixXd class_map(const campaign::Models& models, const MapGrid& grid,
                          const std::vector<std::string>& observables);

/// How a campaign went, against results known.
struct Progression {
  std::vector<double> count;
  std::vector<double> beam_s;
  std::string best_of;       ///< the observable that is maximised, minimised or aimed at.
  std::vector<double> best;  ///< its best measured value; empty where there is no such observable.
  // By observable, relative to the standard deviation of all its values; NaN where not known yet.
  std::map<std::string, std::vector<double>> uncertainty;  ///< mean posterior sd over the space.
  /// Root mean square, over the last ten, of the difference between what was measured and what had
  /// been predicted there just before.
  std::map<std::string, std::vector<double>> error;
};
Progression progression(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter);

}  // namespace foray::app
