#include "deadline_worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace foray::instruments {

using campaign::FaultKind;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using std::chrono::steady_clock;

struct DeadlineWorker::Shared {
  std::function<std::unique_ptr<SlowWork>()> make_work;
  std::chrono::steady_clock::duration patience{};

  mutable std::mutex mutex;
  std::condition_variable changed;
  // All below are guarded by mutex.
  bool stopping = false;
  int generation = 0;   // of the thread that takes requests; older ones hang or are ending
  bool active = false;  // whether there is one of this generation
  int aborts = 0;       // results of requests from before the last abort are dropped
  int threads = 0;      // alive, hanging ones included
  bool stop_asked = false;
  std::deque<MeasureRequest> queue;
  std::optional<MeasureRequest> current;  // being measured by the thread of this generation
  Deadline deadline;                      // of `current`
  std::deque<MeasureResult> results;

  void run(int mine);
  // Gives up the current request, whose deadline has passed, and the thread that works on it.
  void give_up();
};

void DeadlineWorker::Shared::run(int mine) {
  std::unique_ptr<SlowWork> work;
  std::unique_lock lock(mutex);
  while (!stopping && mine == generation) {
    changed.wait(lock, [&] {
      return stopping || mine != generation || stop_asked || (!queue.empty() && !current);
    });
    if (stopping || mine != generation) {
      break;
    }
    const bool stop = std::exchange(stop_asked, false);
    if (!stop) {
      current = std::move(queue.front());
      queue.pop_front();
      deadline = steady_clock::now() + patience;
    }
    const std::optional<MeasureRequest> request = current;
    const Deadline until = deadline;
    const int aborts_before = aborts;
    lock.unlock();
    changed.notify_all();  // poll() must know the new deadline
    MeasureResult result;
    try {
      if (!work) {
        work = make_work();
      }
      if (stop) {
        work->stop_motion();
      } else {
        result = work->measure(*request, until, [this, mine] {
          const std::lock_guard guard(mutex);
          return stopping || mine != generation;
        });
      }
    } catch (const std::exception& error) {
      result.fault = FaultKind::kDisconnected;
      result.message = error.what();
      work.reset();
    }
    lock.lock();
    if (!stop) {
      result.id = request->id;
      // One that was given up by its deadline comes late, if it brings anything; one that was
      // aborted is forgotten.
      const bool brings = mine == generation || result.fault == FaultKind::kNone;
      if (mine == generation) {
        current.reset();
      }
      if (aborts == aborts_before && brings) {
        results.push_back(std::move(result));
      }
      changed.notify_all();
    }
  }
  --threads;
  changed.notify_all();
}

void DeadlineWorker::Shared::give_up() {
  MeasureResult result;
  result.id = current->id;
  const bool hanging = threads > kMostHanging;
  result.fault = hanging ? FaultKind::kDisconnected : FaultKind::kTimeout;
  result.message =
      "expected an answer within " +
      std::to_string(std::chrono::duration<double>(patience).count()) + " s, got none" +
      (hanging ? "; " + std::to_string(threads) + " calls to the instrument hang" : "");
  results.push_back(std::move(result));
  current.reset();
  ++generation;
  active = false;
}

DeadlineWorker::DeadlineWorker(std::function<std::unique_ptr<SlowWork>()> make_work,
                               std::chrono::duration<double> deadline)
    : shared_(std::make_shared<Shared>()) {
  shared_->make_work = std::move(make_work);
  shared_->patience = std::chrono::duration_cast<steady_clock::duration>(deadline);
  const std::lock_guard lock(shared_->mutex);
  start_thread();
}

DeadlineWorker::~DeadlineWorker() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, std::chrono::seconds(15),
                            [this] { return shared_->threads == 0; });
}

// Called with the mutex held. Starts a thread when there is none that takes requests and not too
// many hang.
void DeadlineWorker::start_thread() {
  if (shared_->active || shared_->threads > kMostHanging) {
    return;
  }
  shared_->active = true;
  ++shared_->threads;
  const int mine = shared_->generation;
  std::thread([shared = shared_, mine] { shared->run(mine); }).detach();
}

void DeadlineWorker::submit(const MeasureRequest& request) {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back(request);
  shared_->changed.notify_all();
}

std::optional<MeasureResult> DeadlineWorker::poll(std::chrono::milliseconds timeout) {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  const auto give_up_waiting = steady_clock::now() + timeout;
  while (shared.results.empty()) {
    const auto now = steady_clock::now();
    if (shared.current && now >= shared.deadline) {
      shared.give_up();
      continue;
    }
    start_thread();
    // All threads hang: the next request gets its deadline, but nobody to carry it out.
    if (!shared.current && !shared.queue.empty() && !shared.active) {
      shared.current = std::move(shared.queue.front());
      shared.queue.pop_front();
      shared.deadline = now + shared.patience;
    }
    if (now >= give_up_waiting) {
      return std::nullopt;
    }
    const auto wake = shared.current ? std::min(give_up_waiting, shared.deadline) : give_up_waiting;
    shared.changed.wait_until(lock, wake);
  }
  MeasureResult result = std::move(shared.results.front());
  shared.results.pop_front();
  return result;
}

bool DeadlineWorker::waits_for(campaign::MeasurementId id) const {
  const std::lock_guard lock(shared_->mutex);
  const auto is = [id](const auto& item) { return item.id == id; };
  return (shared_->current && shared_->current->id == id) ||
         std::any_of(shared_->queue.begin(), shared_->queue.end(), is) ||
         std::any_of(shared_->results.begin(), shared_->results.end(), is);
}

void DeadlineWorker::abort() {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.clear();
  shared_->results.clear();
  if (shared_->current) {  // whatever works on it may hang: another thread stops the motion
    shared_->current.reset();
    ++shared_->generation;
    shared_->active = false;
  }
  ++shared_->aborts;
  shared_->stop_asked = true;
  start_thread();
  shared_->changed.notify_all();
}

}  // namespace foray::instruments
