#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"
#include "foray/campaign/ports.h"
#include "foray/campaign/progress.h"
#include "foray/campaign/spec.h"

namespace foray::campaign {

/// What people and programs see of a campaign between two of its steps.
struct CampaignStatus {
  std::string name;
  CampaignState state = CampaignState::kCreated;
  std::string reason;         ///< of the last change of state, and what is wrong if anything is.
  std::int64_t sequence = 0;  ///< of the last journal entry.
  std::int64_t measured = 0;  ///< results known.
  std::int64_t failed = 0;
  std::int64_t in_flight = 0;
  std::int64_t queued = 0;   ///< operators' points that wait.
  std::int64_t unsaved = 0;  ///< results that could not be saved and are kept in memory.
  Budget budget;
  double beam_hours = 0;  ///< [h]
  optimizer::Objective objective;
  std::optional<BestValue> best;  ///< for maximise, minimise and target.
  /// Mean posterior standard deviation over the space of each observable with a surrogate, in the
  /// observable's unit.
  std::map<std::string, double> uncertainty;
  double overhead_ms_median = 0;  ///< foray's own time for one measurement [ms].
};

/// A point to measure, given out on request.
struct AskedPoint {
  MeasurementId id = 0;
  Eigen::VectorXd position;  ///< physical, one value a parameter.
  std::string acquisition;
};

/// A command was not possible in the state that the campaign is in, or not allowed by its limits;
/// nothing was changed. The message says what was asked, what is allowed and what came.
class CommandRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One autonomous run: proposes, has measured, learns, until its question is answered.
///
/// One thread calls run() and owns everything; all other methods may be called by any thread at any
/// time. Commands wait in a queue and are taken between two steps; each is journaled with who asked
/// for it. Their futures hold the sequence of that entry, or CommandRefused, or, where the journal
/// cannot be written, JournalError. Commands given before run() wait for it; after it has returned
/// they are refused.
class Campaign {
 public:
  /// Starts a new journal.
  ///
  /// @param file  the campaign file, verbatim, for the record; "" where there is none.
  /// @throws std::invalid_argument on an invalid spec; JournalError when the journal is not empty
  ///         or cannot be written.
  Campaign(CampaignSpec spec, std::string file, Ports ports, const std::string& who);

  /// Takes a campaign up from its journal: what is recorded is not measured again, what is in doubt
  /// is asked of the instrument, and the next proposals are those of the undisturbed run.
  ///
  /// @throws JournalError when the journal is empty, contradicts itself or cannot be read.
  static std::unique_ptr<Campaign> resume(Ports ports, const std::string& who);

  ~Campaign();
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;
  Campaign(Campaign&&) = delete;
  Campaign& operator=(Campaign&&) = delete;

  /// Runs until the campaign is stopped, finished or failed, or leave() is called; waits for
  /// commands while it is created or paused. To be called once.
  CampaignState run();

  /// Makes run() return at the next step boundary without ending the campaign: it can be taken up
  /// from its journal later. Requests in flight stay with the instrument.
  void leave();

  std::future<std::int64_t> start(const std::string& who);
  std::future<std::int64_t> pause(const std::string& reason, const std::string& who);
  std::future<std::int64_t> unpause(const std::string& who);  ///< journaled as campaign.resumed.
  /// Ends the campaign; results in flight are given up, the instrument is told to abort.
  std::future<std::int64_t> stop(const std::string& reason, const std::string& who);
  /// Stops motion and exposure at once, gives up what is in flight and pauses.
  std::future<std::int64_t> abort(const std::string& reason, const std::string& who);
  /// @param acquisition  nothing: that in force stays.
  std::future<std::int64_t> set_objective(
      optimizer::Objective objective, const std::string& who,
      std::optional<optimizer::AcquisitionSpec> acquisition = std::nullopt);
  /// Narrows or widens a parameter's range, within the safety limits.
  std::future<std::int64_t> set_range(const std::string& parameter, double lower, double upper,
                                      const std::string& who);
  /// Queues a position (physical, one value a parameter) to be measured before the next proposal.
  std::future<std::int64_t> queue_point(const Eigen::Ref<const Eigen::VectorXd>& position,
                                        const std::string& who);
  /// Asks for a point to measure by oneself; it counts as in flight until it is told.
  std::future<AskedPoint> ask(const std::string& who);
  /// Tells a measurement: the answer to an asked point (id > 0) or one of one's own (id 0).
  /// An empty position stands for the one that was asked for.
  /// Observables are matched by name; those not mentioned count as absent.
  std::future<std::int64_t> tell(MeasurementId id,
                                 const Eigen::Ref<const Eigen::VectorXd>& position,
                                 std::vector<scattering::Observable> observables, double cost_s,
                                 const std::string& who);

  /// Says that the controlling client is alive (see Patience::dead_man_s).
  void heartbeat();

  /// Where the campaign stood after its last step.
  [[nodiscard]] CampaignStatus status() const;

  /// A copy of all that is on record.
  [[nodiscard]] CampaignView view() const;

  /// The surrogates after the last step.
  [[nodiscard]] Models models() const;

  /// Predicts an observable at physical points (one value a parameter, one point a column).
  /// @throws std::invalid_argument when the observable has no surrogate yet.
  [[nodiscard]] Prediction predict(const std::string& observable,
                                   const Eigen::Ref<const Eigen::MatrixXd>& physical) const;

 private:
  class Impl;
  explicit Campaign(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::campaign
