#include "foray/common/parallel.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

namespace foray::parallel_test {
namespace {

TEST(ParallelFor, DoesEachItemOnceOnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 8}) {
    std::vector<int> done(1000, 0);
    parallel_for(1000, threads, [&](std::int64_t i) { done[static_cast<std::size_t>(i)] += 1; });
    EXPECT_EQ(std::accumulate(done.begin(), done.end(), 0), 1000) << threads;
    for (const int times : done) EXPECT_EQ(times, 1);
  }
}

TEST(ParallelFor, ThrowsWhatAnItemThrew) {
  const auto fail = [](std::int64_t i) {
    if (i == 7) throw std::runtime_error("seven");
  };
  EXPECT_THROW(parallel_for(20, 2, fail), std::runtime_error);
  EXPECT_THROW(parallel_for(20, 1, fail), std::runtime_error);
}

TEST(ParallelFor, RefusesNoThreads) {
  EXPECT_THROW(parallel_for(1, 0, [](std::int64_t) {}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::parallel_test
