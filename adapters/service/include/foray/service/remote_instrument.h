#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/common/mutex.h"

namespace foray::service {

/// How a remote instrument is waited for.
struct RemoteOptions {
  std::string name;  ///< the instrument's, as in the campaign file and in instrument.register.
  /// How long requests wait for a client that is not there before they fault with kDisconnected;
  /// 0: at once.
  std::chrono::milliseconds reconnect{30000};
  /// How long Instrument::outcome() waits for the client (to register and) to answer.
  std::chrono::milliseconds outcome_wait{10000};
};

/// How requests reach the client that is attached; called without the link's lock, on the thread
/// that caused it; must not block.
struct RemoteClient {
  std::function<void(const campaign::MeasureRequest&)> measure;
  std::function<void(campaign::MeasurementId)> ask_outcome;  ///< answered by tell_outcome().
  std::function<void()> abort;
};

/// What a client answered.
struct RemoteAnswer {
  campaign::MeasureResult result;           ///< without its read-back.
  std::map<std::string, double> read_back;  ///< by parameter; empty: not reported.
  std::string file;  ///< a file that holds the measurement instead; read by the campaign's thread.
};

/// Reads a measurement from a file that the client named.
using MeasurementReader = std::function<scattering::Measurement(const std::string& path)>;

/// The mailbox between a campaign's thread and the service: requests one way, answers the other.
/// Shared (by shared_ptr) by the campaign's RemoteInstrument and the service, whichever lives
/// longer. All methods may be called concurrently.
///
/// A request that was with a client when that went away is in doubt: when a client registers again
/// it is asked for the outcome, and the request is delivered, sent again or faulted accordingly.
class RemoteLink {
 public:
  explicit RemoteLink(RemoteOptions options) : options_(std::move(options)) {}

  [[nodiscard]] const RemoteOptions& options() const { return options_; }

  // The service's side.

  /// Makes `client` the one that measures. Requests that wait are sent to it, those in doubt are
  /// asked about.
  /// @returns a number for detach(); nothing when another client is attached and not `take_over`.
  std::optional<std::int64_t> attach(RemoteClient client, bool take_over);

  /// The client of that number is gone; without effect when another took over.
  void detach(std::int64_t attachment);

  [[nodiscard]] bool attached() const;

  /// Hands over an answer.
  /// @returns false when no such measurement is waited for; nothing is delivered then.
  bool deliver(RemoteAnswer answer);

  /// The client's answer to ask_outcome(); a result comes by deliver() before it.
  void tell_outcome(campaign::MeasurementId id, campaign::RequestState state);

  /// Requests that are not answered yet, oldest first.
  [[nodiscard]] std::vector<campaign::MeasureRequest> open() const;

  // The campaign's side; see campaign::Instrument.

  void submit(const campaign::MeasureRequest& request);
  std::optional<RemoteAnswer> poll(std::chrono::milliseconds timeout);
  campaign::RequestState outcome(campaign::MeasurementId id);
  void abort();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Where { kHere, kWithClient, kInDoubt };
  struct Pending {
    campaign::MeasureRequest request;
    Where where = Where::kHere;
  };

  void fault_orphans() FORAY_REQUIRES(mutex_);
  void finish(campaign::MeasurementId id, RemoteAnswer answer) FORAY_REQUIRES(mutex_);

  const RemoteOptions options_;
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::map<campaign::MeasurementId, Pending> pending_ FORAY_GUARDED_BY(mutex_);
  std::map<campaign::MeasurementId, campaign::RequestState> outcomes_ FORAY_GUARDED_BY(mutex_);
  std::set<campaign::MeasurementId> outcomes_asked_ FORAY_GUARDED_BY(mutex_);
  std::deque<RemoteAnswer> answers_ FORAY_GUARDED_BY(mutex_);
  std::optional<RemoteClient> client_ FORAY_GUARDED_BY(mutex_);
  std::int64_t attachment_ FORAY_GUARDED_BY(mutex_) = 0;
  Clock::time_point alone_since_ FORAY_GUARDED_BY(mutex_) = Clock::now();
};

/// A client of the service as a campaign's instrument.
class RemoteInstrument final : public campaign::Instrument {
 public:
  /// @param description  for records: "registered client furnace".
  /// @param reader  reads files that the client names; may be empty: such answers are malformed.
  /// @param names  the parameters in the campaign's order.
  RemoteInstrument(std::shared_ptr<RemoteLink> link, std::string description,
                   std::vector<std::string> names, MeasurementReader reader);

  [[nodiscard]] std::string description() const override { return description_; }
  void submit(const campaign::MeasureRequest& request) override;
  std::optional<campaign::MeasureResult> poll(std::chrono::milliseconds timeout) override;
  campaign::RequestState outcome(campaign::MeasurementId id) override;
  void abort() override;

 private:
  [[nodiscard]] campaign::MeasureResult finished(RemoteAnswer answer) const;

  std::shared_ptr<RemoteLink> link_;
  std::string description_;
  std::vector<std::string> names_;
  MeasurementReader reader_;
};

}  // namespace foray::service
