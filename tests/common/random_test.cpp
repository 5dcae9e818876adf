#include "foray/common/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::random_test {
namespace {

TEST(DeriveSeed, GivesDifferentStreamsForDifferentUses) {
  EXPECT_NE(derive_seed(1, 0), derive_seed(1, 1));
  EXPECT_NE(derive_seed(1, 0), derive_seed(2, 0));
  EXPECT_NE(derive_seed(7, "frames"), derive_seed(7, "proposals"));
  EXPECT_EQ(derive_seed(7, "frames"), derive_seed(7, "frames"));
}

TEST(CounterStream, IsAPureFunctionOfSeedAndIndex) {
  CounterStream a(3, 5);
  CounterStream b(3, 5);
  CounterStream other(3, 6);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a();
    EXPECT_EQ(value, b());
    differs = differs || value != other();
  }
  EXPECT_TRUE(differs);
}

// Five standard errors: a false alarm in fewer than one run in a million, and the seed is fixed.
TEST(CounterStream, NormalHasMeanZeroAndVarianceOne) {
  CounterStream stream(11, 0);
  const int n = 200000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1.0, 5.0 * std::sqrt(2.0 / n));
}

class PoissonMoments : public testing::TestWithParam<double> {};

TEST_P(PoissonMoments, MeanAndVarianceEqualTheParameter) {
  const double mean = GetParam();
  CounterStream stream(12, 1);
  const int n = 100000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double k = stream.poisson(mean);
    sum += k - mean;
    squares += (k - mean) * (k - mean);
  }
  EXPECT_NEAR(sum / n, 0.0, 5.0 * std::sqrt(mean / n));
  // Var of the squared deviation of a Poisson variable is mean + 2 mean^2.
  EXPECT_NEAR(squares / n, mean, 5.0 * std::sqrt((mean + 2 * mean * mean) / n));
}

// Both sides of the switch at 10, and the range that detector pixels have.
INSTANTIATE_TEST_SUITE_P(Means, PoissonMoments,
                         testing::Values(0.01, 0.5, 3.0, 9.99, 10.01, 30.0, 1e3, 1e6));

TEST(CounterStream, PoissonOfZeroIsZero) {
  CounterStream stream(1, 1);
  EXPECT_EQ(stream.poisson(0), 0);
}

}  // namespace
}  // namespace foray::random_test
