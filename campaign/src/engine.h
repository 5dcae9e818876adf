#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "command_queue.h"
#include "foray/campaign/campaign.h"
#include "measurement_check.h"
#include "planner.h"

namespace foray::campaign {

// Who asked for what the engine does by itself.
inline constexpr const char* kSelf = "foray";

// The campaign's state machine. `view_` is the fold of the journal: every step first appends to the
// journal, then folds the entry in; what comes next is decided from the view alone.
class Campaign::Impl {
 public:
  Impl(CampaignSpec spec, std::string file, Ports ports, const std::string& who);
  Impl(Ports ports, const std::string& who);  // from the journal

  CampaignState run();
  void leave();
  void heartbeat();
  CampaignStatus status() const;
  CampaignView view() const;
  Models models() const;

  CommandQueue& commands() { return commands_; }

  // Commands, run in the campaign's thread.
  std::int64_t do_start(const std::string& who);
  std::int64_t do_pause(const std::string& reason, const std::string& who);
  std::int64_t do_unpause(const std::string& who);
  std::int64_t do_stop(const std::string& reason, const std::string& who);
  std::int64_t do_abort(const std::string& reason, const std::string& who);
  std::int64_t do_set_objective(const optimizer::Objective& objective,
                                const std::optional<optimizer::AcquisitionSpec>& acquisition,
                                const std::string& who);
  std::int64_t do_set_range(const std::string& parameter, double lower, double upper,
                            const std::string& who);
  std::int64_t do_queue_point(const Eigen::VectorXd& position, const std::string& who);
  AskedPoint do_ask(const std::string& who);
  std::int64_t do_tell(MeasurementId id, const Eigen::VectorXd& position,
                       const std::vector<scattering::Observable>& observables, double cost_s,
                       const std::string& who);

 private:
  // engine.cpp: the loop.
  void step();
  bool request_proposed();
  bool refill();
  void propose(bool asked, const std::string& who);
  bool settle_scores();
  bool look_for_transition();
  bool react();
  std::optional<Reacted> reaction(std::size_t rule) const;
  bool enough_faults();
  bool silent_client();
  void train_if_due();
  void refresh_models();
  void wait_for_instrument();
  void pause_itself(const std::string& reason);
  void pause_after(const std::exception& error);
  std::int64_t record(const Record& record, const std::string& who);
  std::function<bool()> deadline() const;
  [[nodiscard]] optimizer::ProposeOptions search_limits() const;
  [[nodiscard]] std::int64_t outstanding() const;
  const std::optional<std::string>& reason_to_end();

  // engine_measure.cpp: one measurement.
  bool resolve_doubts();
  void request(MeasurementId id);
  void take_results(std::chrono::milliseconds patience);
  void take(MeasureResult result);
  void take_done(const MeasureResult& result);
  void take_fault(const MeasureResult& result, FaultKind fault, const std::string& message);
  void take_late(const MeasureResult& result, const std::optional<Trouble>& wrong);
  void record_failure(const MeasureResult& result, FaultKind fault, const std::string& message,
                      const MeasureDone& done);
  std::optional<MeasureDone> save(const MeasureResult& result, std::string& malformed);
  void save_held();
  void score(MeasurementId id, const scattering::Measurement& measurement);
  std::vector<MeasurementId> overdue();
  void check_deadlines();
  double elapsed_ms(MeasurementId id) const;

  // engine_commands.cpp
  void require_open(const std::string& command) const;

  Ports ports_;
  CommandQueue commands_;
  // Of view_, models_, note_, uncertainty_ and held_, which one thread changes.
  mutable std::mutex mutex_;
  CampaignView view_;
  Models models_;
  std::string note_;  // what is wrong and not in the journal
  std::map<std::string, double> uncertainty_;
  std::unique_ptr<Planner> planner_;
  std::int64_t models_results_ = -1;  // what models_ was rebuilt from
  std::size_t models_trainings_ = 0;
  std::size_t looked_ = 0;  // results among which a transition was looked for
  std::optional<std::string> reason_to_end_;
  std::int64_t reason_sequence_ = -1;            // of the entry after which it was found
  std::deque<MeasureResult> held_;               // could not be saved yet
  std::map<MeasurementId, double> submitted_s_;  // on the steady clock
  bool in_doubt_ = false;
  double journal_ms_ = 0;  // since the last score
  std::atomic<bool> leaving_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> closed_{false};
  std::atomic<double> heard_s_{0};
};

}  // namespace foray::campaign
