#include "foray/common/median.h"

#include <gtest/gtest.h>

#include <vector>

namespace foray::median_test {
namespace {

TEST(UpperMedian, IsTheValueInTheMiddle) {
  std::vector<double> values{5, -1, 3};
  EXPECT_EQ(upper_median(values), 3);
}

TEST(UpperMedian, IsTheLargerOfTwoInTheMiddle) {
  EXPECT_EQ(upper_median(std::vector<float>{4, 1, 3, 2}), 3);
  EXPECT_EQ(upper_median(std::vector<double>{7}), 7);
}

}  // namespace
}  // namespace foray::median_test
