#include "foray/surrogate/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "gp_cases.h"

namespace foray::surrogate {
namespace {

using testing::kKernels;

// fvGP 4.8.8 (Python 3.11, NumPy 1.24), distance 0.7 and lengthscale 0.9.
TEST(Kernel, CorrelationsAgreeWithFvgp) {
  const double r = 0.7 / 0.9;
  EXPECT_NEAR(correlation(KernelKind::kSquaredExponential, r), 0.738991296280309, 1e-14);
  EXPECT_NEAR(correlation(KernelKind::kMatern12, r), 0.459425824035927, 1e-14);
  EXPECT_NEAR(correlation(KernelKind::kMatern32, r), 0.610212187279143, 1e-14);
  EXPECT_NEAR(correlation(KernelKind::kMatern52, r), 0.658294288091718, 1e-14);
}

TEST(Kernel, IsOneAtZeroAndDecreases) {
  for (const KernelKind kind : kKernels) {
    EXPECT_EQ(correlation(kind, 0), 1);
    for (double r = 0; r < 20; r += 0.1)
      EXPECT_LT(correlation(kind, r + 0.1), correlation(kind, r));
  }
}

TEST(Kernel, CovarianceIsPositiveDefiniteAndScalesWithTheSignal) {
  const testing::Data data = testing::smooth_data(3, 40, 1);
  const Hyperparameters h = testing::some_hyperparameters(3);
  Hyperparameters doubled = h;
  doubled.signal_variance *= 2;
  for (const KernelKind kind : kKernels) {
    const Eigen::MatrixXd k = covariance(kind, h, data.x, data.x);
    EXPECT_TRUE(k.isApprox(k.transpose(), 1e-15));
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(k).eigenvalues().minCoeff(), 0);
    EXPECT_TRUE(covariance(kind, doubled, data.x, data.x).isApprox(2 * k, 1e-15));
  }
}

TEST(Kernel, PackAndUnpackAreInverse) {
  const Hyperparameters h = testing::some_hyperparameters(4);
  const Hyperparameters back = unpack(pack(h));
  EXPECT_EQ(back.signal_variance, h.signal_variance);
  EXPECT_EQ(back.lengthscales, h.lengthscales);
  EXPECT_EQ(back.nugget, h.nugget);
}

TEST(Kernel, UnpackRefusesWhatIsNoHyperparameters) {
  EXPECT_THROW(unpack(Eigen::VectorXd{{1, 1}}), std::invalid_argument);
  EXPECT_THROW(unpack(Eigen::VectorXd{{1, -1, 0}}), std::invalid_argument);
  EXPECT_THROW(unpack(Eigen::VectorXd{{1, 1, -1e-9}}), std::invalid_argument);
  EXPECT_THROW(unpack(Eigen::VectorXd{{1, NAN, 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate
