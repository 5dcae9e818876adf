#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "foray/campaign/instrument.h"

namespace foray::instruments {

// When the work on a request must be over.
using Deadline = std::chrono::steady_clock::time_point;

// Carries out requests one after another; used by one thread, may block for longer than it should.
class SlowWork {
 public:
  virtual ~SlowWork() = default;
  virtual campaign::MeasureResult measure(const campaign::MeasureRequest& request,
                                          Deadline deadline,
                                          const std::function<bool()>& cancelled) = 0;
  virtual void stop_motion() = 0;
};

// Runs work that may hang, on threads of its own, and keeps deadlines all the same: when a request
// is not answered in time, its result is kTimeout, the thread that hangs is left to itself, and
// another one goes on. What the first one still brings is delivered late. After `kMostHanging`
// hanging threads nothing more is tried until one of them comes back: requests then fail as
// kDisconnected at their deadline.
class DeadlineWorker {
 public:
  // `make_work` is called on each new thread.
  DeadlineWorker(std::function<std::unique_ptr<SlowWork>()> make_work,
                 std::chrono::duration<double> deadline);
  // Waits for threads that hang, 15 s at most (a hanging Tango call ends after 12).
  ~DeadlineWorker();
  DeadlineWorker(const DeadlineWorker&) = delete;
  DeadlineWorker& operator=(const DeadlineWorker&) = delete;
  DeadlineWorker(DeadlineWorker&&) = delete;
  DeadlineWorker& operator=(DeadlineWorker&&) = delete;

  void submit(const campaign::MeasureRequest& request);
  std::optional<campaign::MeasureResult> poll(std::chrono::milliseconds timeout);
  [[nodiscard]] bool waits_for(campaign::MeasurementId id) const;
  void abort();

  static constexpr int kMostHanging = 3;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace foray::instruments
