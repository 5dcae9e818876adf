#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/journal.h"
#include "foray/campaign/records.h"
#include "foray/optimizer/search_space.h"

namespace foray::campaign {

/// Where a campaign stands.
enum class CampaignState {
  kCreated,
  kRunning,
  kPaused,
  kStopped,   ///< ended by a person; cannot be continued.
  kFinished,  ///< ended by its budget or a stop rule.
  kFailed,    ///< its journal cannot be written; can be resumed from it.
};

/// "created", "running", "paused", "stopped", "finished", "failed".
[[nodiscard]] std::string state_name(CampaignState state);

/// Where one measurement stands.
enum class MeasurementState {
  kProposed,   ///< chosen, not yet requested.
  kRequested,  ///< the instrument has been asked.
  kDone,       ///< measured and saved, not yet scored.
  kScored,     ///< its observables are known.
  kFailed,     ///< has no result; see fault.
};

/// Everything on record about one measurement.
struct MeasurementView {
  MeasurementId id = 0;
  MeasurementState state = MeasurementState::kProposed;
  ProposalSource source = ProposalSource::kInitial;
  std::int64_t index = 0;     ///< as in Proposed.
  Eigen::VectorXd requested;  ///< physical, one value a parameter.
  Eigen::VectorXd position;   ///< read-back; until then as requested.
  std::string acquisition;
  double acquisition_value = 0;
  bool search_cut = false;
  std::optional<double> gain;       ///< as in Proposed.
  double expected_seconds = 0;      ///< likewise.
  int attempts = 0;                 ///< requests made of the instrument.
  int retry_depth = 0;              ///< 0: first try; 1: its retry; ...
  bool late = false;                ///< its result came after it had been given up.
  bool possible_duplicate = false;  ///< it may have been measured twice.
  /// The program was started anew since the request before: where it moved from is not known.
  bool started_anew = false;
  FaultKind fault = FaultKind::kNone;
  std::string message;
  std::vector<scattering::Observable> observables;  ///< in the order of the spec.
  std::vector<scattering::ClassProbability> classes;
  Eigen::VectorXd features;  ///< as in Scored.
  std::string reduction;
  SavedFile file;                            ///< the raw measurement.
  SavedFile curve;                           ///< what was reduced from it.
  std::optional<scattering::Values> values;  ///< for instruments that answer with values.
  double requested_at_s = 0;                 ///< seconds since 1970-01-01 UTC; 0: not yet.
  double done_at_s = 0;                      ///< likewise.
  double motion_s = 0;
  double exposure_s = 0;
  // What foray itself took [ms].
  double propose_ms = 0, train_ms = 0, instrument_ms = 0, save_ms = 0, score_ms = 0, journal_ms = 0;
};

/// The data of one observable, in the order in which they became known.
struct ObservableData {
  surrogate::Observations points;  ///< n unit points; values in the surrogate's variable.
  std::vector<MeasurementId> ids;  ///< n.
};

/// One training of the surrogates.
struct TrainingView {
  Trained record;
  std::int64_t results = 0;                      ///< known at that time.
  std::vector<optimizer::Parameter> parameters;  ///< with their ranges at that time.
  int ranges_version = 0;                        ///< changes of ranges until then.
};

/// A campaign as its journal tells it: the fold of the entries, used alike by the running campaign,
/// by resuming and by reports.
class CampaignView {
 public:
  CampaignView() = default;

  /// @throws JournalError on entries that contradict each other, naming the sequence.
  explicit CampaignView(const std::vector<JournalEntry>& entries);

  /// Takes in the next entry.
  /// @throws JournalError on an entry that does not follow from those before, naming its sequence,
  ///         what was expected and what was found; the view is unchanged then.
  void apply(const JournalEntry& entry);

  // What defines the campaign now.
  [[nodiscard]] const CampaignSpec& spec() const { return spec_; }  ///< as created.
  [[nodiscard]] const std::string& file() const { return file_; }   ///< campaign file, verbatim.
  [[nodiscard]] const std::string& instrument() const { return instrument_; }
  /// Files that scores depend on, with their SHA-256.
  [[nodiscard]] const std::map<std::string, std::string>& inputs() const { return inputs_; }
  [[nodiscard]] const optimizer::Objective& objective() const { return objective_; }
  /// The acquisition function in force: of the spec, or set since.
  [[nodiscard]] const optimizer::AcquisitionSpec& acquisition() const { return acquisition_; }
  /// The parameters with their ranges as they are now.
  [[nodiscard]] const std::vector<optimizer::Parameter>& parameters() const { return parameters_; }
  /// Counts the changes of ranges so far.
  [[nodiscard]] int ranges_version() const { return ranges_version_; }

  // Where it stands.
  [[nodiscard]] CampaignState state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }  ///< of the last change.
  [[nodiscard]] std::int64_t sequence() const { return sequence_; }    ///< of the last entry.
  [[nodiscard]] double created_at_s() const { return created_at_s_; }
  [[nodiscard]] double last_entry_at_s() const { return last_entry_at_s_; }

