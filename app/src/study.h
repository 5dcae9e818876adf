#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/campaign/spec.h"
#include "foray/scattering/scorer.h"
#include "foray/simulator/sample_library.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::app {

/// What a study compares on one hidden sample.
struct StudySample {
  std::unique_ptr<campaign::Instrument> instrument;  ///< measures the sample.
  std::unique_ptr<simulator::SampleLibrary> truth;   ///< knows it.
  campaign::CampaignSpec campaign;                   ///< the autonomous strategy.
};

/// How far a map drawn from some measurements is from the truth.
struct MapError {
  double wrong_class_share = 0;  ///< share of the area given the wrong class, in [0, 1].
  double value_rms = 0;          ///< RMS error of the value where the sample is ordered [its unit].
};

/// One map: how many measurements it was drawn from, what they cost, how wrong it is.
struct StudyPoint {
  std::int64_t measurements = 0;
  double beam_s = 0;  ///< motion, settling and exposure [s].
  MapError error;
};

/// One strategy on one sample.
struct StudyRun {
  std::string strategy;  ///< "foray", "grid", "random".
  std::vector<StudyPoint> points;
  double overhead_ms_median = 0;  ///< foray's own time a measurement; of "foray" only.
};

/// A map kept to be looked at.
struct StudyMap {
  std::string title;
  Eigen::MatrixXd classes;    ///< index of the class, row = y.
  Eigen::MatrixXd values;     ///< NaN where not ordered.
  Eigen::MatrixXd positions;  ///< 2 x n physical.
};

/// All strategies on one sample.
struct StudyResult {
  std::uint64_t sample = 0;
  std::vector<StudyRun> runs;
  std::vector<StudyMap> maps;  ///< the truth first.
};

/// What a study does.
struct StudyOptions {
  std::vector<int> grid_sides = {5, 8, 12, 20};
  std::vector<std::int64_t> random_counts = {20, 60, 150};
  std::vector<std::int64_t> campaign_counts = {15, 20, 30, 40, 50, 60};
  int map_side = 100;      ///< the truth is compared on this many cells a side.
  bool keep_maps = false;  ///< of each strategy's last map.
};

/// Which observables of a campaign are the class probabilities ("p_NAME" for the phase NAME) and
/// which is the value (of the first peak's domain size).
struct StudyTargets {
  std::vector<std::string> class_observables;
  std::vector<std::string> phases;  ///< of the ground truth, in the order of class_observables.
  std::string value_observable;     ///< "" where there is none.
};

/// @throws std::invalid_argument when the campaign has no boundary term, two axes and such names.
StudyTargets study_targets(const campaign::CampaignSpec& spec);

/// Lets foray, grids and random sampling measure the same hidden sample, and has the same surrogate
/// draw the map from each one's measurements.
StudyResult study_sample(StudySample sample, const scattering::Scorer& scorer,
                         const surrogate::ModelFitter& fitter, const StudyOptions& options,
                         std::uint64_t seed);

/// The table of medians over samples, as plain text.
std::string study_table(const std::vector<StudyResult>& results);

/// The same with curves and maps, as a page.
std::string study_html(const std::vector<StudyResult>& results, const StudyTargets& targets,
                       const campaign::CampaignSpec& spec);

/// Medians over samples of one strategy at each of its sizes.
struct StudyMedian {
  std::string strategy;
  std::int64_t measurements = 0;
  double beam_s = 0, wrong_class_share = 0, value_rms = 0;
};
std::vector<StudyMedian> study_medians(const std::vector<StudyResult>& results);

}  // namespace foray::app
