#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <thread>

#include "foray/common/mutex.h"

namespace foray::service {

// A thread that does what is posted to it, in order, and what is scheduled, when it is due.
//
// Everything that the service knows is owned by one worker, so that none of it needs a lock.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  Worker();
  ~Worker();  // as stop()
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;

  // From any thread; ignored after stop(). A task that throws is a mistake of ours: it is dropped.
  void post(Task task);
  void after(std::chrono::milliseconds delay, Task task);

  // Finishes the running task, drops the others and ends the thread. Not from the worker itself.
  void stop();

 private:
  void run();

  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_ FORAY_GUARDED_BY(mutex_);
  std::multimap<Clock::time_point, Task> timers_ FORAY_GUARDED_BY(mutex_);
  bool stopping_ FORAY_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: runs on the members above
};

}  // namespace foray::service