  // What was measured, in the order of proposing.
  [[nodiscard]] const std::vector<MeasurementView>& measurements() const { return measurements_; }
  /// @throws std::invalid_argument when there is none of that id.
  [[nodiscard]] const MeasurementView& measurement(MeasurementId id) const;
  [[nodiscard]] bool has(MeasurementId id) const { return index_of_.count(id) > 0; }
  /// Ids of the measurements with a result, in the order in which their results became known.
  [[nodiscard]] const std::vector<MeasurementId>& scored() const { return scored_; }
  [[nodiscard]] std::vector<MeasurementId> in_state(MeasurementState state) const;

  // What is still to be done.
  [[nodiscard]] const std::deque<PointQueued>& queue() const { return queue_; }
  [[nodiscard]] const std::deque<MeasurementId>& retries() const { return retries_; }

  /// Chosen together with a proposal that was made, and not proposed yet.
  [[nodiscard]] const std::deque<Companion>& companions() const { return companions_; }

  // Counts.
  [[nodiscard]] std::int64_t initial_proposed() const { return initial_proposed_; }
  [[nodiscard]] std::int64_t optimizer_proposed() const { return optimizer_proposed_; }
  [[nodiscard]] std::int64_t asked_proposed() const { return asked_proposed_; }
  [[nodiscard]] std::int64_t queued() const { return queued_; }  ///< operators' points so far.
  [[nodiscard]] MeasurementId next_id() const { return next_id_; }
  [[nodiscard]] std::int64_t failures() const { return failures_; }
  [[nodiscard]] int consecutive_faults() const { return consecutive_faults_; }
  [[nodiscard]] double beam_s() const { return beam_s_; }  ///< motion, settling and exposure.
  [[nodiscard]] bool reacted(std::int64_t rule) const;
  [[nodiscard]] const std::vector<Reacted>& reactions() const { return reactions_; }

  /// The transition as it is known now, if there is one.
  [[nodiscard]] const std::optional<TransitionFound>& transition() const { return transition_; }
  /// Where it was thought to be, oldest first.
  [[nodiscard]] const std::vector<TransitionFound>& transitions() const { return transitions_; }

  /// Every training, oldest first; the last one is in force.
  [[nodiscard]] const std::vector<TrainingView>& trainings() const { return trainings_; }

  /// The training that was in force when `count` results were known; null before the first.
  [[nodiscard]] const TrainingView* training_at(std::int64_t count) const;

  /// Data of observable `k` of the spec from the first `count` results (negative: all), in the unit
  /// coordinates of `space`. Absent and failed observables, and values outside the transform's
  /// domain, leave no point.
  [[nodiscard]] ObservableData data(std::size_t k, const optimizer::SearchSpace& space,
                                    std::int64_t count = -1) const;

 private:
  void on(const CampaignCreated& record);
  void on(const CampaignStarted& record);
  void on(const CampaignPaused& record);
  void on(const CampaignResumed& record);
  void on(const CampaignReopened& record);
  void on(const CampaignStopped& record);
  void on(const CampaignFinished& record);
  void on(const ObjectiveSet& record);
  void on(const RangeSet& record);
  void on(const PointQueued& record);
  void on(const Proposed& record);
  void on(const MeasureRequested& record);
  void on(const MeasureDone& record);
  void on(const MeasureFailed& record);
  void on(const LateResult& record);
  void on(const Scored& record);
  void on(const Told& record);
  void on(const Trained& record);
  void on(const PossibleDuplicate& record);
  void on(const Reacted& record);
  void on(const Aborted& record);
  void on(const TransitionFound& record);
  void on(const TransitionLost& record);
  MeasurementView& find(MeasurementId id);
  void expect(bool condition, const std::string& expected, const std::string& found) const;
  void end(CampaignState state, const std::string& reason);
  void fail(MeasurementView& measurement, FaultKind fault, const std::string& message);
  void take_costs(MeasurementView& measurement, double motion_s, double exposure_s);
  void take_result(const MeasureDone& done, MeasurementView& measurement);
  void set_range(const std::string& parameter, double lower, double upper);

  CampaignSpec spec_;
  std::string file_;
  std::string instrument_;
  std::map<std::string, std::string> inputs_;
  optimizer::Objective objective_;
  optimizer::AcquisitionSpec acquisition_;
  std::vector<optimizer::Parameter> parameters_;
  int ranges_version_ = 0;
  CampaignState state_ = CampaignState::kCreated;
  std::string reason_;
  std::int64_t sequence_ = 0;
  const JournalEntry* entry_ = nullptr;  // that is being taken in
  double created_at_s_ = 0;
  double last_entry_at_s_ = 0;
  std::vector<MeasurementView> measurements_;
  std::map<MeasurementId, std::size_t> index_of_;
  std::vector<MeasurementId> scored_;
  std::deque<PointQueued> queue_;
  std::deque<MeasurementId> retries_;
  std::deque<Companion> companions_;
  std::int64_t initial_proposed_ = 0;
  std::int64_t optimizer_proposed_ = 0;
  std::int64_t asked_proposed_ = 0;
  std::int64_t queued_ = 0;
  MeasurementId next_id_ = 1;
  std::int64_t failures_ = 0;
  int consecutive_faults_ = 0;
  double beam_s_ = 0;
  bool astray_ = false;  // where the instrument is has not been known since a restart
  std::vector<Reacted> reactions_;
  std::optional<TransitionFound> transition_;
  std::vector<TransitionFound> transitions_;
  std::vector<TrainingView> trainings_;
};

}  // namespace foray::campaign
