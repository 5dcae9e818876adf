#include "worker.h"

#include <exception>
#include <utility>

namespace foray::service {

Worker::Worker() : thread_([this] { run(); }) {}

Worker::~Worker() { stop(); }

void Worker::post(Task task) {
  const Lock lock(mutex_);
  if (stopping_) return;
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

void Worker::after(std::chrono::milliseconds delay, Task task) {
  const Lock lock(mutex_);
  if (stopping_) return;
  timers_.emplace(Clock::now() + delay, std::move(task));
  changed_.notify_one();
}

void Worker::stop() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  const Lock lock(mutex_);
  tasks_.clear();
  timers_.clear();
}

void Worker::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    Task task;
    if (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
      task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    } else if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    } else if (timers_.empty()) {
      changed_.wait(lock.waitable());
      continue;
    } else {
      changed_.wait_until(lock.waitable(), timers_.begin()->first);
      continue;
    }
    lock.unlock();
    try {
      task();
    } catch (const std::exception&) {
      // Requests answer their own errors; nothing is left to tell here.
    }
    task = nullptr;  // what it holds may post again
    lock.lock();
  }
}

}  // namespace foray::service
