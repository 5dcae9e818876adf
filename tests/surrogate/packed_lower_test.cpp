#include "packed_lower.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "gp_cases.h"

namespace foray::surrogate::detail::packed_lower_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd factor_of(Index n) {
  const testing::Data data = testing::smooth_data(2, n, 3);
  MatrixXd k = Kernel(KernelKind::kMatern52, 2)
                   .covariance(testing::some_hyperparameters(2).kernel, data.x, data.x);
  k.diagonal().array() += 1e-3;
  return k.llt().matrixL();
}

// Sizes on both sides of a tile's; columns on both sides of a group's and of several.
TEST(PackedLower, SquaredLengthsAreThoseOfSubstitution) {
  for (const Index n : {1, 7, 8, 9, 50, 203}) {
    const MatrixXd lower = factor_of(n);
    for (const Index m : {1, 24, 25, 96, 97, 200}) {
      MatrixXd columns(n, m);
      for (Index j = 0; j < m; ++j)
        columns.col(j) = VectorXd::LinSpaced(n, 0.1, 1).array().sin() +
                         static_cast<double>(j) * VectorXd::LinSpaced(n, 1, 2).array().cos();
      const VectorXd found = PackedLower(lower, 1).squared_lengths(columns);
      const VectorXd expected =
          lower.triangularView<Eigen::Lower>().solve(columns).colwise().squaredNorm().transpose();
      ASSERT_EQ(found.size(), m);
      // The condition of the factor, about 300 here, times the rounding of sums.
      EXPECT_TRUE(found.isApprox(expected, 1e-11)) << n << " " << m;
    }
  }
}

TEST(PackedLower, NeitherThreadsNorNeighboursChangeABit) {
  const MatrixXd lower = factor_of(203);
  const MatrixXd columns = factor_of(203).leftCols(150);
  const VectorXd all = PackedLower(lower, 1).squared_lengths(columns);
  EXPECT_EQ(PackedLower(lower, 3).squared_lengths(columns), all);
  for (const Index j : {0, 23, 24, 149})
    EXPECT_EQ(PackedLower(lower, 1).squared_lengths(columns.col(j))(0), all(j));
}

// What is above the diagonal, where a factorisation leaves anything, does not matter.
TEST(PackedLower, LooksAtTheLowerTriangleOnly) {
  const MatrixXd lower = factor_of(60);
  MatrixXd filled = lower;
  filled.triangularView<Eigen::StrictlyUpper>().setConstant(7);
  EXPECT_EQ(PackedLower(filled, 1).squared_lengths(lower),
            PackedLower(lower, 1).squared_lengths(lower));
}

}  // namespace
}  // namespace foray::surrogate::detail::packed_lower_test
