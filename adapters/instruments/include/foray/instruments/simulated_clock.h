#pragma once

#include "foray/campaign/ports.h"
#include "foray/common/mutex.h"

namespace foray::instruments {

/// Time that passes only when it is told to: a study of hours takes seconds. Given to a simulated
/// instrument, which moves it on, and to the campaign, which reads it. Safe for concurrent use.
class SimulatedClock final : public campaign::Clock {
 public:
  /// @param start_s  seconds since 1970-01-01 UTC at which it starts.
  explicit SimulatedClock(double start_s = 0) : now_(start_s) {}

  [[nodiscard]] double now() const override {
    const Lock lock(mutex_);
    return now_;
  }
  [[nodiscard]] double steady() const override { return now(); }

  /// Moves time on, >= 0 [s].
  void advance(double seconds) {
    const Lock lock(mutex_);
    now_ += seconds > 0 ? seconds : 0;
  }

 private:
  mutable Mutex mutex_;
  double now_ FORAY_GUARDED_BY(mutex_);
};

}  // namespace foray::instruments
