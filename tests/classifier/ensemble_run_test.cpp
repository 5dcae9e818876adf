#include "ensemble_run.h"

#include <gtest/gtest.h>

namespace foray::classifier::ensemble_run_test {
namespace {

TEST(SampleVariances, AreAboutTheMeanOfEachColumn) {
  const auto variances = sample_variances({{1, 5, 1e6}, {2, 5, 1e6 + 1}, {6, 5, 1e6 + 5}});
  ASSERT_EQ(variances.size(), 3U);
  EXPECT_DOUBLE_EQ(variances[0], (4 + 1 + 9) / 2.0);
  EXPECT_DOUBLE_EQ(variances[1], 0);
  EXPECT_NEAR(variances[2], variances[0], 1e-6);  // what moves all alike is no variance
  EXPECT_DOUBLE_EQ(sample_variances({{3}})[0], 0);
}

}  // namespace
}  // namespace foray::classifier::ensemble_run_test
