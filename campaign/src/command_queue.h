#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "foray/common/mutex.h"

namespace foray::campaign {

// What other threads ask of the campaign's thread, in the order of asking.
class CommandQueue {
 public:
  // Whether a wait for somebody else's answer is given up for it.
  enum class Haste { kNone, kUrgent };

  // Queues `action`; its value or exception arrives in the future once run_all() has run it.
  template <class T>
  std::future<T> post(std::function<T()> action, Haste haste = Haste::kNone) {
    auto task = std::make_shared<std::packaged_task<T()>>(std::move(action));
    std::future<T> future = task->get_future();
    bool run_here = false;
    {
      const Lock lock(mutex_);
      run_here = closed_;
      if (!run_here && haste == Haste::kUrgent) {
        ++urgent_;
        actions_.emplace_back([this, task] {
          (*task)();
          --urgent_;
        });
      } else if (!run_here) {
        actions_.emplace_back([task] { (*task)(); });
      }
    }
    changed_.notify_all();
    if (run_here) {
      (*task)();
    }
    return future;
  }

  // Whether something urgent waits, or is being run.
  [[nodiscard]] bool urgent() const { return urgent_ > 0; }

  // Runs what waits, in the calling thread.
  void run_all() {
    std::deque<std::function<void()>> actions;
    {
      const Lock lock(mutex_);
      actions.swap(actions_);
    }
    for (const auto& action : actions) {
      action();
    }
  }

  // Waits until something is queued, wake() is called, or the time has passed.
  void wait(std::chrono::milliseconds timeout) {
    Lock lock(mutex_);
    changed_.wait_for(lock.waitable(), timeout,
                      [this]() FORAY_REQUIRES(mutex_) { return woken_ || !actions_.empty(); });
    woken_ = false;
  }

  void wake() {
    {
      const Lock lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  // From here on actions run in the thread that posts them: they are to refuse.
  void close() {
    {
      const Lock lock(mutex_);
      closed_ = true;
    }
    run_all();
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> actions_ FORAY_GUARDED_BY(mutex_);
  bool woken_ FORAY_GUARDED_BY(mutex_) = false;
  bool closed_ FORAY_GUARDED_BY(mutex_) = false;
  std::atomic<int> urgent_{0};
};

}  // namespace foray::campaign
