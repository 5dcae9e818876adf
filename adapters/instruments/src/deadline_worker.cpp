#include "deadline_worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

#include "foray/common/mutex.h"

namespace foray::instruments {

using campaign::FaultKind;
using campaign::MeasureRequest;
using campaign::MeasureResult;
using std::chrono::steady_clock;

// Shared by the worker and its threads, which outlive it when they hang.
struct DeadlineWorker::Shared : std::enable_shared_from_this<Shared> {
  std::function<std::unique_ptr<SlowWork>()> make_work;
  std::chrono::steady_clock::duration patience{};

  Mutex mutex;
  std::condition_variable changed;
  bool stopping FORAY_GUARDED_BY(mutex) = false;
  // Of the thread that takes requests; older ones hang or are ending.
  int generation FORAY_GUARDED_BY(mutex) = 0;
  bool active FORAY_GUARDED_BY(mutex) = false;  // whether there is one of this generation
  // Results of requests from before the last abort are dropped.
  int aborts FORAY_GUARDED_BY(mutex) = 0;
  int threads FORAY_GUARDED_BY(mutex) = 0;  // alive, hanging ones included
  bool stop_asked FORAY_GUARDED_BY(mutex) = false;
  std::deque<MeasureRequest> queue FORAY_GUARDED_BY(mutex);
  // Being measured by the thread of this generation.
  std::optional<MeasureRequest> current FORAY_GUARDED_BY(mutex);
  Deadline deadline FORAY_GUARDED_BY(mutex);  // of `current`
  std::deque<MeasureResult> results FORAY_GUARDED_BY(mutex);

  void run(int mine);
  // Gives up the current request, whose deadline has passed, and the thread that works on it.
  void give_up() FORAY_REQUIRES(mutex);
  // Starts a thread when there is none that takes requests and not too many hang.
  void start_thread() FORAY_REQUIRES(mutex);
};

void DeadlineWorker::Shared::run(int mine) {
  std::unique_ptr<SlowWork> work;
  Lock lock(mutex);
  while (!stopping && mine == generation) {
    changed.wait(lock.waitable(), [&]() FORAY_REQUIRES(mutex) {
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
          const Lock guard(mutex);
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
  // Ends the connection before this thread counts as ended: then main() may be left.
  lock.unlock();
  work.reset();
  lock.lock();
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

void DeadlineWorker::Shared::start_thread() {
  if (active || threads > kMostHanging) {
    return;
  }
  active = true;
  ++threads;
  std::thread([shared = shared_from_this(), mine = generation] { shared->run(mine); }).detach();
}

DeadlineWorker::DeadlineWorker(std::function<std::unique_ptr<SlowWork>()> make_work,
                               std::chrono::duration<double> deadline)
    : shared_(std::make_shared<Shared>()) {
  shared_->make_work = std::move(make_work);
  shared_->patience = std::chrono::duration_cast<steady_clock::duration>(deadline);
  const Lock lock(shared_->mutex);
  shared_->start_thread();
}

DeadlineWorker::~DeadlineWorker() {
  Lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock.waitable(), std::chrono::seconds(15),
                            [this]()
                                FORAY_REQUIRES(shared_->mutex) { return shared_->threads == 0; });
}

void DeadlineWorker::submit(const MeasureRequest& request) {
  const Lock lock(shared_->mutex);
  shared_->queue.push_back(request);
  shared_->changed.notify_all();
}

std::optional<MeasureResult> DeadlineWorker::poll(std::chrono::milliseconds timeout) {
  Shared& shared = *shared_;
  Lock lock(shared.mutex);
  const auto give_up_waiting = steady_clock::now() + timeout;
  while (shared.results.empty()) {
    const auto now = steady_clock::now();
    if (shared.current && now >= shared.deadline) {
      shared.give_up();
      continue;
    }
    shared.start_thread();
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
    shared.changed.wait_until(lock.waitable(), wake);
  }
  MeasureResult result = std::move(shared.results.front());
  shared.results.pop_front();
  return result;
}

bool DeadlineWorker::waits_for(campaign::MeasurementId id) const {
  const Lock lock(shared_->mutex);
  const auto is = [id](const auto& item) { return item.id == id; };
  return (shared_->current && shared_->current->id == id) ||
         std::any_of(shared_->queue.begin(), shared_->queue.end(), is) ||
         std::any_of(shared_->results.begin(), shared_->results.end(), is);
}

void DeadlineWorker::abort() {
  const Lock lock(shared_->mutex);
  shared_->queue.clear();
  shared_->results.clear();
  if (shared_->current) {  // whatever works on it may hang: another thread stops the motion
    shared_->current.reset();
    ++shared_->generation;
    shared_->active = false;
  }
  ++shared_->aborts;
  shared_->stop_asked = true;
  shared_->start_thread();
  shared_->changed.notify_all();
}

}  // namespace foray::instruments
