#include "factor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "foray/surrogate/kernel.h"
#include "gp_cases.h"

namespace foray::surrogate::detail::factor_test {
namespace {

// 7 ends at once, 48 and 49 lie on both sides of where the recursion ends, 200 recurses twice; from
// 256 on products are our own.
constexpr Eigen::Index kSizes[] = {1, 7, 48, 49, 200, 257, 401};

Eigen::MatrixXd lower_triangle(Eigen::Index n) {
  const surrogate::testing::Data data = surrogate::testing::smooth_data(2, n, 3);
  const Eigen::MatrixXd k =
      Kernel(KernelKind::kMatern32, 2)
          .covariance(surrogate::testing::some_hyperparameters(2).kernel, data.x, data.x);
  return factorise(k + 0.1 * Eigen::MatrixXd::Identity(n, n), 1, "test").lower;
}

TEST(Factor, InverseTimesFactorIsIdentity) {
  for (const Eigen::Index n : kSizes) {
    const Eigen::MatrixXd lower = lower_triangle(n);
    Eigen::MatrixXd inverse = lower;
    invert_lower(inverse);
    EXPECT_LT((inverse * lower - Eigen::MatrixXd::Identity(n, n)).norm(), 1e-11) << n;
    EXPECT_TRUE(inverse.isLowerTriangular()) << n;
  }
}

TEST(Factor, TransposeTimesLowerEqualsThePlainProduct) {
  for (const Eigen::Index n : kSizes) {
    const Eigen::MatrixXd lower = lower_triangle(n);
    Eigen::MatrixXd product = lower;
    transpose_times_lower(product);
    const Eigen::MatrixXd expected = lower.transpose() * lower;
    EXPECT_TRUE(Eigen::MatrixXd(product.triangularView<Eigen::Lower>())
                    .isApprox(Eigen::MatrixXd(expected.triangularView<Eigen::Lower>()), 1e-13))
        << n;
  }
}

TEST(Factor, FactorTimesItsTransposeIsTheMatrixWhateverTheThreads) {
  for (const Eigen::Index n : {1, 127, 129, 300, 700}) {
    const surrogate::testing::Data data = surrogate::testing::smooth_data(2, n, 4);
    const Eigen::MatrixXd k =
        Kernel(KernelKind::kMatern32, 2)
            .covariance(surrogate::testing::some_hyperparameters(2).kernel, data.x, data.x) +
        0.1 * Eigen::MatrixXd::Identity(n, n);
    const Eigen::MatrixXd lower = factorise(k, 1, "test").lower;
    EXPECT_LT((lower * lower.transpose() - k).norm(), 1e-13 * k.norm()) << n;
    Eigen::MatrixXd inverse = lower;
    invert_lower(inverse);
    Eigen::MatrixXd product = inverse;
    transpose_times_lower(product);
    for (const int threads : {2, 3, 8}) {
      EXPECT_EQ(factorise(k, 1, "test", threads).lower, lower) << n << " " << threads;
      Eigen::MatrixXd again = lower;
      invert_lower(again, threads);
      EXPECT_EQ(again, inverse) << n << " " << threads;
      transpose_times_lower(again, threads);
      EXPECT_EQ(again, product) << n << " " << threads;
    }
  }
}

TEST(Factor, SingularMatrixGetsReportedJitterThatScales) {
  const Eigen::MatrixXd ones = Eigen::MatrixXd::Ones(20, 20);
  const Factor unit = factorise(ones, 1, "test");
  EXPECT_GT(unit.jitter, 0);
  EXPECT_LE(unit.jitter, 1e-10);
  const Factor scaled = factorise(1e6 * ones, 1e6, "test");
  EXPECT_DOUBLE_EQ(scaled.jitter, 1e6 * unit.jitter);
}

TEST(Factor, IndefiniteMatrixIsRefusedWithCauses) {
  Eigen::MatrixXd indefinite = Eigen::MatrixXd::Identity(3, 3);
  indefinite(2, 2) = -1;
  try {
    (void)factorise(indefinite, 1, "place");
    FAIL() << "expected std::runtime_error";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("place"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("repeated points"));
  }
}

}  // namespace
}  // namespace foray::surrogate::detail::factor_test
