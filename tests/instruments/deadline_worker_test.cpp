#include "deadline_worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "helpers.h"

namespace foray::instruments::deadline_worker_test {
namespace {

using campaign::FaultKind;
using std::chrono::milliseconds;

// Lets a test hold calls back, as a frozen device does.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

class GatedWork final : public SlowWork {
 public:
  GatedWork(Gate& gate, std::atomic<int>& stops, std::atomic<int>& cancellations)
      : gate_(gate), stops_(stops), cancellations_(cancellations) {}
  campaign::MeasureResult measure(const campaign::MeasureRequest& request, Deadline /*deadline*/,
                                  const std::function<bool()>& cancelled) override {
    gate_.pass();
    cancellations_ += cancelled() ? 1 : 0;
    if (request.id < 0) {
      throw std::runtime_error("broken");
    }
    campaign::MeasureResult result;
    result.measurement = scattering::Values{{"f", static_cast<double>(request.id), 0}};
    return result;
  }
  void stop_motion() override { ++stops_; }

 private:
  Gate& gate_;
  std::atomic<int>& stops_;
  std::atomic<int>& cancellations_;
};

struct Bench {
  Gate gate;
  std::atomic<int> stops = 0;
  std::atomic<int> cancellations = 0;
  DeadlineWorker worker;

  explicit Bench(double deadline_s)
      : worker([this] { return std::make_unique<GatedWork>(gate, stops, cancellations); },
               std::chrono::duration<double>(deadline_s)) {}
  ~Bench() { gate.open(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  Bench(Bench&&) = delete;
  Bench& operator=(Bench&&) = delete;
};

TEST(DeadlineWorker, CarriesOutRequestsInOrder) {
  Bench bench(60);
  for (int id = 1; id <= 3; ++id) {
    bench.worker.submit(request_at(id, 0, 0));
  }
  for (int id = 1; id <= 3; ++id) {
    const auto result = bench.worker.poll(milliseconds(60000));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->id, id);
    EXPECT_EQ(value_of(*result), id);
  }
}

TEST(DeadlineWorker, KeepsTheDeadlineOfACallThatHangsAndDeliversItsResultLate) {
  Bench bench(0.02);
  bench.gate.close();
  bench.worker.submit(request_at(1, 0, 0));
  const auto timeout = bench.worker.poll(milliseconds(60000));
  ASSERT_TRUE(timeout);
  EXPECT_EQ(timeout->id, 1);
  EXPECT_EQ(timeout->fault, FaultKind::kTimeout);
  bench.gate.open();
  const auto late = bench.worker.poll(milliseconds(60000));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->id, 1);
  EXPECT_EQ(late->fault, FaultKind::kNone);
  EXPECT_EQ(bench.cancellations, 1);  // the work could see that it was given up
}

TEST(DeadlineWorker, StopsTryingWhenTooManyCallsHangAndRecoversWhenTheyReturn) {
  Bench bench(0.01);
  bench.gate.close();
  std::vector<FaultKind> faults;
  for (int id = 1; id <= 6; ++id) {
    bench.worker.submit(request_at(id, 0, 0));
    const auto result = bench.worker.poll(milliseconds(60000));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->id, id);
    faults.push_back(result->fault);
  }
  EXPECT_EQ(faults.front(), FaultKind::kTimeout);
  EXPECT_EQ(faults.back(), FaultKind::kDisconnected);
  bench.gate.open();
  // The threads that hung bring their results, one each, and a new one goes on.
  std::vector<campaign::MeasurementId> late;
  bench.worker.submit(request_at(99, 0, 0));
  while (late.empty() || late.back() != 99) {
    const auto result = bench.worker.poll(milliseconds(60000));
    ASSERT_TRUE(result);
    late.push_back(result->id);
  }
  EXPECT_LE(late.size(), static_cast<std::size_t>(DeadlineWorker::kMostHanging) + 2);
}

TEST(DeadlineWorker, TurnsAnExceptionIntoADisconnection) {
  Bench bench(60);
  bench.worker.submit(request_at(-1, 0, 0));
  const auto result = bench.worker.poll(milliseconds(60000));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->id, -1);
  EXPECT_EQ(result->fault, FaultKind::kDisconnected);
  EXPECT_EQ(result->message, "broken");
}

TEST(DeadlineWorker, ForgetsWhatIsAbortedAndStopsTheMotionThoughACallHangs) {
  Bench bench(60);
  bench.gate.close();
  bench.worker.submit(request_at(1, 0, 0));
  bench.worker.submit(request_at(2, 0, 0));
  EXPECT_FALSE(bench.worker.poll(milliseconds(20)));
  bench.worker.abort();
  EXPECT_FALSE(bench.worker.waits_for(1));
  EXPECT_FALSE(bench.worker.waits_for(2));
  bench.gate.open();
  bench.worker.submit(request_at(3, 0, 0));
  const auto result = bench.worker.poll(milliseconds(60000));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->id, 3);
  EXPECT_EQ(bench.stops, 1);
}

}  // namespace
}  // namespace foray::instruments::deadline_worker_test
