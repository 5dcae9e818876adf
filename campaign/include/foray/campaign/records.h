#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/campaign/spec.h"
#include "foray/scattering/course.h"

namespace foray::campaign {

/// Where a raw measurement was saved, and the SHA-256 of the file in lowercase hexadecimal.
struct SavedFile {
  std::string path;  ///< relative to the run folder; "": nothing was saved.
  std::string sha256;
};

/// How a position came to be proposed.
enum class ProposalSource {
  kInitial,    ///< of the initial design.
  kOptimizer,  ///< chosen by the acquisition function.
  kOperator,   ///< queued by a person.
  kRetry,      ///< the position of a request that failed.
  kAsked,      ///< given out on request; whoever asked measures it and tells the result.
};

/// `campaign.created`: the first record of a journal.
struct CampaignCreated {
  CampaignSpec spec;
  std::string instrument;  ///< its description.
  std::string file;        ///< the campaign file, verbatim; "" where there was none.
  /// Files that scores depend on, with their SHA-256 in lowercase hexadecimal.
  std::map<std::string, std::string> inputs = {};
};

struct CampaignStarted {};  ///< `campaign.started`

/// `campaign.paused`
struct CampaignPaused {
  std::string reason;
};

struct CampaignResumed {};  ///< `campaign.resumed`: after a pause.

/// `campaign.reopened`: a new process took over from the journal.
struct CampaignReopened {
  std::string instrument;
  bool kept_its_place = false;  ///< as Instrument::kept_its_place says.
};

/// `campaign.stopped`: ended before its question was answered.
struct CampaignStopped {
  std::string reason;
};

/// `campaign.finished`: a budget is used up or a stop rule holds.
struct CampaignFinished {
  std::string reason;
};

/// `objective.set`
struct ObjectiveSet {
  optimizer::Objective objective;
  std::optional<optimizer::AcquisitionSpec> acquisition = {};  ///< nothing: as before.
};

/// `parameter.range_set`: proposals stay within it from now on.
struct RangeSet {
  std::string parameter;
  double lower = 0;
  double upper = 0;
};

/// `measurement.queued`: a person asks for a position.
struct PointQueued {
  std::int64_t queue_id = 0;  ///< 1, 2, 3 ...
  Eigen::VectorXd position;   ///< physical, one value a parameter.
};

/// A position that was chosen together with another.
struct Companion {
  Eigen::VectorXd position;  ///< physical, one value a parameter.
  // As of Proposed.
  std::string acquisition;
  double value = 0;
  std::optional<double> gain = {};
  double seconds = 0;
};

/// `proposal.made`
struct Proposed {
  MeasurementId id = 0;
  ProposalSource source = ProposalSource::kInitial;
  /// Initial and optimizer proposals count 0, 1, 2 ... each; for kOperator the queue_id; for kRetry
  /// the id that failed.
  std::int64_t index = 0;
  Eigen::VectorXd position;  ///< physical, one value a parameter.
  std::string acquisition;   ///< what chose it; "" where nothing was optimised.
  double value = 0;          ///< of the acquisition function.
  int evaluations = 0;       ///< of the acquisition function.
  bool cut = false;          ///< the decision budget ended the search.
  /// Expected gain on the scale that the surrogate learns; nothing where none was searched by.
  std::optional<double> gain = {};
  double seconds = 0;     ///< that it was expected to cost: motion, settling and exposure.
  double propose_ms = 0;  ///< rebuilding models and searching [ms].
  /// What was chosen together with it is proposed next, in this order, unless the question or the
  /// ranges change before.
  std::vector<Companion> companions = {};
};

/// `measure.requested`: written before the instrument is told.
struct MeasureRequested {
  MeasurementId id = 0;
  int attempt = 1;  ///< 2 and more after a restart.
  Eigen::VectorXd position;
  double exposure_s = 0;
};

/// `measure.done`: the raw measurement is saved.
struct MeasureDone {
  MeasurementId id = 0;
  Eigen::VectorXd read_back;  ///< physical, one value a parameter; replaces the requested position.
  double motion_s = 0;        ///< moving and settling [s].
  double exposure_s = 0;      ///< [s]
  SavedFile file;
  /// The measurement itself, for instruments that answer with values.
  std::optional<scattering::Values> values;
  double instrument_ms = 0;  ///< from request to result [ms].
  double save_ms = 0;        ///< [ms]
};

/// `measure.failed`: what went wrong; whatever was measured is kept, no number is taken from it.
struct MeasureFailed {
  MeasurementId id = 0;
  FaultKind fault = FaultKind::kNone;
  std::string message;
  Eigen::VectorXd read_back;  ///< empty: not reported.
  double motion_s = 0;        ///< [s]
  double exposure_s = 0;      ///< [s]
  SavedFile file;
  double instrument_ms = 0;  ///< [ms]
};

/// `measure.late`: a result of a request that had been given up.
struct LateResult {
  MeasureDone done;
  FaultKind fault = FaultKind::kNone;
  std::string message;
  bool used = false;  ///< false: a fault, or the same measurement was already on record.
};

/// `measure.scored`
struct Scored {
  MeasurementId id = 0;
  std::vector<scattering::Observable> observables;    ///< in the order of the spec.
  std::vector<scattering::ClassProbability> classes;  ///< empty when nothing was classified.
  std::string reduction;                              ///< which reduction ran.
  SavedFile curve;                                    ///< the reduced curve, where there is one.
  double score_ms = 0;                                ///< [ms]
  double journal_ms = 0;          ///< spent writing the journal since the last such record [ms].
  Eigen::VectorXd features = {};  ///< as Score has them; empty where the campaign watches none.
};

/// `measurement.told`: someone who measured by themselves.
struct Told {
  MeasurementId id = 0;  ///< of the proposal that it answers; else a new one.
  Eigen::VectorXd position;
  std::vector<scattering::Observable> observables;  ///< in the order of the spec.
  double cost_s = 0;                                ///< beam time [s].
};

/// Outcome of one training of one observable's surrogate.
struct TrainedModel {
  std::string observable;
  std::int64_t points = 0;          ///< data points that it was trained on.
  Eigen::VectorXd hyperparameters;  ///< as the ModelFitter packs them.
  int evaluations = 0;              ///< of the likelihood.
  bool cut = false;                 ///< the decision budget ended the training.
  /// Whether it came to its end; else the best found so far, never worse than those before, is
  /// used.
  bool converged = true;
};

/// `model.trained`: from here on the surrogates use these hyperparameters.
struct Trained {
  std::int64_t measurements = 0;  ///< with data, at that time.
  std::vector<TrainedModel> models;
  double train_ms = 0;  ///< [ms]
};

/// `measure.possible_duplicate`: after a restart the instrument could not tell whether a request
/// had been carried out; it was measured again.
struct PossibleDuplicate {
  MeasurementId id = 0;
  std::string message;
};

/// `campaign.reacted`: a react rule held.
struct Reacted {
  std::int64_t rule = 0;  ///< index in the spec.
  MeasurementId id = 0;   ///< the measurement that triggered it.
  std::string message;
  /// The range that it narrows its parameter to, where that depends on what was found.
  std::optional<Interval> range = {};
};

/// `transition.found`: along the axis that is watched something else begins. The last one says
/// where it is thought to be.
struct TransitionFound {
  MeasurementId id = 0;  ///< the measurement with which it was found there.
  Interval between;      ///< that holds it with a probability of 95 %, ends at measured places.
  /// The likeliest place: of a step the middle between two neighbours, of a bend the lower of them.
  double at = 0;
  MeasurementId below = 0, above = 0;  ///< these neighbours.
  scattering::CourseShape shape = scattering::CourseShape::kStep;
  std::string of;      ///< in what it shows most: an observable, or "frame" and a number.
  double size = 0;     ///< of the step, or of the change of slope a unit of the axis.
  double scatter = 0;  ///< standard deviation about the courses on both sides.
  double log10_p = 0;  ///< of the chance that no change looks like it, before how often was looked.
};

/// `transition.lost`: with another measurement nothing begins there any more.
struct TransitionLost {
  MeasurementId id = 0;  ///< that measurement.
};

/// `instrument.aborted`: motion and exposure were stopped on request.
struct Aborted {
  std::string reason;
  std::vector<MeasurementId> forgotten;  ///< requests in flight, now failed as aborted.
};

/// One record of a journal. The state of a campaign is a function of these in their order.
using Record = std::variant<CampaignCreated, CampaignStarted, CampaignPaused, CampaignResumed,
                            CampaignReopened, CampaignStopped, CampaignFinished, ObjectiveSet,
                            RangeSet, PointQueued, Proposed, MeasureRequested, MeasureDone,
                            MeasureFailed, LateResult, Scored, Told, Trained, PossibleDuplicate,
                            Reacted, Aborted, TransitionFound, TransitionLost>;

/// Name of a record's kind: "campaign.created", "measure.done" ...
[[nodiscard]] std::string kind_name(const Record& record);

/// What may occur once only in a journal ("measure.done:12"); "" where repetition is normal. A
/// journal refuses a second record with the same key.
[[nodiscard]] std::string idempotency_key(const Record& record);

/// Name of a fault, for people and files: "timeout", "beam_loss" ...
[[nodiscard]] std::string fault_name(FaultKind fault);

/// Name of a source, for people and files: "initial", "optimizer", "operator", "retry", "asked".
[[nodiscard]] std::string source_name(ProposalSource source);

}  // namespace foray::campaign
