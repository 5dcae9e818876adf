#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "foray/campaign/instrument.h"
#include "foray/campaign/journal.h"
#include "foray/optimizer/remote.h"
#include "foray/scattering/scorer.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::campaign {

/// Port: time. Called by any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Seconds since 1970-01-01 UTC; for records.
  [[nodiscard]] virtual double now() const = 0;

  /// Seconds since some fixed moment, never going back; for deadlines and durations.
  [[nodiscard]] virtual double steady() const = 0;
};

/// The clocks of this machine.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] double now() const override;
  [[nodiscard]] double steady() const override;
};

/// Port: who wants to know what is written to the journal. Called by the campaign's thread right
/// after the entry is durable; must return quickly and not throw.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_entry(const JournalEntry& entry) = 0;
};

/// Port: where raw measurements and reduced curves are kept. Called by the campaign's thread.
class MeasurementStore {
 public:
  virtual ~MeasurementStore() = default;

  /// Saves durably before it returns; saving the same id again replaces what was saved.
  /// @throws std::runtime_error naming the file and why it could not be written;
  ///         std::invalid_argument for a measurement that no file can hold.
  virtual SavedFile save(MeasurementId id, const scattering::Measurement& measurement) = 0;

  /// Saves what was learned from a measurement (its reduced curve); the default keeps nothing.
  /// @throws std::runtime_error as save().
  virtual SavedFile save_score(MeasurementId id, const scattering::Score& score);

  /// Reads a measurement back, for one that was saved but not yet scored when a process ended.
  /// @throws std::runtime_error naming the file, what was expected and what was found.
  [[nodiscard]] virtual scattering::Measurement load(MeasurementId id, const SavedFile& file) = 0;
};

/// Port: who computes an acquisition function that is none of foray's. Called by the campaign's
/// thread, which waits.
class RemoteFunctions {
 public:
  virtual ~RemoteFunctions() = default;

  /// One number a point, in their order.
  /// @param given_up  asked now and then; true: something else comes first.
  /// @throws optimizer::FunctionFailed saying why there is no answer; optimizer::FunctionGivenUp.
  virtual Eigen::VectorXd evaluate(const optimizer::FunctionRequest& request,
                                   const std::function<bool()>& given_up) = 0;
};

/// The ports of a campaign; not owned, all must outlive it.
struct Ports {
  Instrument& instrument;
  const scattering::Scorer& scorer;
  Journal& journal;
  Clock& clock;
  EventSink& events;
  MeasurementStore& store;
  const surrogate::ModelFitter& fitter;
  RemoteFunctions* functions = nullptr;  ///< null: there are none.
};

}  // namespace foray::campaign
